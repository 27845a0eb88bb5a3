// Load tests for real: a Locust master and its workers in pods of a real kubelet, against a real web server, and the
// operator's word held to what happened. Skipped without root, which boxes need.
// Takes minutes: Locust runs for as long as its tests say, six times.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LocustTestSpec } from '../../../operator/api/locust/locust-types.ts'
import { core } from '../../../operator/framework/index.ts'
import { condition, conditions, eventually } from '../../support/loadtest/load-tests.ts'
import { openRange, type Lane, type Range } from './range.ts'

const users = 6

/** Without a run time the test lasts until its lane says that it is enough. */
const spec = (o: { workers?: number; runTime?: string } & Partial<LocustTestSpec> = {}) => {
  const { workers = 2, runTime, ...more } = o
  const load = runTime ? `--users ${users} --spawn-rate ${users} --run-time ${runTime}` : ''
  return {
    image: 'docker.io/locustio/locust:2.47.0',
    master: {
      command: `-f /lotest/src/locustfile.py --host http://web:8080 ${load}`,
      autoquit: { enabled: true, timeout: 0 },
    },
    worker: { command: '-f /lotest/src/locustfile.py', replicas: workers },
    testFiles: { configMapRef: 'files' },
    ...(runTime && { env: { variables: [{ name: 'RUN_TIME', value: runTime }] } }),
    ...more,
  } satisfies LocustTestSpec
}

describe.skipIf(process.getuid?.() !== 0)('load tests', { timeout: 300_000 }, () => {
  let range: Range
  beforeAll(async () => {
    range = await openRange()
  })
  afterAll(() => range?.close())

  const succeeded = { phase: 'Succeeded', verdict: 'Passed' }
  const shooting = (workers: number) => ({
    phase: 'Running',
    expectedWorkers: workers,
    connectedWorkers: workers,
    results: { state: 'running' },
    ...condition('WorkersConnected', 'True', 'AllWorkersConnected'),
  })

  test('the figures of a test are those that the server counted', async () => {
    const lane = await range.lane('counted')
    await lane.loadFiles()
    await lane.apply(
      spec({
        workers: 3,
        runTime: '8s',
        thresholds: { failureRatio: '0' },
        report: { configMap: {} },
      }),
    )
    const live = await lane.until(shooting(3))
    expect(live.results?.requests).toBeLessThanOrEqual(await lane.counted())
    const status = await lane.until({
      ...succeeded,
      ...conditions(['ReportStored', 'True', 'Stored'], ['WorkersConnected', 'False', 'TestEnded']),
    })
    const counted = await lane.counted()
    const { requests = 0, failures } = status.results ?? {}
    console.log(`Locust says ${requests}, the server ${counted}`)
    // Requests in flight when the users were stopped reached the server and were not waited for.
    expect(counted - requests).toBeGreaterThanOrEqual(0)
    expect(counted - requests).toBeLessThanOrEqual(users)
    expect(requests).toBeGreaterThan(users)
    expect(failures).toBe(0)
    expect(status).toMatchObject({ expectedWorkers: 3, results: { final: true, users: 0 } })
    const report = status.report?.location?.replace('configmap/', '') ?? ''
    const { binaryData } = (await range.kube.get(core.configMap, report, lane.namespace)) ?? {}
    expect(Object.keys(binaryData ?? {})).toContain('report.html.gz')
    await ended(lane)
  })

  test('a threshold that is not met fails the test and is named', async () => {
    const lane = await range.lane('slow')
    await lane.loadFiles()
    await lane.apply(
      spec({ workers: 1, runTime: '4s', thresholds: { minRequestsPerSecond: '1000000' } }),
    )
    const status = await lane.until({
      phase: 'Failed',
      verdict: 'Failed',
      ...conditions(
        ['ThresholdsMet', 'False', 'Exceeded'],
        ['TestCompleted', 'True', 'ThresholdsExceeded'],
      ),
    })
    const { message } = status.conditions?.find(({ type }) => type === 'ThresholdsMet') ?? {}
    expect(message).toMatch(/^thresholds.minRequestsPerSecond: at least 1000000, was \d/)
  })

  test('a ConfigMap and a Secret that come late start the test', async () => {
    const lane = await range.lane('late')
    const env = {
      secretRefs: [{ name: 'keys' }],
      variables: [{ name: 'RUN_TIME', value: '4s' }],
    }
    await lane.apply(spec({ workers: 1, runTime: '4s', env }))
    await lane.until({ phase: 'Pending', ...condition('Ready', 'False', 'ConfigurationError') })
    expect(await lane.pods('master')).toEqual([])
    await lane.loadFiles()
    const stuck = await lane.until({
      phase: 'Pending',
      ...conditions(
        ['Ready', 'True', 'ResourcesCreated'],
        ['PodsHealthy', 'False', 'ConfigurationError'],
      ),
    })
    const { message } = stuck.conditions?.find(({ type }) => type === 'PodsHealthy') ?? {}
    expect(message).toContain('keys')
    const metadata = { name: 'keys', namespace: lane.namespace }
    await range.kube.create(core.secret, { metadata, stringData: { A: 'b' } })
    await lane.until(succeeded)
  })

  test('a worker that is killed, and one that is deleted, are replaced', async () => {
    const lane = await range.lane('lost')
    await lane.loadFiles()
    // Seconds: less than the kubelet takes before it starts the killed one again.
    const env = { variables: [{ name: 'HEARTBEAT_LIVENESS', value: '8' }] }
    await lane.apply(spec({ workers: 3, env }))
    await lane.until(shooting(3))
    const [killed, deleted, other] = await lane.pods('worker')
    if (!killed || !deleted || !other) throw new Error('not three workers')
    await lane.kill(killed)
    await lane.until({
      phase: 'Running',
      connectedWorkers: 2,
      ...conditions(
        ['WorkersConnected', 'False', 'WorkersMissing'],
        ['PodsHealthy', 'False', 'CrashLoopBackOff'],
      ),
    })
    await lane.until(shooting(3))
    await lane.until(condition('PodsHealthy', 'True', 'PodsHealthy'))
    // Told to stop, Locust exits with 0, as a worker does whose work is done.
    await range.kube.delete(core.pod, deleted.metadata)
    await lane.until({ phase: 'Running', connectedWorkers: 2 })
    await lane.until(shooting(3))
    const names = (await lane.pods('worker')).map(({ metadata }) => metadata.name)
    expect(names).toContain(other.metadata.name)
    await lane.endShooting()
    await lane.until(succeeded)
    await ended(lane)
  })

  test('holds back while suspended, stops when suspended, begins anew', async () => {
    const lane = await range.lane('suspended')
    await lane.loadFiles()
    await lane.apply(spec({ suspend: true }))
    await lane.until({ phase: 'Pending', ...condition('Ready', 'False', 'Suspended') })
    expect((await range.kube.list(core.job, { namespace: lane.namespace })).items).toEqual([])
    await lane.patch({ suspend: false })
    await lane.until(shooting(2))
    await lane.patch({ suspend: true })
    await ended(lane)
    const stopped = await lane.until({
      phase: 'Pending',
      ...condition('Ready', 'False', 'Suspended'),
    })
    expect(stopped).not.toHaveProperty('verdict')
    expect(stopped).not.toHaveProperty('results')
    const before = await lane.counted()
    await lane.patch({ suspend: false })
    await lane.until(shooting(2))
    await lane.endShooting()
    const { results } = await lane.until(succeeded)
    // Of the second run alone.
    const counted = (await lane.counted()) - before
    expect(counted - (results?.requests ?? 0)).toBeGreaterThanOrEqual(0)
    expect(counted - (results?.requests ?? 0)).toBeLessThanOrEqual(users)
  })

  test('kubectl scale adds workers while the test runs', async () => {
    const lane = await range.lane('scaled')
    await lane.loadFiles()
    await lane.apply(spec({ workers: 2 }))
    await lane.until(shooting(2))
    await range.kubectl('scale', 'lotest/shop', '--replicas=4', '-n', lane.namespace)
    await lane.until(shooting(4))
    await range.kubectl('scale', 'lotest/shop', '--replicas=1', '-n', lane.namespace)
    await lane.until(shooting(1))
    await lane.endShooting()
    await lane.until(succeeded)
  })

  /** No pod of the test runs any more, nor does one that is being deleted. */
  const ended = ({ namespace }: Lane) =>
    eventually(async () => {
      const labelSelector = 'managed-by=locust-k8s-operator'
      const { items } = await range.kube.list(core.pod, { namespace, labelSelector })
      const phases = items.map(({ status }) => status?.phase)
      expect(phases.filter((phase) => phase === 'Running' || phase === 'Pending')).toEqual([])
    }, 60_000)
})
