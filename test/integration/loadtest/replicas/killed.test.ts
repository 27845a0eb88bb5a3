// The operator, a real process, ended with SIGKILL after each of its writes, before it has the answer: the next one
// finds what is there and goes on. Nothing is made twice, and nothing waits for an operator that is gone.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { locustSchedule } from '../../../../operator/api/locust/locust-schedule.ts'
import { locustTest } from '../../../../operator/api/locust/locust-test.ts'
import {
  core,
  kubeconfigCredentials,
  type Kind,
  type KubeObject,
} from '../../../../operator/framework/index.ts'
import { reportMark } from '../../../../operator/loadtest/resources/report-script.ts'
import type { Daemon } from '../../../sandbox/machine/daemon.ts'
import type { TestPlane } from '../../../support/test-plane.ts'
import { openGate, type Gate, type Passed } from './gate.ts'
import {
  apply,
  condition,
  eventually,
  namespaceFor,
  onlyPod,
  recordedStats,
  testKind,
  testSpec,
  untilPods,
  untilStatus,
} from '../../../support/loadtest/load-tests.ts'
import { startPlane } from '../../../support/loadtest/plane.ts'
import { endPod, fakeMaster, runPod } from '../../../support/loadtest/pods.ts'
import { replicas } from '../../../support/loadtest/replica.ts'

let plane: TestPlane
let gate: Gate
let start: (name: string) => Daemon
let running: Daemon | undefined
/** Requests that reached the API server and whose sender died of it. */
const fatal: Passed[] = []

beforeAll(async () => {
  plane = await startPlane()
  gate = await openGate(kubeconfigCredentials(plane.kubeconfig))
  start = await replicas(plane, { server: gate.url })
  gate.onAnswer = async (passed) => {
    if (passed.method === 'GET' || passed.status >= 400 || passed.path.endsWith('/events'))
      return true
    fatal.push(passed)
    const dying = running
    running = undefined // of two writes at once, the second finds it dead
    await dying?.kill()
    if (dying && gate.onAnswer) running = start(`life-${fatal.length}`)
    return false
  }
  running = start('life-0')
})
afterAll(async () => {
  if (gate) gate.onAnswer = undefined
  await running?.kill()
  await gate?.stop()
  await plane?.stop()
})

const generous = 60_000
const until = (namespace: string, expected: object) =>
  untilStatus(plane.kube, { namespace, name: 'shop' }, expected, generous)
const patch = (namespace: string, change: object) =>
  plane.kube.patch(testKind, { namespace, name: 'shop' }, change, { type: 'merge' })
const pods = (namespace: string, job: string, count: number) =>
  untilPods(plane.kube, { namespace, job }, { count, timeoutMs: generous })
const onePod = (namespace: string, job: string) => onlyPod(plane.kube, { namespace, job }, generous)
const suspended = async (namespace: string) =>
  (await plane.kube.list(core.job, { namespace })).items.map(({ spec }) => spec.suspend === true)
/** `POST jobs`, `PATCH locusttests/status`, … in the order in which they happened. */
const writesIn = (namespace: string) =>
  fatal
    .filter(({ path }) => path.includes(`/namespaces/${namespace}/`))
    .map(({ method, path }) => {
      const [plural, , subresource] = path.split(`/namespaces/${namespace}/`)[1]?.split('/') ?? []
      return [method, [plural, subresource].filter(Boolean).join('/')].join(' ')
    })
const count = (of: string[], wanted: string) => of.filter((write) => write === wanted).length

test(
  'dies of every write of a test’s life and makes nothing twice',
  { timeout: 600_000 },
  async () => {
    const { kube } = plane
    const namespace = await namespaceFor(kube, 'killed')
    const master = await fakeMaster(await recordedStats())
    gate.logs.set('locust-report', `${reportMark}{"file":"report.html","part":"aGk="}\n`)
    await apply(
      kube,
      namespace,
      'shop',
      testSpec({ suspend: true, testFiles: { configMapRef: 'files' }, report: { configMap: {} } }),
    )
    await until(namespace, condition('Ready', 'False', 'Suspended'))
    await patch(namespace, { spec: { suspend: false } })
    await until(namespace, condition('Ready', 'False', 'ConfigurationError'))
    await kube.create(core.configMap, { metadata: { name: 'files', namespace } })
    await until(namespace, condition('Ready', 'True', 'ResourcesCreated'))

    await runPod(kube, await onePod(namespace, 'shop-master'), 'shop-master', master.address)
    await until(namespace, { phase: 'Running', results: { state: 'running' } })
    await patch(namespace, { spec: { worker: { replicas: 3 } } })
    await until(namespace, { expectedWorkers: 3 })
    await pods(namespace, 'shop-worker', 3)

    await patch(namespace, { spec: { suspend: true } })
    const stopped = await until(namespace, {
      phase: 'Pending',
      connectedWorkers: 0,
      ...condition('Ready', 'False', 'Suspended'),
    })
    expect(stopped.startTime).toBe(undefined)
    expect(stopped.results).toBe(undefined)
    expect(await suspended(namespace)).toEqual([true, true])
    await pods(namespace, 'shop-master', 0)
    await patch(namespace, { spec: { suspend: false } })
    await until(namespace, condition('Ready', 'True', 'ResourcesCreated'))
    await eventually(
      async () => expect(await suspended(namespace)).toEqual([false, false]),
      generous,
    )

    await endRun(namespace)
    await until(namespace, { phase: 'Succeeded', ...condition('ReportStored', 'True', 'Stored') })
    // Workers that the master left behind are ended.
    await pods(namespace, 'shop-worker', 0)

    await patch(namespace, { metadata: { annotations: { 'locust.io/rerun': '1' } } })
    await until(namespace, { phase: 'Pending', ...condition('Ready', 'True', 'ResourcesCreated') })
    await endRun(namespace)
    await until(namespace, { phase: 'Succeeded', ...condition('ReportStored', 'True', 'Stored') })
    await pods(namespace, 'shop-worker', 0)
    await master.stop()

    const writes = writesIn(namespace)
    console.log(`${writes.length} lives: ${writes.join(', ')}`)
    expect(count(writes, 'POST services')).toBe(1)
    expect(count(writes, 'POST jobs')).toBe(4)
    expect(count(writes, 'DELETE jobs')).toBe(2)
    expect(count(writes, 'POST configmaps')).toBe(2)
  },
)

/** The master and the container that delivers the report end. */
async function endRun(namespace: string): Promise<void> {
  const { kube } = plane
  const pod = await onePod(namespace, 'shop-master')
  await endPod(kube, pod, 'shop-master', 0)
  await until(namespace, { phase: 'Succeeded' })
  const state = { terminated: { exitCode: 0 } }
  const status = { name: 'locust-report', image: 'i', imageID: 'i', restartCount: 0, ready: false }
  await kube.patch(
    core.pod,
    pod.metadata,
    { status: { initContainerStatuses: [{ ...status, state }] } },
    { type: 'merge', subresource: 'status' },
  )
}

test('adopts nothing of others, whatever it dies of', { timeout: 240_000 }, async () => {
  const { kube } = plane
  const namespace = await namespaceFor(kube, 'foreign')
  const foreign = await kube.create(core.job, {
    metadata: { name: 'shop-worker', namespace },
    spec: {
      parallelism: 1,
      suspend: true,
      template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } },
    },
  } as unknown as KubeObject) // a template has no metadata of its own
  await apply(kube, namespace, 'shop', testSpec())
  await until(namespace, condition('Ready', 'False', 'NameTaken'))
  await kube.delete(testKind, { namespace, name: 'shop' })
  await eventually(async () => {
    expect((await kube.list(core.service, { namespace })).items).toEqual([])
    expect((await kube.list(core.job, { namespace })).items).toHaveLength(1)
  }, generous)
  const after = await kube.get(core.job, 'shop-worker', namespace)
  expect(after?.metadata.uid).toBe(foreign.metadata.uid)
  expect(after?.metadata.generation).toBe(foreign.metadata.generation)
  expect(after?.metadata.ownerReferences).toBe(undefined)
})

test('reports into no ConfigMap of others', { timeout: 240_000 }, async () => {
  const { kube } = plane
  const namespace = await namespaceFor(kube, 'reports')
  gate.logs.set('locust-report', `${reportMark}{"file":"report.html","part":"aGk="}\n`)
  await apply(kube, namespace, 'shop', testSpec({ report: { configMap: {} } }))
  await until(namespace, condition('Ready', 'True', 'ResourcesCreated'))
  const job = await kube.get(core.job, 'shop-master', namespace)
  const name = `shop-report-${job?.metadata.uid.slice(0, 8)}`
  await kube.create(core.configMap, { metadata: { name, namespace }, data: { mine: 'yes' } })
  await endRun(namespace)
  await until(namespace, condition('ReportStored', 'False', 'ReportFailed'))
  const after = await kube.get(core.configMap, name, namespace)
  expect(after).toMatchObject({ data: { mine: 'yes' } })
  expect(after).not.toHaveProperty('binaryData')
})

test('nothing waits for an operator that is gone', { timeout: 240_000 }, async () => {
  const { kube } = plane
  const namespace = await namespaceFor(kube, 'gone')
  await apply(kube, namespace, 'shop', testSpec())
  await kube.create(locustSchedule, {
    metadata: { name: 'nightly', namespace },
    spec: { schedule: '* * * * *', testTemplate: { spec: testSpec() } },
  })
  await until(namespace, condition('Ready', 'True', 'ResourcesCreated'))
  gate.onAnswer = undefined // it was the last life
  await running?.kill()
  const kinds: Kind[] = [locustTest, locustSchedule, core.service, core.job, core.pod]
  await kube.delete(testKind, { namespace, name: 'shop' })
  await kube.delete(locustSchedule, { namespace, name: 'nightly' })
  await eventually(async () => {
    for (const kind of kinds) expect((await kube.list(kind, { namespace })).items).toEqual([])
  }, generous)
})
