// The chart of the load-test operator installed, upgraded and removed by Helm on a real API server, in a namespace under
// Pod Security `restricted`.
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { locustSchedule } from '../../../operator/api/locust/locust-schedule.ts'
import { locustTest } from '../../../operator/api/locust/locust-test.ts'
import {
  core,
  KubeError,
  pathOf,
  type Kind,
  type Kube,
  type Manifest,
} from '../../../operator/framework/index.ts'
import { startTestPlane, type TestPlane } from '../../support/test-plane.ts'
import { foreignDefinitions } from './foreign-definitions.ts'
import { parseManifests } from '../../support/helm.ts'
import {
  install,
  namespace,
  release,
  template,
  uninstall,
  upgrade,
  valueSets,
} from './loadtest-chart.ts'

/** Where tests are: an operator of every namespace takes none in its own. */
const team = 'team-shop'
let plane: TestPlane
let kube: Kube
beforeAll(async () => {
  plane = await startTestPlane()
  kube = plane.kube
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' }
  await kube.create(core.namespace, { metadata: { name: namespace, labels } })
  await kube.create(core.serviceAccount, { metadata: { name: 'default', namespace } }) // as the controller manager would
  await kube.create(core.namespace, { metadata: { name: team } })
  for (const definition of foreignDefinitions) await kube.create(core.crd, definition)
})
afterAll(() => plane?.stop())

const tests: Kind = locustTest
const shop = {
  image: 'docker.io/locustio/locust:2.47.0',
  master: { command: '-f /lotest/src/locustfile.py' },
  worker: { command: '-f /lotest/src/locustfile.py', replicas: 2 },
}
type Asked = { replicas?: number; dryRun?: boolean; inside?: string }
const create = (name: string, o: Asked = {}) => {
  const { replicas = 2, dryRun = false, inside = team } = o
  const spec = { ...shop, worker: { ...shop.worker, replicas } }
  return kube.create(tests, { metadata: { name, namespace: inside }, spec }, { dryRun })
}
const withoutWebhook = { 'webhook.enabled': false }
const owned = { namespace, labelSelector: `app.kubernetes.io/instance=${release}` }

test('is installed with its CRDs, and refuses what is beyond a limit', async () => {
  await install(plane.control.kubeconfigPath, { ...withoutWebhook, 'limits.workers': 5 })
  await vi.waitFor(() => create('shop'), { timeout: 30_000 })
  await vi.waitFor(
    () =>
      expect(create('large', { replicas: 6, dryRun: true })).rejects.toThrow(
        'spec.worker.replicas: expected at most 5',
      ),
    { timeout: 30_000 },
  )
})

test('lets neither a test nor a schedule into its own namespace, and those be that are there', async () => {
  const refusal = "metadata.namespace: expected another than the load-test operator's own"
  await vi.waitFor(
    () => expect(create('inside', { inside: namespace, dryRun: true })).rejects.toThrow(refusal),
    { timeout: 30_000 },
  )
  const schedule = { schedule: '@daily', testTemplate: { spec: shop } }
  const nightly = { metadata: { name: 'nightly', namespace }, spec: schedule }
  await expect(kube.create(locustSchedule, nightly, { dryRun: true })).rejects.toThrow(refusal)
  const v1 = { ...tests, version: 'v1' }
  const seeds = { image: 'i', masterCommandSeed: 'x', workerCommandSeed: 'x' }
  const old = { metadata: { name: 'old', namespace }, spec: seeds }
  await expect(kube.create(v1, old, { dryRun: true })).rejects.toThrow(refusal)

  const binding = `${release}-own-account`
  const bound = await kube.get(core.validatingAdmissionPolicyBinding, binding)
  await kube.delete(core.validatingAdmissionPolicyBinding, { name: binding })
  await vi.waitFor(() => create('early', { inside: namespace }), { timeout: 30_000 })
  const { name, labels } = bound?.metadata ?? {}
  await kube.create(core.validatingAdmissionPolicyBinding, {
    metadata: { name: name ?? '', labels: labels ?? {} },
    spec: (bound ?? {})['spec' as never],
  })
  await vi.waitFor(
    () => expect(create('inside', { inside: namespace, dryRun: true })).rejects.toThrow(refusal),
    { timeout: 30_000 },
  )
  const change = (patch: object) =>
    kube.patch(tests, { name: 'early', namespace }, patch, { type: 'merge' })
  await change({ metadata: { labels: { a: 'b' } } })
  await change({ spec: { suspend: true } })
  await expect(change({ spec: { image: 'other', suspend: false } })).rejects.toThrow(refusal)
  await kube.delete(tests, { name: 'early', namespace })
})

test.each(Object.entries(valueSets))(
  'every pod of %s is admitted under restricted',
  async (_, values) => {
    const manifests = parseManifests(await template(values))
    const [deployment, ...others] = manifests.filter(({ kind }) => kind === 'Deployment')
    if (!deployment || others.length > 0) throw new Error('expected one Deployment')
    const given = { metadata: { name: 'given', namespace } }
    await kube.apply(core.serviceAccount, given, { fieldManager: 'test' })
    const named = { metadata: { name: 'locust-operator', namespace } }
    await kube.apply(core.serviceAccount, named, { fieldManager: 'test' })
    const dryRun = (kind: Kind, body: Manifest) =>
      kube.request('POST', pathOf(kind, { namespace }), body, {
        query: { dryRun: 'All', fieldValidation: 'Strict' },
      })
    const { template: pod } = deployment['spec'] as { template: { metadata: object; spec: object } } // a Deployment
    const body = (spec: object) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...pod.metadata, name: 'one' },
      // The class of the nodes of others is not here.
      spec: { ...spec, tolerations: [] },
    })
    await expect(dryRun(core.pod, body(pod.spec))).resolves.toBeDefined()
    await expect(dryRun(core.pod, body({ ...pod.spec, hostNetwork: true }))).rejects.toThrow(
      KubeError,
    )
    const other = { ...deployment, metadata: { ...deployment.metadata, name: 'other' } }
    await expect(dryRun(core.deployment, other)).resolves.toBeDefined()
  },
)

test('is upgraded to everything that it can make, and back', async () => {
  await upgrade(plane.control.kubeconfigPath, valueSets['with-everything'])
  const list = async (kind: Kind) =>
    (await kube.list(kind, owned)).items.map(({ metadata }) => metadata.name)
  const certificates: Kind = {
    group: 'cert-manager.io',
    version: 'v1',
    kind: 'Certificate',
    plural: 'certificates',
    namespaced: true,
  }
  expect(await list(certificates)).toEqual([`${release}-webhook`, `${release}-webhook-ca`])
  expect(await list(core.configMap)).toEqual([`${release}-dashboard`, `${release}-limits`])
  const limits = await kube.get(core.configMap, `${release}-limits`, namespace)
  expect(limits?.data).toMatchObject({ workers: '100', users: '5000' })
  await upgrade(plane.control.kubeconfigPath, withoutWebhook)
  expect(await list(certificates)).toEqual([])
  expect(await list(core.configMap)).toEqual([`${release}-limits`])
  await vi.waitFor(() => create('larger', { replicas: 500 }), {
    timeout: 30_000,
  })
})

test('removed, it leaves the CRDs with their objects behind, and nothing else', async () => {
  await uninstall(plane.control.kubeconfigPath)
  const kinds: Kind[] = [
    core.deployment,
    core.serviceAccount,
    core.configMap,
    core.role,
    core.clusterRole,
    core.clusterRoleBinding,
    core.validatingAdmissionPolicy,
    core.validatingAdmissionPolicyBinding,
    core.podDisruptionBudget,
  ]
  const left = await Promise.all(kinds.map((kind) => kube.list(kind, owned)))
  expect(
    left.flatMap(({ items }) => items.map(({ kind, metadata }) => [kind, metadata.name])),
  ).toEqual([])
  expect(
    (await kube.list(tests, { namespace: team })).items.map(({ metadata }) => metadata.name),
  ).toEqual(['larger', 'shop'])
  await install(plane.control.kubeconfigPath, withoutWebhook)
  expect(await kube.get(tests, 'shop', team)).toBeDefined()
})
