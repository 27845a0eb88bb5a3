// One look at a run that is under way: pods, workers, live figures; and when to look again.
import { again } from '../../framework/index.ts'
import { scaleWorkers } from '../pods/children.ts'
import { liveResults } from '../results/figures.ts'
import { readStats } from '../results/master.ts'
import type { Stats } from '../results/stats.ts'
import type { Done } from './test-said.ts'
import { joined } from './test-said.ts'
import { health } from './health.ts'
import type { Known, Tools } from './known.ts'
import { podsAre, running, workerReplaced, workersAre } from './status.ts'
import { allowedWorkers, refilled } from './worker-count.ts'

/** Figures are written at most this often; a test that has not begun is asked every second. */
const resultsEveryMs = 5_000
const waitingEveryMs = 1_000
/** Pods and events wake us; only the clock does not. */
const startingEveryMs = 15_000

export async function watchRun(
  known: Known,
  tools: Tools,
  step: { since?: string; address?: string },
): Promise<Done> {
  const { since, address } = step
  if (!since) {
    const outcome = again(untilDeadlineMs(known), { reason: 'PodsStarting', message: '' })
    return { outcome, change: podsAre(known, health(known, tools.events)) }
  }
  const last = known.status.results
  const ageMs = last ? known.now.getTime() - Date.parse(last.observedAt) : Number.POSITIVE_INFINITY
  // A change of a pod wakes us early; the figures have time.
  if (ageMs < resultsEveryMs - 500) {
    const change = podsAre(known, health(known, tools.events), { wellCanWait: true })
    return { outcome: again(resultsEveryMs - ageMs, underWay), change }
  }
  const stats = await askMaster(known, tools, address)
  const begun = stats !== undefined && hasBegun(stats)
  const replaced = stats !== undefined && (await replaceStopped(known, tools, stats))
  const at = tools.now()
  const wellCanWait = !begun && hasJustStarted(known, since, at)
  return {
    outcome: again(begun ? resultsEveryMs : waitingEveryMs, underWay),
    change: joined(
      workersAre(known, stats),
      replaced ? workerReplaced : {},
      running(known, since, begun ? liveResults(stats, at.toISOString()) : undefined),
      podsAre(known, health(known, tools.events), { wellCanWait }),
    ),
  }
}

/**
 * Workers exit with 0 at the end of a test too, so it is the master that says whether they are missed. Whether there were
 * any to replace.
 */
async function replaceStopped(known: Known, tools: Tools, stats: Stats): Promise<boolean> {
  const { workerJob } = known.observed
  if (!workerJob || !underLoad.has(stats.state)) return false
  const { replicas } = known.subject.spec.worker
  const wanted = allowedWorkers(workerJob, replicas, tools.settings.ceilings.workers)
  const to = stats.workers < wanted ? refilled(workerJob, wanted) : undefined
  if (to === undefined) return false
  await scaleWorkers(tools.kube, workerJob, to)
  return true
}

const underLoad = new Set(['ready', 'spawning', 'running'])

/** Figures, or the end of a short test, are about to be written. */
const hasJustStarted = ({ status }: Known, since: string, at: Date) =>
  status.phase === 'Running' && at.getTime() < Date.parse(since) + resultsEveryMs

function untilDeadlineMs({ subject, wantedSince, now }: Known): number {
  const seconds = subject.spec.startDeadlineSeconds ?? Number.POSITIVE_INFINITY
  const leftMs = Date.parse(wantedSince) + seconds * 1000 - now.getTime()
  return Math.min(startingEveryMs, Math.max(0, leftMs) + 1)
}

const underWay = { reason: 'TestInProgress', message: '' }

const hasBegun = ({ state, total }: Stats) => state !== 'ready' || total.requests > 0

function askMaster({ subject, observed }: Known, tools: Tools, address: string | undefined) {
  const name = observed.masterPod?.metadata.name ?? ''
  const container = observed.masterJob?.metadata.name ?? ''
  return readStats(tools, { namespace: subject.namespace, name, container, address })
}
