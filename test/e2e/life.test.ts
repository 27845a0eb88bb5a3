// The life of a tenant on every provider, word by word the same: applied, Ready with its add-ons, with more nodes, healed after a
// loss, without its shared storage and with it again, deleted. CrateKube is composed with one provider more than it has.
// Where shared storage goes, the nodes are told before the cloud takes it away, for a mount of NFS whose server is gone hangs.
// Takes minutes: a whole life, change by change, on each provider.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { autofsConfigMap, systemNamespace } from '../../operator/addons/autofs/objects.ts'
import { core } from '../../operator/framework/index.ts'
import { tenantKind, type TenantObject } from '../../operator/jobs/queue/tenant-kind.ts'
import { openTenant } from '../sandbox/cratekube.ts'
import { withTestProvider } from '../support/provider/composition.ts'
import { grounds } from './grounds.ts'
import { startBench, type Bench } from './harness.ts'
import {
  createTenantOn,
  expectNothingLeft,
  isReady,
  namespace,
  type TenantHandle,
} from './tenant.ts'

const home = { name: 'home', source: 'EFS' }
const filer = { name: 'filer', entries: [{ key: 'a', location: 'nfs.example.com:/a' }] }

/** Two lives at once, on a machine that may have other work. */
const patienceMs = 600_000

let bench: Bench
beforeAll(async () => {
  bench = await startBench({ composition: withTestProvider })
})
afterAll(async () => {
  await bench?.close()
})

test.concurrent.each(grounds)('a life on the provider $name', async ({ name, open }) => {
  const ground = await open(bench)
  const spec = { autofs: { maps: [filer, home] } }
  const tenant = await createTenantOn(ground, bench, { name: `life-on-${name}`, spec })

  const ready = await tenant.ready(patienceMs)
  expect(conditions(ready)).toMatchObject({
    InfrastructureReady: 'True',
    ControlPlaneReady: 'True',
    NodesReady: 'True',
    AddonsReady: 'True',
    AutofsReady: 'True',
  })
  expect(ready.status).toMatchObject({ nodes: '1/1', history: [{ kind: 'Create' }] })
  expect(await maps(tenant)).toEqual(['auto.filer', 'efs.home'])

  await tenant.patch({ nodePools: [{ name: 'default', min: 1, desired: 2, max: 3 }] })
  expect((await tenant.ready(patienceMs)).status?.nodes).toBe('2/2')

  await ground.losePool(tenant)
  await askFor(tenant, 'a look at what is there')
  expect((await tenant.ready(patienceMs)).status?.nodes).toBe('2/2')

  const removal = await ground.holdShare('removed')
  await tenant.patch({ autofs: { maps: [filer] } })
  await removal.asked()
  expect(await maps(tenant), 'before it goes').toEqual(['auto.filer'])
  expect(await ground.shares(tenant)).toHaveLength(1)
  await removal.release()
  await tenant.ready(patienceMs)
  expect(await ground.shares(tenant)).toEqual([])

  const making = await ground.holdShare('made')
  await tenant.patch({ autofs: { maps: [filer, home] } })
  await making.asked()
  expect(await maps(tenant), 'before it is there').toEqual(['auto.filer'])
  await making.release()
  await tenant.ready(patienceMs)
  expect(await maps(tenant)).toEqual(['auto.filer', 'efs.home'])

  await tenant.delete()
  await tenant.gone(patienceMs)
  await expectNothingLeft(bench, tenant)
  await ground.close()
})

const conditions = ({ status }: TenantObject) =>
  Object.fromEntries(status?.conditions?.map(({ type, status: is }) => [type, is]) ?? [])

/** Until it is answered. */
async function askFor(tenant: TenantHandle, what: string): Promise<void> {
  const metadata = { annotations: { 'reconcile.fluxcd.io/requestedAt': what } }
  await bench.kube.patch(
    tenantKind,
    { namespace, name: tenant.name },
    { metadata },
    { type: 'merge' },
  )
  await tenant.until(
    'has looked',
    (now) => isReady(now) && now.status?.lastHandledReconcileAt === what,
    patienceMs,
  )
}

/** The files of the maps as the nodes are given them. */
async function maps(tenant: TenantHandle): Promise<string[]> {
  const kube = await openTenant(bench.kube, { namespace, name: tenant.name })
  try {
    const { data = {} } = (await kube.get(core.configMap, autofsConfigMap, systemNamespace)) ?? {}
    return Object.keys(data).filter((name) => name.includes('.'))
  } finally {
    kube.close()
  }
}
