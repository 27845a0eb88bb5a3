// The whole life of LocustTests on a real API server and controller-manager, with pods driven by status patches.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { core } from '../../../../operator/framework/index.ts'
import {
  apply,
  condition,
  conditions,
  eventually,
  namespaceFor,
  onlyPod,
  recordedStats,
  statusOf,
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
import { endPod, fakeMaster, podsOf, runPod } from '../../../support/loadtest/pods.ts'

let plane: OperatedPlane
beforeAll(async () => {
  plane = await startOperatedPlane()
})
afterAll(() => plane?.stop())

const patch = (ref: { namespace: string; name: string }, spec: object) =>
  plane.kube.patch(testKind, ref, { spec }, { type: 'merge' })
const masterPod = (namespace: string) => onlyPod(plane.kube, { namespace, job: 'shop-master' })
const workerPods = (namespace: string, count: number) =>
  untilPods(plane.kube, { namespace, job: 'shop-worker' }, { count })

test('runs to Succeeded with live results and few requests', { timeout: 60_000 }, async () => {
  const { kube } = plane
  const namespace = await namespaceFor(kube, 'happy')
  const ref = { namespace, name: 'shop' }
  const master = await fakeMaster(await recordedStats())
  const before = plane.operator.requests.length
  await apply(kube, namespace, 'shop', testSpec())
  await untilStatus(kube, ref, {
    phase: 'Pending',
    ...condition('Ready', 'True', 'ResourcesCreated'),
  })
  const workers = await workerPods(namespace, 2)
  const pod = await masterPod(namespace)
  for (const worker of workers) await runPod(kube, worker, 'shop-worker')
  await runPod(kube, pod, 'shop-master', master.address)
  const live = await untilStatus(kube, ref, {
    phase: 'Running',
    connectedWorkers: 2,
    ...condition('WorkersConnected', 'True', 'AllWorkersConnected'),
    results: { state: 'running', users: 5, requests: 195, failures: 26, p95Ms: 6 },
  })
  expect(live.startTime).toBeDefined()
  await endPod(kube, pod, 'shop-master', 0)
  for (const worker of workers) await endPod(kube, worker, 'shop-worker', 0)
  await untilStatus(kube, ref, {
    phase: 'Succeeded',
    verdict: 'Passed',
    results: { final: true, requests: 195, users: 0 },
    ...condition('TestCompleted', 'True', 'TestSucceeded'),
  })
  await master.stop()
  const lasting = plane.operator.requests.slice(before).filter(({ method }) => method !== 'GET')
  expect(lasting.length).toBeLessThanOrEqual(8) // three objects, three status writes, two events
})

test('the end of a short test says that its pods were healthy', async () => {
  const { kube } = plane
  const namespace = await namespaceFor(kube, 'short')
  const ref = { namespace, name: 'shop' }
  await apply(kube, namespace, 'shop', testSpec())
  const workers = await workerPods(namespace, 2)
  const pod = await masterPod(namespace)
  await runPod(kube, pod, 'shop-master')
  await untilStatus(kube, ref, {
    phase: 'Running',
    ...condition('PodsHealthy', 'True', 'PodsStarting'),
  })
  for (const worker of workers) await runPod(kube, worker, 'shop-worker')
  await endPod(kube, pod, 'shop-master', 0)
  await untilStatus(kube, ref, {
    phase: 'Succeeded',
    ...condition('PodsHealthy', 'True', 'PodsHealthy'),
  })
})

test('a failed request count fails the test and says so', async () => {
  const { kube } = plane
  const namespace = await namespaceFor(kube, 'failing')
  await apply(kube, namespace, 'shop', testSpec())
  const pod = await masterPod(namespace)
  await endPod(kube, pod, 'shop-master', 1)
  const ref = { namespace, name: 'shop' }
  await untilStatus(kube, ref, {
    phase: 'Failed',
    ...condition('TestCompleted', 'True', 'TestFailed'),
  })
  // Workers that the master left behind are ended.
  await eventually(async () => expect(await podsOf(kube, namespace, 'shop-worker')).toEqual([]))
})

test('thresholds decide the verdict', async () => {
  const { kube } = plane
  const namespace = await namespaceFor(kube, 'thresholds')
  const ref = { namespace, name: 'shop' }
  const master = await fakeMaster(await recordedStats())
  await apply(
    kube,
    namespace,
    'shop',
    testSpec({ thresholds: { failureRatio: '0.1', p95Ms: 100 } }),
  )
  const pod = await masterPod(namespace)
  await runPod(kube, pod, 'shop-master', master.address)
  await untilStatus(kube, ref, { results: { requests: 195 } })
  await endPod(kube, pod, 'shop-master', 0)
  await untilStatus(kube, ref, {
    phase: 'Failed',
    verdict: 'Failed',
    ...condition('ThresholdsMet', 'False', 'Exceeded'),
  })
  await master.stop()
})

test('takes over nothing that is somebody else’s', async () => {
  const { kube } = plane
  const namespace = await namespaceFor(kube, 'foreign')
  const foreign = {
    metadata: { name: 'shop-master', namespace },
    spec: { ports: [{ port: 1 }], selector: { a: 'b' } },
  }
  await kube.create(core.service, foreign)
  await apply(kube, namespace, 'shop', testSpec())
  await untilStatus(kube, { namespace, name: 'shop' }, condition('Ready', 'False', 'NameTaken'))
  const service = await kube.get(core.service, 'shop-master', namespace)
  expect(service?.metadata.ownerReferences).toBe(undefined)
  expect((await kube.list(core.job, { namespace })).items).toEqual([])
})

test(
  'holds back while suspended, stops when suspended, begins anew',
  { timeout: 60_000 },
  async () => {
    const { kube } = plane
    const namespace = await namespaceFor(kube, 'suspend')
    const ref = { namespace, name: 'shop' }
    await apply(kube, namespace, 'shop', testSpec({ suspend: true }))
    await untilStatus(kube, ref, condition('Ready', 'False', 'Suspended'))
    expect((await kube.list(core.job, { namespace })).items).toEqual([])
    await patch(ref, { suspend: false })
    const first = await masterPod(namespace)
    await patch(ref, { suspend: true })
    await untilStatus(kube, ref, { phase: 'Pending', ...condition('Ready', 'False', 'Suspended') })
    await eventually(async () => expect(await podsOf(kube, namespace, 'shop-master')).toEqual([]))
    await patch(ref, { suspend: false })
    const second = await masterPod(namespace)
    expect(second.metadata.uid).not.toBe(first.metadata.uid)
    await untilStatus(kube, ref, condition('Ready', 'True', 'ResourcesCreated'))
  },
)

test('one lost worker costs one worker', { timeout: 60_000 }, async () => {
  const { kube } = plane
  const namespace = await namespaceFor(kube, 'lost')
  const ref = { namespace, name: 'shop' }
  const master = await fakeMaster(await recordedStats())
  await apply(kube, namespace, 'shop', testSpec({ worker: { command: 'x', replicas: 3 } }))
  const [lost, ...others] = await workerPods(namespace, 3)
  if (!lost) throw new Error('no worker')
  await runPod(kube, await masterPod(namespace), 'shop-master', master.address)
  await endPod(kube, lost, 'shop-worker', 137)
  await untilStatus(kube, ref, {
    phase: 'Running',
    ...conditions(
      ['WorkersConnected', 'False', 'WorkersMissing'],
      ['PodsHealthy', 'False', 'CrashLoopBackOff'],
    ),
  })
  const alive = await eventually(async () => {
    const pods = await podsOf(kube, namespace, 'shop-worker')
    const pending = pods.filter(({ status }) => status?.phase === 'Pending')
    expect(pending).toHaveLength(3)
    return pending.map(({ metadata }) => metadata.uid)
  })
  for (const { metadata } of others) expect(alive).toContain(metadata.uid)
  await master.stop()
})

test('another operator takes over a running test and makes nothing twice', async () => {
  const { kube } = plane
  const namespace = await namespaceFor(kube, 'takeover')
  const ref = { namespace, name: 'shop' }
  await apply(kube, namespace, 'shop', testSpec())
  const pod = await masterPod(namespace)
  const jobs = (await kube.list(core.job, { namespace })).items.map(({ metadata }) => metadata.uid)
  await plane.operator.stop()
  await endPod(kube, pod, 'shop-master', 0)
  plane.operator = await startOperator(plane)
  await untilStatus(kube, ref, { phase: 'Succeeded' })
  const after = (await kube.list(core.job, { namespace })).items.map(({ metadata }) => metadata.uid)
  expect(after).toEqual(jobs)
  expect((await statusOf(kube, namespace, 'shop')).completionTime).toBeDefined()
})
