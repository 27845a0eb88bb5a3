// One look at a run that is under way: pods, workers, live figures; and when to look again.
import type { Outcome } from '../../framework/index.ts'
import { again } from '../../framework/index.ts'
import { scaleWorkers } from '../pods/children.ts'
import type { Job } from './observe.ts'
import type { Health, Pod } from '../pods/pod-health.ts'
import { podHealth } from '../pods/pod-health.ts'
import { podsAre, running, workersAre } from './status.ts'
import { liveResults } from '../results/figures.ts'
import { readStats } from '../results/master.ts'
import type { Stats } from '../results/stats.ts'
import type { Run } from './run.ts'
import type { TroubleEvents } from './trouble.ts'
import { allowedWorkers, refilled } from './worker-count.ts'
import { jobTrouble, podTrouble, withFields } from './trouble.ts'

/** Figures are written at most this often; a test that has not begun is asked every second. */
const resultsEveryMs = 5_000
const waitingEveryMs = 1_000
/** Pods and events wake us; only the clock does not. */
const startingEveryMs = 15_000

export async function watchRun(
  run: Run,
  step: { since?: string; address?: string },
): Promise<Outcome> {
  const { c, subject } = run
  if (!step.since) {
    podsAre(c, health(run))
    return again(untilDeadlineMs(run), { reason: 'PodsStarting', message: '' })
  }
  const known = c.obj.status?.results
  const ageMs = known ? c.now().getTime() - Date.parse(known.observedAt) : Number.POSITIVE_INFINITY
  // A change of a pod wakes us early; the figures have time.
  if (ageMs < resultsEveryMs - 500) {
    podsAre(c, health(run), { wellCanWait: true })
    return again(resultsEveryMs - ageMs, underWay)
  }
  const stats = await askMaster(run, step.address)
  const begun = stats !== undefined && hasBegun(stats)
  workersAre(c, subject, stats)
  if (stats) await replaceStopped(run, stats)
  running(c, step.since, begun ? liveResults(stats, c.now().toISOString()) : undefined)
  podsAre(c, health(run), { wellCanWait: !begun && hasJustStarted(run, step.since) })
  return again(begun ? resultsEveryMs : waitingEveryMs, underWay)
}

/** Workers exit with 0 at the end of a test too, so it is the master that says whether they are missed. */
async function replaceStopped(run: Run, stats: Stats): Promise<void> {
  const { c, subject, observed, options } = run
  const { workerJob } = observed
  if (!workerJob || !underLoad.has(stats.state)) return
  const wanted = allowedWorkers(
    workerJob,
    subject.spec.worker.replicas,
    options.settings.ceilings.workers,
  )
  const to = stats.workers < wanted ? refilled(workerJob, wanted) : undefined
  if (to === undefined) return
  await scaleWorkers(c.kube, workerJob, to)
  c.event('Normal', 'WorkerReplaced', 'A worker was stopped while the test ran and is replaced')
}

const underLoad = new Set(['ready', 'spawning', 'running'])

/** Figures, or the end of a short test, are about to be written. */
const hasJustStarted = ({ c }: Run, since: string) =>
  c.obj.status?.phase === 'Running' && c.now().getTime() < Date.parse(since) + resultsEveryMs

function untilDeadlineMs({ c, subject, wantedSince }: Run): number {
  const seconds = subject.spec.startDeadlineSeconds ?? Number.POSITIVE_INFINITY
  const leftMs = Date.parse(wantedSince) + seconds * 1000 - c.now().getTime()
  return Math.min(startingEveryMs, Math.max(0, leftMs) + 1)
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

/** What pods say of themselves comes before what events say of them. */
export function health({ subject, observed, events }: Run): Health {
  const { masterPod, workerPods, masterJob, workerJob } = observed
  const pods = [...(masterPod ? [masterPod] : []), ...workerPods]
  const seen = podHealth(pods, { expected: 1 + subject.spec.worker.replicas })
  const { reason, message } =
    seen.reason === 'PodsStarting'
      ? (stuck(pods, events) ??
        refused(masterJob, masterPod ? [masterPod] : [], events) ??
        refused(workerJob, workerPods, events) ??
        seen)
      : seen
  return { reason, message: withFields(message, subject.spec) }
}

function stuck(pods: Pod[], events: TroubleEvents): Health | undefined {
  const told = pods.map((pod) => ({ pod, note: podTrouble(pod, events) }))
  const first = told.find(({ note }) => note !== undefined)
  return (
    first && {
      reason: 'ConfigurationError',
      message: `${first.pod.metadata.name}: ${first.note ?? ''}`,
    }
  )
}

function refused(job: Job | undefined, pods: Pod[], events: TroubleEvents): Health | undefined {
  const message = job && jobTrouble(job, pods, events)
  return message === undefined ? undefined : { reason: 'PodCreationRefused', message }
}
