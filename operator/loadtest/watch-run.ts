// One look at a run that is under way: pods, workers, live figures; and when to look again.
import type { Outcome } from '../framework/index.ts'
import { again } from '../framework/index.ts'
import type { Subject } from './names.ts'
import type { Observed } from './observe.ts'
import type { Health, Pod } from './pod-health.ts'
import { podHealth } from './pod-health.ts'
import { troubleEvent } from './prerequisites.ts'
import type { TestContext } from './report.ts'
import { podsAre, running, workersAre } from './report.ts'
import { liveResults } from './results/figures.ts'
import { readStats } from './results/master.ts'
import type { Stats } from './results/stats.ts'
import type { Run } from './run.ts'

/** Figures are written at most this often; a test that has not begun is asked every second. */
const resultsEveryMs = 5_000
const waitingEveryMs = 1_000
/** A pod gets this long before its events are asked why it does not start. */
const patienceMs = 2_000

export async function watchRun(
  run: Run,
  step: { since?: string; address?: string },
): Promise<Outcome> {
  const { c, subject } = run
  if (!step.since) {
    podsAre(c, await health(run))
    return again(startingDelayMs(run), { reason: 'PodsStarting', message: '' })
  }
  const known = c.obj.status?.results
  const ageMs = known ? c.now().getTime() - Date.parse(known.observedAt) : Number.POSITIVE_INFINITY
  // A change of a pod wakes us early; the figures have time.
  if (ageMs < resultsEveryMs - 500) {
    podsAre(c, podsOf(run).health)
    return again(resultsEveryMs - ageMs, underWay)
  }
  const stats = await askMaster(run, step.address)
  const begun = stats !== undefined && hasBegun(stats)
  workersAre(c, subject, stats)
  running(c, step.since, begun ? liveResults(stats, c.now().toISOString()) : undefined)
  podsAre(c, begun ? podsOf(run).health : await health(run))
  return again(begun ? resultsEveryMs : waitingEveryMs, underWay)
}

/** Pods tell of themselves; only their events must be asked for, less often the longer it takes. */
function startingDelayMs({ c, observed }: Run): number {
  const since = Date.parse(observed.masterJob?.metadata.creationTimestamp ?? '')
  const ageMs = c.now().getTime() - since
  return Math.min(Math.max(patienceMs + 500, ageMs / 2 || 0), 15_000)
}

const underWay = { reason: 'TestInProgress', message: '' }

const hasBegun = ({ state, total }: Stats) => state !== 'ready' || total.requests > 0

function askMaster({ c, subject, observed, options }: Run, address: string | undefined) {
  const name = observed.masterPod?.metadata.name ?? ''
  const container = observed.masterJob?.metadata.name ?? ''
  return readStats(
    { kube: c.kube, access: options.access, signal: c.signal },
    { namespace: subject.namespace, name, container, address },
  )
}

function podsOf({ subject, observed }: Run) {
  const pods = [...(observed.masterPod ? [observed.masterPod] : []), ...observed.workerPods]
  return { pods, health: podHealth(pods, { expected: 1 + subject.spec.worker.replicas }) }
}

async function health(run: Run): Promise<Health> {
  const { pods, health: seen } = podsOf(run)
  if (seen.reason !== 'PodsStarting') return seen
  return (await explained(run.c, run.subject, run.observed, pods)) ?? seen
}

/** Asks the events of what should have started by now. */
async function explained(
  c: TestContext,
  { namespace }: Subject,
  observed: Observed,
  pods: Pod[],
): Promise<Health | undefined> {
  const late = ({ metadata }: { metadata: { creationTimestamp?: string } }) =>
    c.now().getTime() - Date.parse(metadata.creationTimestamp ?? '') > patienceMs
  const stuck = pods.find((pod) => pod.status?.phase === 'Pending' && late(pod))
  if (stuck) {
    const message = await troubleEvent(c.kube, { namespace, ...identity(stuck) })
    if (message)
      return { reason: 'ConfigurationError', message: `${stuck.metadata.name}: ${message}` }
  }
  const empty = [
    observed.masterPod ? undefined : observed.masterJob,
    observed.workerPods.length > 0 ? undefined : observed.workerJob,
  ].find((job) => job !== undefined && late(job))
  if (!empty) return undefined
  const message = await troubleEvent(c.kube, { namespace, ...identity(empty) })
  return message ? { reason: 'PodCreationRefused', message } : undefined
}

const identity = ({ metadata }: { metadata: { name: string; uid: string } }) => ({
  name: metadata.name,
  uid: metadata.uid,
})
