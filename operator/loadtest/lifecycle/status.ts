// Says in conditions, status and events what is going on, in upstream's words where they were right.
import type { LocustTestSpec, LocustTestStatus, Results } from '../../api/locust/locust-test.ts'
import type { Context } from '../../framework/index.ts'
import type { LocustTestV1Spec } from '../../api/locust/locust-test-v1.ts'
import type { Made } from '../pods/children.ts'
import type { Subject } from '../pods/names.ts'
import { nodeName, podLabel } from '../pods/names.ts'
import type { Health } from '../pods/pod-health.ts'
import { podsStarting } from '../pods/pod-health.ts'
import type { Stats } from '../results/stats.ts'
import { specHash } from '../spec/subject.ts'

export type TestContext = Context<LocustTestSpec | LocustTestV1Spec | undefined, LocustTestStatus>

export function heldBack(c: TestContext, why: { reason: string; message: string }): void {
  c.status({ phase: 'Pending', observedGeneration: c.obj.metadata.generation })
  c.condition('Ready', false, why.reason, why.message)
}

export const ready = (c: TestContext): void =>
  c.condition('Ready', true, 'ResourcesCreated', 'All resources created')

/** Forgets what has run, so that the next run begins as the first did. */
export function stopped(c: TestContext): void {
  const forgotten = { results: undefined, startTime: undefined, wantedSince: undefined }
  c.status({ ...forgotten, connectedWorkers: 0 })
  heldBack(c, { reason: 'Suspended', message: 'spec.suspend is true; the test was stopped' })
  c.condition('WorkersConnected', false, 'WaitingForWorkers', 'The test was stopped')
  c.condition('TestCompleted', false, 'TestInProgress', 'The test was stopped')
}

export function created(c: TestContext, subject: Subject, made: Made[]): void {
  const { replicas } = subject.spec.worker
  c.status({
    phase: 'Pending',
    observedGeneration: c.obj.metadata.generation,
    expectedWorkers: replicas,
    connectedWorkers: 0,
    runSpec: specHash(subject.spec),
    workerSelector: `${podLabel}=${nodeName(subject.name, 'worker')}`,
  })
  ready(c)
  c.condition('WorkersConnected', false, 'WaitingForWorkers', `0/${replicas} workers connected`)
  c.condition('TestCompleted', false, 'TestInProgress', 'Waiting for the Locust master to start')
  c.condition('PodsHealthy', true, podsStarting.reason, podsStarting.message)
  if (made.length > 0)
    c.event(
      'Normal',
      'Created',
      `Created ${made.map(({ kind, name }) => `${kind} ${name}`).join(', ')}`,
    )
}

/** Forgets the run that is over. */
export function begunAnew(c: TestContext, o: { rerun: string | undefined; at: string }): void {
  c.status({
    phase: 'Pending',
    rerun: o.rerun,
    wantedSince: o.at,
    runSpec: undefined,
    startTime: undefined,
    completionTime: undefined,
    verdict: undefined,
    results: undefined,
    report: undefined,
    connectedWorkers: 0,
  })
  c.condition('TestCompleted', false, 'TestInProgress', 'The test runs once more')
  c.condition('ThresholdsMet', 'Unknown', 'TestInProgress', 'The test runs once more')
  c.event('Normal', 'Rerun', 'The test runs once more because locust.io/rerun has a new value')
}

export const isFine = ({ reason }: Health): boolean =>
  reason === 'PodsHealthy' || reason === 'PodsStarting'

/** `wellCanWait`: that what was fine is fine is no reason for a write of its own. */
export function podsAre(
  c: TestContext,
  { reason, message }: Health,
  { wellCanWait = false } = {},
): void {
  const fine = isFine({ reason, message })
  const known = c.obj.status?.conditions?.find(({ type }) => type === 'PodsHealthy')
  if (wellCanWait && fine && known?.status === 'True') return
  c.condition('PodsHealthy', fine, reason, message)
  if (!fine && known?.reason !== reason) c.event('Warning', 'PodFailure', message)
}

/** What the master itself says; nothing is claimed while it does not answer. */
export function workersAre(c: TestContext, subject: Subject, stats: Stats | undefined): void {
  const { replicas } = subject.spec.worker
  c.status({ expectedWorkers: replicas })
  if (!stats) {
    if (c.obj.status?.results === undefined) return
    return c.condition(
      'WorkersConnected',
      'Unknown',
      'MasterSilent',
      'The Locust master does not answer',
    )
  }
  const { workers } = stats
  const message = `${workers}/${replicas} workers connected`
  c.status({ connectedWorkers: workers })
  if (workers >= replicas)
    return c.condition('WorkersConnected', true, 'AllWorkersConnected', message)
  const reason = stats.state === 'ready' ? 'WaitingForWorkers' : 'WorkersMissing'
  c.condition('WorkersConnected', false, reason, message)
}

export function running(c: TestContext, since: string, results: Results | undefined): void {
  c.status({
    phase: 'Running',
    startTime: since,
    observedGeneration: c.obj.metadata.generation,
    ...(results && { results }),
  })
  c.condition('TestCompleted', false, 'TestInProgress', progressText(results))
}

function progressText(results: Results | undefined): string {
  if (!results) return 'The Locust master runs and waits for its workers'
  return results.state === 'stopped'
    ? 'The test is over; the Locust master has not quit yet'
    : 'The test is running'
}

export type Conclusion = {
  passed: boolean
  reason: string
  message: string
  startedAt?: string | undefined
  finishedAt: string
  results?: Results | undefined
  breaches?: string[]
}

export function concluded(c: TestContext, end: Conclusion): void {
  const { passed, reason, message } = end
  c.status({
    phase: passed ? 'Succeeded' : 'Failed',
    verdict: passed ? 'Passed' : 'Failed',
    observedGeneration: c.obj.metadata.generation,
    completionTime: end.finishedAt,
    ...(end.startedAt && { startTime: end.startedAt }),
    ...(end.results && { results: { ...end.results, users: 0, final: true } }),
  })
  c.condition('TestCompleted', true, reason, message)
  // The last look may have come when the master was quitting.
  c.condition('WorkersConnected', false, 'TestEnded', 'The test is over')
  if (end.breaches) {
    const met = end.breaches.length === 0
    const detail = met ? 'All thresholds are met' : end.breaches.join('; ')
    c.condition('ThresholdsMet', met, met ? 'Met' : 'Exceeded', detail)
  }
  if (passed) c.event('Normal', 'TestCompleted', message)
  else c.event('Warning', 'TestFailed', message)
}
