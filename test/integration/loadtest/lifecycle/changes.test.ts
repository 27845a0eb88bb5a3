// LocustTests that are changed after they were started or run once more, and specs that are refused.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Registry } from 'prom-client'
import { core } from '../../../../operator/framework/index.ts'
import {
  anyPod,
  apply,
  condition,
  eventually,
  namespaceFor,
  testKind,
  testSpec,
  untilPods,
  untilStatus,
} from '../../../support/loadtest/load-tests.ts'
import {
  startOperatedPlane,
  startOperator,
  type OperatedPlane,
} from '../../../support/loadtest/operator.ts'
import { renderChart } from '../../../support/loadtest/plane.ts'
import { endPod } from '../../../support/loadtest/pods.ts'

const metrics = new Registry()
let plane: OperatedPlane
beforeAll(async () => {
  plane = await startOperatedPlane({ metrics })
})
afterAll(() => plane?.stop())

const masterPod = (namespace: string) => anyPod(plane.kube, { namespace, job: 'shop-master' })

test('a change of the spec after the start is refused with what to do instead', async () => {
  const { kube } = plane
  const namespace = await namespaceFor(kube, 'changed')
  await apply(kube, namespace, 'shop', testSpec())
  await masterPod(namespace)
  await untilStatus(kube, { namespace, name: 'shop' }, { phase: 'Pending' })
  const patch = (spec: object, dryRun = false) =>
    kube.patch(testKind, { namespace, name: 'shop' }, { spec }, { type: 'merge', dryRun })
  // Tried without a change: one that passed before the policy was in force would be no change from then on.
  await eventually(() =>
    expect(patch({ image: 'other' }, true)).rejects.toThrow(
      'spec.image: cannot change after the test was started; create a new LocustTest',
    ),
  )
  await expect(patch({ worker: { command: 'x' } })).rejects.toThrow(
    'spec.worker.command: cannot change',
  )
  await expect(patch({ scheduling: { nodeSelector: { a: 'b' } } })).rejects.toThrow(
    'spec.scheduling.nodeSelector: cannot change',
  )
  await expect(patch({ worker: { replicas: 3 }, suspend: true })).resolves.toBeDefined()
})

test('scales while it runs, through the scale subresource', async () => {
  const { kube } = plane
  const namespace = await namespaceFor(kube, 'scaled')
  const workers = { namespace, job: 'shop-worker' }
  await apply(kube, namespace, 'shop', testSpec())
  await untilPods(kube, workers, { count: 2 })
  const path = `/apis/locust.io/v2/namespaces/${namespace}/locusttests/shop/scale`
  await kube.request(
    'PATCH',
    path,
    { spec: { replicas: 4 } },
    {
      contentType: 'application/merge-patch+json',
    },
  )
  await untilPods(kube, workers, { count: 4 })
  await untilStatus(kube, { namespace, name: 'shop' }, { expectedWorkers: 4 })
})

test('runs once more, from a changed spec, when the annotation says so', async () => {
  const { kube } = plane
  const namespace = await namespaceFor(kube, 'rerun')
  const ref = { namespace, name: 'shop' }
  await apply(kube, namespace, 'shop', testSpec())
  const first = await masterPod(namespace)
  await endPod(kube, first, 'shop-master', 1)
  await untilStatus(kube, ref, { phase: 'Failed', verdict: 'Failed' })
  await eventually(async () =>
    expect(await metrics.metrics()).toContain('loadtest_tests{phase="Failed",verdict="Failed"} 1'),
  )
  const change = {
    metadata: { annotations: { 'locust.io/rerun': '2' } },
    spec: { image: 'other' },
  }
  await kube.patch(testKind, ref, change, { type: 'merge' })
  const second = await eventually(async () => {
    const pod = await masterPod(namespace)
    expect(pod.spec.containers[0]?.image).toBe('other')
    return pod
  })
  expect(second.metadata.uid).not.toBe(first.metadata.uid)
  const again = await untilStatus(kube, ref, { phase: 'Pending', rerun: '2' })
  expect(again.verdict).toBe(undefined)
  await endPod(kube, second, 'shop-master', 0)
  await untilStatus(kube, ref, { phase: 'Succeeded', verdict: 'Passed' })
})

test.each([
  [{ image: '' }, 'spec.image'],
  [{ worker: { command: 'x', replicas: 0 } }, 'spec.worker.replicas'],
  [{ worker: { command: 'x', replicas: 501 } }, 'spec.worker.replicas'],
  [{ worker: undefined }, 'spec.worker'],
  [{ scheduling: { runtimeClassName: 'A_b' } }, 'spec.scheduling.runtimeClassName'],
  [{ thresholds: { failureRatio: '1.5' } }, 'spec.thresholds.failureRatio'],
])('the CRD refuses %j by name', async (more, field) => {
  const { kube } = plane
  const obj = { metadata: { name: 'bad', namespace: 'default' }, spec: { ...testSpec(), ...more } }
  await expect(kube.create(testKind, obj, { dryRun: true })).rejects.toThrow(field)
})

test('an object without a spec is answered with its fields, and costs nothing more', async () => {
  const { kube } = plane
  const namespace = await namespaceFor(kube, 'nospec')
  await kube.request('POST', `/apis/locust.io/v2/namespaces/${namespace}/locusttests`, {
    apiVersion: 'locust.io/v2',
    kind: 'LocustTest',
    metadata: { name: 'empty' },
  })
  await untilStatus(kube, { namespace, name: 'empty' }, condition('Ready', 'False', 'InvalidSpec'))
})

test('a misspelt field of core/v1 is named when the Jobs are made', async () => {
  const { kube } = plane
  const namespace = await namespaceFor(kube, 'misspelt')
  await apply(
    kube,
    namespace,
    'shop',
    testSpec({ security: { podSecurityContext: { runAsUsr: 5 } } }),
  )
  const status = await untilStatus(
    kube,
    { namespace, name: 'shop' },
    condition('Ready', 'False', 'ResourcesFailed'),
  )
  const ready = status.conditions?.find(({ type }) => type === 'Ready')
  expect(ready?.message).toContain('unknown field "spec.template.spec.securityContext.runAsUsr"')
})

test('tests pass Pod Security restricted where the operator is told to make them so', async () => {
  const { kube } = plane
  const namespace = await namespaceFor(kube, 'restricted')
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' }
  await kube.patch(core.namespace, { name: namespace }, { metadata: { labels } }, { type: 'merge' })
  await plane.operator.stop()
  plane.operator = await startOperator(plane, { env: { LOCUST_POD_SECURITY: 'restricted' } })
  await apply(kube, namespace, 'shop', testSpec())
  await masterPod(namespace)
})

test('the namespaced chart has no cluster-wide rights', async () => {
  const manifests = await renderChart('--set', 'k8s.clusterRole.enabled=false')
  expect(manifests.filter(({ kind }) => kind?.startsWith('ClusterRole'))).toEqual([])
})

test('the chart refuses values it does not know', async () => {
  await expect(renderChart('--set', 'replicas=3')).rejects.toThrow('replicas')
})
