// Somebody may edit the Secret of the kubeconfig beside a Ready tenant. Manager and API server are the real ones: nothing runs,
// no file is read, no connection leaves, the Secret is right again at the next look, and the tenant stays Ready.
import { load } from 'js-yaml'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  connect,
  core,
  kubeconfigCredentials,
  type Manifest,
} from '../../../../operator/framework/index.ts'
import { tenantKind } from '../../../../operator/jobs/queue/tenant-kind.ts'
import { waitFor } from '../../../sandbox/machine/wait.ts'
import {
  awsKeys,
  conditionOf,
  isReady,
  startControlBench,
  succeededWith,
  type ControlBench,
  type TestManager,
} from '../../../support/control-bench.ts'
import { hostileKubeconfigs, type True } from './hostile-kubeconfigs.ts'
import { layTraps, type Traps } from './traps.ts'

const namespace = 'default'
const base64 = (text: string) => Buffer.from(text).toString('base64')

let bench: ControlBench
let manager: TestManager
let traps: Traps
/** Of the victim, whenever it changed. */
const readiness: unknown[] = []
const end = new AbortController()
let watching: Promise<void>

beforeAll(async () => {
  traps = await layTraps()
  bench = await startControlBench()
  manager = await bench.startManager({ resyncMs: 200 })
  await bench.startWorker((run) => Promise.resolve(succeededWith(run)))
  await bench.createTenant('victim')
  await bench.until('victim', isReady, 60_000)
  watching = watchReadiness('victim')
})
afterAll(async () => {
  end.abort(new Error('over'))
  await watching
  await bench.stop()
  await traps[Symbol.asyncDispose]()
})

async function watchReadiness(name: string): Promise<void> {
  const { resourceVersion } = await bench.kube.list(tenantKind, { namespace })
  const { signal } = end
  try {
    for await (const event of bench.kube.watch(tenantKind, {
      namespace,
      resourceVersion,
      signal,
    })) {
      if (event.type === 'BOOKMARK' || event.object.metadata.name !== name) continue
      readiness.push(conditionOf(event.object, 'Ready')?.status)
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

const refOf = (tenant: string) => ({ name: `${tenant}-kubeconfig`, namespace })
const secretOf = (tenant: string) => bench.kube.get(core.secret, refOf(tenant).name, namespace)
const change = (tenant: string, patch: object) =>
  bench.kube.patch(core.secret, refOf(tenant), patch, { type: 'merge' })

/** Waits for the next look to have put it right. */
const untilStored = (
  tenant: string,
  holds: (secret: Awaited<ReturnType<typeof secretOf>>) => boolean,
) =>
  waitFor(async () => holds(await secretOf(tenant)) || undefined, {
    what: `Secret ${tenant}-kubeconfig is right again`,
    timeoutMs: 60_000,
    everyMs: 50,
  })

async function ownCluster(tenant: string): Promise<True> {
  const { endpoint = '', certificateAuthority = '' } = (await bench.tenant(tenant))?.status ?? {}
  return { server: endpoint, 'certificate-authority-data': certificateAuthority }
}

test.each(Object.entries(hostileKubeconfigs))(
  '%s: is replaced and has no effect',
  async (_, hostile) => {
    const right = (await secretOf('victim'))?.data
    const wrong = { value: base64(hostile(traps, await ownCluster('victim'))) }
    await change('victim', { data: wrong })
    await untilStored('victim', (secret) => JSON.stringify(secret?.data) === JSON.stringify(right))
    expect(traps.sprung()).toEqual([])
  },
)

test('a lost owner, a lost label and a strange key are put right, and a label of others stays', async () => {
  const right = await secretOf('victim')
  const labels = { team: 'payments' }
  const strange = { 'value.yaml': base64('{}') }
  await change('victim', { metadata: { ownerReferences: null, labels }, data: strange })
  await untilStored('victim', (secret) => secret?.metadata.ownerReferences !== undefined)
  await change('victim', { metadata: { labels: { 'app.kubernetes.io/managed-by': null } } })
  await untilStored('victim', (secret) => Object.keys(secret?.metadata.labels ?? {}).length === 3)
  const { data, metadata } = (await secretOf('victim')) ?? {}
  expect(data).toEqual(right?.data)
  expect(metadata?.ownerReferences).toEqual(right?.metadata.ownerReferences)
  expect(metadata?.labels).toEqual({ ...right?.metadata.labels, ...labels })
})

test('deleted, it is there again', async () => {
  const right = (await secretOf('victim'))?.data
  await bench.kube.delete(core.secret, refOf('victim'))
  await untilStored('victim', (secret) => JSON.stringify(secret?.data) === JSON.stringify(right))
})

test('a manager that starts anew trusts the stored text as little', async () => {
  const hostile = hostileKubeconfigs['a command']?.(traps, await ownCluster('victim')) ?? ''
  await manager.stop()
  await change('victim', { data: { value: base64(hostile) } })
  manager = await bench.startManager({ resyncMs: 200 })
  await untilStored('victim', (secret) => secret?.data?.['value'] !== base64(hostile))
  const text = Buffer.from((await secretOf('victim'))?.data?.['value'] ?? '', 'base64').toString()
  expect(load(text)).toMatchObject({ clusters: [{ cluster: await ownCluster('victim') }] })
})

test('the tenant was Ready all the time, nothing was sprung, and an Event tells of it', async () => {
  const asked = { metadata: { annotations: { seen: 'now' } } }
  const heard = readiness.length
  await bench.kube.patch(tenantKind, { name: 'victim', namespace }, asked, { type: 'merge' })
  await waitFor(() => Promise.resolve(readiness.length > heard || undefined), { what: 'the watch works', timeoutMs: 60_000 }) // prettier-ignore
  expect(new Set(readiness)).toEqual(new Set(['True']))
  expect(traps.sprung()).toEqual([])
  const { items } = await bench.kube.list(core.event, { namespace })
  expect(items.filter(({ reason }) => reason === 'KubeconfigChanged')[0]).toMatchObject({
    type: 'Warning',
    regarding: { name: 'victim' },
  })
})

test.each([
  ['credentials', {}],
  ['of our type', { type: 'cluster.x-k8s.io/secret' }],
  [
    'of our type and labels, but of another owner',
    {
      type: 'cluster.x-k8s.io/secret',
      metadata: {
        labels: {
          'app.kubernetes.io/managed-by': 'cratekube',
          'cluster.x-k8s.io/cluster-name': 'late',
        },
        ownerReferences: [
          { apiVersion: 'v1', kind: 'ConfigMap', name: 'a', uid: 'b', controller: true },
        ],
      },
    },
  ],
])(
  'a Secret of the name that is somebody’s is left alone: %s',
  async (_, secret: Partial<Manifest>) => {
    const metadata = { ...refOf('late'), ...secret.metadata }
    await bench.kube.create(core.secret, { ...secret, metadata, data: awsKeys })
    await bench.createTenant('late')
    const refused = await bench.until(
      'late',
      (t) => conditionOf(t, 'Ready')?.reason === 'NotOwned',
      60_000,
    )
    expect(conditionOf(refused, 'Ready')?.message).toContain(
      'late-kubeconfig exists and does not belong to',
    )
    expect((await secretOf('late'))?.data).toEqual(awsKeys)
    await bench.kube.delete(core.secret, refOf('late'))
    await bench.until('late', isReady, 60_000)
    await bench.kube.delete(tenantKind, { name: 'late', namespace })
    await bench.untilGone('late')
    await bench.kube.delete(core.secret, refOf('late')) // no garbage collector runs here
  },
)

test('one that was made immutable is named, and used as little', async () => {
  await bench.createTenant('fixed')
  await bench.until('fixed', isReady, 60_000)
  const hostile = hostileKubeconfigs['a command']?.(traps, await ownCluster('fixed')) ?? ''
  await change('fixed', { immutable: true, data: { value: base64(hostile) } })
  const told = await bench.until('fixed', (t) => conditionOf(t, 'Ready')?.reason === 'NotOwned')
  expect(conditionOf(told, 'Ready')?.message).toContain('fixed-kubeconfig is immutable')
  await bench.kube.delete(core.secret, refOf('fixed'))
  await bench.until('fixed', isReady, 60_000)
  expect(traps.sprung()).toEqual([])
})

test.each([
  ['endpoint', () => `http://${traps.address}`, /^status.endpoint: expected an https URL/],
  ['endpoint', () => `https://a@${traps.address}`, /^status.endpoint: expected an https URL/],
  ['endpoint', () => `https://${traps.address}/api`, /^status.endpoint: expected an https URL/],
  ['endpoint', () => '', /^status.endpoint: expected an https URL/],
  ['certificateAuthority', () => '', /^status.certificateAuthority: expected certificates/],
  [
    'certificateAuthority',
    () => base64('-----BEGIN CERTIFICATE-----\nQQ==\n-----END CERTIFICATE-----'),
    /^status.certificateAuthority: expected certificates/,
  ],
])('a status.%s that no operation wrote is not used', async (field, value, message) => {
  const name = `forged-${field.toLowerCase().slice(0, 4)}-${Math.random().toString(36).slice(2, 6)}`
  await bench.createTenant(name)
  const ready = await bench.until(name, isReady, 60_000)
  const key = { name, namespace }
  const forge = (status: object) =>
    bench.kube.patch(tenantKind, key, { status }, { type: 'merge', subresource: 'status' })
  const stored = (await secretOf(name))?.data
  await forge({ [field]: value() })
  const told = await bench.until(
    name,
    (t) => conditionOf(t, 'Ready')?.reason === 'EndpointUnusable',
  )
  expect(conditionOf(told, 'Ready')?.message).toMatch(message)
  expect((await secretOf(name))?.data).toEqual(stored)
  // As the advice says: an operation writes it again.
  const metadata = { annotations: { 'reconcile.fluxcd.io/requestedAt': 'now' } }
  await bench.kube.patch(tenantKind, key, { metadata }, { type: 'merge' })
  const again = await bench.until(name, isReady, 60_000)
  expect(again.status?.endpoint).toBe(ready.status?.endpoint)
  expect(traps.sprung()).toEqual([])
})

test('a name of another cluster in the status is not signed for, and is put right', async () => {
  await bench.createTenant('renamed')
  const ready = await bench.until('renamed', isReady, 60_000)
  const key = { name: 'renamed', namespace }
  const status = { physicalName: 'somebody-elses' }
  await bench.kube.patch(tenantKind, key, { status }, { type: 'merge', subresource: 'status' })
  await bench.until('renamed', (t) => t.status?.physicalName === ready.status?.physicalName, 60_000)
  expect(conditionOf((await bench.tenant('renamed')) ?? ready, 'Ready')?.status).toBe('True')
})

test('the traps catch whoever reads such a kubeconfig as one of its own', async () => {
  await using own = await layTraps()
  const cluster = await ownCluster('victim')
  const use = async (name: string) => {
    const text = hostileKubeconfigs[name]?.(own, cluster) ?? ''
    const kube = connect(kubeconfigCredentials(text, { env: process.env }), { timeoutMs: 500 })
    await kube.request('POST', '/x').catch(() => undefined)
    kube.close()
  }
  await use('a command')
  expect(own.sprung()).toEqual(['the command ran'])
  await use('a token from a file, for a server elsewhere')
  await waitFor(() => Promise.resolve(own.sprung().length === 3 || undefined), { what: 'all are sprung', timeoutMs: 60_000 }) // prettier-ignore
})
