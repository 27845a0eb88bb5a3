// What to do next with a LocustTest, from what is known of it. Pure: carry-out.ts does it.
import type { LocustTestStatus } from '../../api/locust/locust-types.ts'
import type { MasterEnd, MasterState } from './master-state.ts'
import { masterState, reportEnded } from './master-state.ts'
import { isFinished, type Job } from '../pods/objects.ts'
import { specHash } from '../spec/subject.ts'
import type { Known } from './known.ts'
import { allowedWorkers, rescaled } from './worker-count.ts'

export type Step =
  | { do: 'nothing' }
  | { do: 'release-workers'; afterMs: number }
  | { do: 'collect-report' }
  | { do: 'hold' }
  | { do: 'create'; recreate: boolean }
  | { do: 'rerun' }
  | { do: 'pause' }
  | { do: 'await-end' }
  | { do: 'resume' }
  | { do: 'scale'; job: Job; to: number }
  | { do: 'give-up'; reason: 'StartDeadlineExceeded' | 'MasterDeleted'; message: string }
  | { do: 'finish'; end: MasterEnd }
  | { do: 'watch'; since?: string; address?: string }

/** Workers get this long after the master's end to quit by themselves. */
const workerGraceMs = 5_000

export function decide(known: Known): Step {
  const { status, observed } = known
  if (isOver(status)) return wantsRerun(known) ? { do: 'rerun' } : afterTheEnd(known)
  if (status.runSpec === undefined) return begin(known)
  const state = masterState(observed)
  if (state.at === 'ended') return { do: 'finish', end: state.end }
  const { masterJob, workerJob } = observed
  if (!masterJob || !workerJob) return lost(known)
  return (
    pausing(known, [masterJob, workerJob]) ??
    late(known) ??
    scaling(known, workerJob) ??
    watching(state)
  )
}

/** What locust-k8s-operator left Running is taken over with its Jobs; when they are gone, so is that run. */
function begin(known: Known): Step {
  const { subject, status, observed } = known
  if (status.phase === 'Running' && !observed.masterJob) return lost(known)
  if (subject.spec.suspend) return { do: 'hold' }
  return late(known) ?? { do: 'create', recreate: false }
}

/** An operator may have died when one Job was suspended, or both and the status knew nothing of it. */
function pausing({ subject, status, observed }: Known, jobs: Job[]): Step | undefined {
  const stopped = jobs.map(({ spec }) => spec.suspend === true)
  if (subject.spec.suspend) {
    const forgotten = status.startTime === undefined && status.results === undefined
    return { do: forgotten && stopped.every(Boolean) ? 'hold' : 'pause' }
  }
  if (!stopped.some(Boolean)) return undefined
  // How the master ends that was told to stop must not count for the one that comes.
  return { do: observed.masterPod && stopped[0] ? 'await-end' : 'resume' }
}

function scaling({ subject, ceilings }: Known, job: Job): Step | undefined {
  const to = rescaled(job, allowedWorkers(job, subject.spec.worker.replicas, ceilings?.workers))
  return to === undefined ? undefined : { do: 'scale', job, to }
}

const watching = (state: Exclude<MasterState, { at: 'ended' }>): Step =>
  state.at === 'running'
    ? { do: 'watch', since: state.since, ...(state.address && { address: state.address }) }
    : { do: 'watch' }

export const isOver = ({ phase }: LocustTestStatus): boolean =>
  phase === 'Succeeded' || phase === 'Failed'

const wantsRerun = ({ rerun, status }: Known) => rerun !== undefined && rerun !== status.rerun

/** A spec that changed after the start has no effect on the run. */
export const hasDrifted = ({ subject, status }: Pick<Known, 'subject' | 'status'>): boolean =>
  status.runSpec !== undefined && status.runSpec !== specHash(subject.spec)

function afterTheEnd({ subject, status, observed, now }: Known): Step {
  const { workerJob, masterPod } = observed
  const owed = subject.spec.report && status.report === undefined && status.startTime
  // A change of the pod wakes us when the container that delivers has ended.
  if (owed && (!masterPod || reportEnded(masterPod))) return { do: 'collect-report' }
  if (!workerJob || isFinished(workerJob) || workerJob.spec.suspend) return { do: 'nothing' }
  const since = Date.parse(status.completionTime ?? '') || 0
  return { do: 'release-workers', afterMs: Math.max(0, since + workerGraceMs - now.getTime()) }
}

/** Never half a run: what had begun without its master cannot be made whole. */
function lost(known: Known): Step {
  const { status, observed } = known
  const began = status.startTime !== undefined
  if (!observed.masterJob && (began || hasDrifted(known)))
    return {
      do: 'give-up',
      reason: 'MasterDeleted',
      message: 'the master Job was deleted while the test ran; create a new LocustTest',
    }
  if (hasDrifted(known)) return { do: 'watch' }
  return { do: 'create', recreate: true }
}

/** The test has started when users are being spawned, not when containers run. */
function late({ subject, status, wantedSince, now }: Known): Step | undefined {
  const seconds = subject.spec.startDeadlineSeconds
  if (seconds === undefined || status.results !== undefined) return undefined
  if (now.getTime() <= Date.parse(wantedSince) + seconds * 1000) return undefined
  const message = `the test did not start within spec.startDeadlineSeconds (${seconds} s)`
  return { do: 'give-up', reason: 'StartDeadlineExceeded', message }
}
