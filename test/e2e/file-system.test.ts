// A tenant gives up its last EFS map: the nodes are told before AWS takes the file system away, for a mount of NFS whose
// server is gone hangs. And it comes back when a map asks for it again.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { autofsConfigMap, systemNamespace } from '../../operator/addons/autofs/objects.ts'
import { connect, core, kubeconfigCredentials, secretText } from '../../operator/framework/index.ts'
import { waitFor } from '../sandbox/machine/wait.ts'
import { startBench, type Bench } from './harness.ts'
import { createTenant, expectNothingLeft, namespace, type TenantHandle } from './tenant.ts'

const home = { name: 'home', source: 'EFS' }
const filer = { name: 'filer', entries: [{ key: 'a', location: 'nfs.example.com:/a' }] }

let bench: Bench
let tenant: TenantHandle
beforeAll(async () => {
  bench = await startBench()
})
afterAll(async () => {
  await bench?.close()
})

/** The files of the maps as the nodes are given them. */
async function maps(): Promise<string[]> {
  const secret = await bench.kube.get(core.secret, `${tenant.name}-kubeconfig`, namespace)
  const text = secretText(secret)['value'] ?? ''
  const kube = connect(kubeconfigCredentials(text))
  try {
    const { data = {} } = (await kube.get(core.configMap, autofsConfigMap, systemNamespace)) ?? {}
    return Object.keys(data).filter((name) => name.includes('.'))
  } finally {
    kube.close()
  }
}

const fileSystems = async () =>
  (await bench.aws.inventory(tenant.uid)).filter(({ type }) => type === 'file-system')

test('the nodes have let go of a file system before its mount targets go', async () => {
  const spec = { autofs: { maps: [filer, home] } }
  tenant = await createTenant(bench, { name: 'shrinking', region: 'eu-west-1', spec })
  await tenant.ready()
  expect(await maps()).toEqual(['auto.filer', 'efs.home'])
  const match = { operation: 'DeleteMountTarget' }
  await bench.aws.addFaults({ match, action: { type: 'throttle' } })
  await tenant.patch({ autofs: { maps: [filer] } })
  const asked = async () => (await bench.aws.calls(tenant.key, match)).length > 0
  await waitFor(asked, { what: 'a mount target is to go', timeoutMs: 300_000 })
  expect(await maps()).toEqual(['auto.filer'])
  expect(await fileSystems()).toHaveLength(1)
  await bench.aws.clearFaults()
  await tenant.ready()
  expect(await fileSystems()).toEqual([])
})

test('a file system that comes is there before the nodes are told', async () => {
  const match = { operation: 'CreateMountTarget' }
  const before = (await bench.aws.calls(tenant.key, match)).length
  await bench.aws.addFaults({ match, action: { type: 'throttle' } })
  await tenant.patch({ autofs: { maps: [filer, home] } })
  const asked = async () => (await bench.aws.calls(tenant.key, match)).length > before
  await waitFor(asked, { what: 'a mount target is to come', timeoutMs: 300_000 })
  expect(await maps()).toEqual(['auto.filer'])
  await bench.aws.clearFaults()
  await tenant.ready()
  expect(await maps()).toEqual(['auto.filer', 'efs.home'])
  await tenant.delete()
  await tenant.gone()
  await expectNothingLeft(bench, tenant)
})
