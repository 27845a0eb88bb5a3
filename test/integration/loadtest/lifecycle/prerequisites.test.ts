// What a test needs and does not find, seen at once on a real API server. The kubelet's part is played: its events are
// recorded as it records them.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { core, type Kube } from '../../../../operator/framework/index.ts'
import type { Pod } from '../../../../operator/loadtest/pods/objects.ts'
import {
  anyPod,
  apply,
  condition,
  eventually,
  namespaceFor,
  testKind,
  testSpec,
  untilStatus,
} from '../../../support/loadtest/load-tests.ts'
import { startOperatedPlane, type OperatedPlane } from '../../../support/loadtest/operator.ts'
import { podsOf, runPod } from '../../../support/loadtest/pods.ts'

let plane: OperatedPlane
beforeAll(async () => {
  plane = await startOperatedPlane()
})
afterAll(() => plane?.stop())

const firstPod = (namespace: string, job: string) => anyPod(plane.kube, { namespace, job })

function failMount(kube: Kube, { metadata }: Pod, message: string) {
  const { name, namespace, uid } = metadata
  const time = new Date().toISOString().replace(/\.\d+Z$/, 'Z')
  return kube.request('POST', `/api/v1/namespaces/${namespace}/events`, {
    metadata: { name: `${name}.mount`, namespace },
    involvedObject: { apiVersion: 'v1', kind: 'Pod', name, namespace, uid },
    type: 'Warning',
    reason: 'FailedMount',
    message,
    source: { component: 'kubelet' },
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
  })
}

test('a missing Secret is told by its field without being asked for, and heals', async () => {
  const { kube } = plane
  const namespace = await namespaceFor(kube, 'no-secret')
  const ref = { namespace, name: 'shop' }
  const env = { secretMounts: [{ name: 'keys', mountPath: '/keys' }] }
  await apply(kube, namespace, 'shop', testSpec({ env }))
  const pod = await firstPod(namespace, 'shop-worker')
  const message = 'MountVolume.SetUp failed for volume "secret-keys" : secret "keys" not found'
  await failMount(kube, pod, message)
  const broken = await untilStatus(
    kube,
    ref,
    condition('PodsHealthy', 'False', 'ConfigurationError'),
  )
  const health = broken.conditions?.find(({ type }) => type === 'PodsHealthy')
  expect(health?.message).toBe(`spec.env.secretMounts[0].name: ${pod.metadata.name}: ${message}`)
  const asked = plane.operator.requests.filter(({ path }) => /events\?|secrets/.test(path))
  expect(asked.every(({ path }) => path.startsWith('/apis/events.k8s.io/v1/events?'))).toBe(true)
  for (const worker of await podsOf(kube, namespace, 'shop-worker'))
    await runPod(kube, worker, 'shop-worker')
  await untilStatus(kube, ref, condition('PodsHealthy', 'True', 'PodsStarting'))
})

test('a ConfigMap of a volume or a variable is waited for, an optional one is not', async () => {
  const { kube } = plane
  const namespace = await namespaceFor(kube, 'no-configmap')
  const ref = { namespace, name: 'shop' }
  const spec = testSpec({
    volumes: [{ name: 'data', configMap: { name: 'data' } }],
    volumeMounts: [{ name: 'data', mountPath: '/data' }],
    env: { configMapRefs: [{ name: 'tuning', optional: true }] },
  })
  await apply(kube, namespace, 'shop', spec)
  const held = await untilStatus(kube, ref, condition('Ready', 'False', 'ConfigurationError'))
  expect(held.conditions?.find(({ type }) => type === 'Ready')?.message).toBe(
    'spec.volumes[0].configMap.name: ConfigMap data does not exist',
  )
  await kube.create(core.configMap, { metadata: { name: 'data', namespace } })
  const pod = await firstPod(namespace, 'shop-master')
  expect(pod.spec.containers[0]?.envFrom).toEqual([
    { configMapRef: { name: 'tuning', optional: true } },
  ])
})

test('waits for a missing ConfigMap and starts when it appears', async () => {
  const { kube } = plane
  const namespace = await namespaceFor(kube, 'missing')
  const ref = { namespace, name: 'shop' }
  await apply(kube, namespace, 'shop', testSpec({ testFiles: { configMapRef: 'files' } }))
  const held = await untilStatus(kube, ref, {
    phase: 'Pending',
    ...condition('PodsHealthy', 'False', 'ConfigurationError'),
  })
  expect(held.conditions?.find(({ type }) => type === 'Ready')?.message).toBe(
    'spec.testFiles.configMapRef: ConfigMap files does not exist',
  )
  expect((await kube.list(core.job, { namespace })).items).toEqual([])
  await kube.create(core.configMap, { metadata: { name: 'files', namespace } })
  await untilStatus(kube, ref, condition('Ready', 'True', 'ResourcesCreated'))
  await firstPod(namespace, 'shop-master')
})

test('a refused pod creation is shown', async () => {
  const { kube } = plane
  const namespace = await namespaceFor(kube, 'quota')
  await kube.create(core.resourceQuota, {
    metadata: { name: 'none', namespace },
    spec: { hard: { pods: '0' } },
  })
  await eventually(async () => {
    const quota = await kube.get(core.resourceQuota, 'none', namespace)
    expect(quota?.status?.hard).toBeDefined()
  })
  await apply(kube, namespace, 'shop', testSpec())
  const status = await untilStatus(
    kube,
    { namespace, name: 'shop' },
    {
      phase: 'Pending',
      ...condition('PodsHealthy', 'False', 'PodCreationRefused'),
    },
  )
  const health = status.conditions?.find(({ type }) => type === 'PodsHealthy')
  expect(health?.message).toContain('exceeded quota')
})

test('a quota that takes some of the workers is told, and heals when it is raised', async () => {
  const { kube } = plane
  const namespace = await namespaceFor(kube, 'small-quota')
  const ref = { namespace, name: 'shop' }
  const quota = (pods: string) => ({ spec: { hard: { pods } } })
  await kube.create(core.resourceQuota, { metadata: { name: 'few', namespace }, ...quota('2') })
  await eventually(async () =>
    expect((await kube.get(core.resourceQuota, 'few', namespace))?.status?.hard).toBeDefined(),
  )
  await apply(kube, namespace, 'shop', testSpec({ worker: { command: 'x', replicas: 3 } }))
  const refused = condition('PodsHealthy', 'False', 'PodCreationRefused')
  const status = await untilStatus(kube, ref, refused)
  expect(status.conditions?.find(({ type }) => type === 'PodsHealthy')?.message).toContain(
    'exceeded quota: few',
  )
  await kube.patch(core.resourceQuota, { namespace, name: 'few' }, quota('9'), { type: 'merge' })
  await untilStatus(kube, ref, condition('PodsHealthy', 'True', 'PodsStarting'))
})

test('a test that never starts fails by its deadline, which counts anew when it runs once more', async () => {
  const { kube } = plane
  const namespace = await namespaceFor(kube, 'too-late')
  const ref = { namespace, name: 'shop' }
  const spec = testSpec({ testFiles: { configMapRef: 'files' }, startDeadlineSeconds: 2 })
  await apply(kube, namespace, 'shop', spec)
  const failed = await untilStatus(kube, ref, {
    phase: 'Failed',
    verdict: 'Failed',
    ...condition('TestCompleted', 'True', 'StartDeadlineExceeded'),
  })
  await kube.create(core.configMap, { metadata: { name: 'files', namespace } })
  const metadata = { annotations: { 'locust.io/rerun': '2' } }
  await kube.patch(testKind, ref, { metadata }, { type: 'merge' })
  await firstPod(namespace, 'shop-master')
  const { wantedSince = '' } = await untilStatus(kube, ref, { rerun: '2' })
  expect(Date.parse(wantedSince)).toBeGreaterThanOrEqual(Date.parse(failed.completionTime ?? ''))
})

test('a test that is let go has its whole time to start', async () => {
  const { kube } = plane
  const namespace = await namespaceFor(kube, 'let-go')
  const ref = { namespace, name: 'shop' }
  const created = await apply(
    kube,
    namespace,
    'shop',
    testSpec({ suspend: true, startDeadlineSeconds: 1 }),
  )
  await untilStatus(kube, ref, condition('Ready', 'False', 'Suspended'))
  await eventually(() => {
    const ageMs = Date.now() - Date.parse(created.metadata.creationTimestamp ?? '')
    return Promise.resolve(expect(ageMs).toBeGreaterThan(2_500))
  })
  await kube.patch(testKind, ref, { spec: { suspend: false } }, { type: 'merge' })
  await firstPod(namespace, 'shop-master')
})
