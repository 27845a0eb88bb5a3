// What to do next with a LocustTest, from what is known of it. Pure: index.ts carries it out.
import type { LocustTestStatus } from '../api/locust-test.ts'
import type { Subject } from './names.ts'
import type { MasterEnd, Observed } from './observe.ts'
import { isFinished, masterState } from './observe.ts'
import { specHash } from './subject.ts'

export type Step =
  | { do: 'nothing' }
  | { do: 'release-workers'; afterMs: number }
  | { do: 'hold' }
  | { do: 'create'; recreate: boolean }
  | { do: 'pause' }
  | { do: 'resume' }
  | { do: 'scale'; to: number }
  | { do: 'give-up'; reason: 'StartDeadlineExceeded' | 'MasterDeleted'; message: string }
  | { do: 'finish'; end: MasterEnd }
  | { do: 'watch'; since?: string; address?: string }

export type Known = {
  subject: Subject
  status: LocustTestStatus
  observed: Observed
  createdAt: string
  now: Date
}

/** Workers get this long after the master's end to quit by themselves. */
export const workerGraceMs = 5_000

export function decide(known: Known): Step {
  const { subject, status, observed } = known
  if (isOver(status)) return afterTheEnd(known)
  const { masterJob, workerJob } = observed
  const begun = status.runSpec !== undefined
  if (!begun && subject.spec.suspend) return { do: 'hold' }
  if (!begun) return { do: 'create', recreate: false }
  const state = masterState(observed)
  if (state.at === 'ended') return { do: 'finish', end: state.end }
  if (!masterJob || !workerJob) return lost(known)
  const paused = masterJob.spec.suspend === true
  if (subject.spec.suspend) return paused ? { do: 'hold' } : { do: 'pause' }
  if (paused) return { do: 'resume' }
  if (startIsLate(known)) return { do: 'give-up', ...lateStart(subject) }
  const { replicas } = subject.spec.worker
  if (workerJob.spec.parallelism !== replicas && !isFinished(workerJob))
    return { do: 'scale', to: replicas }
  return state.at === 'running'
    ? { do: 'watch', since: state.since, ...(state.address && { address: state.address }) }
    : { do: 'watch' }
}

export const isOver = ({ phase }: LocustTestStatus): boolean =>
  phase === 'Succeeded' || phase === 'Failed'

/** A spec that changed after the start has no effect on the run. */
export const hasDrifted = ({ subject, status }: Pick<Known, 'subject' | 'status'>): boolean =>
  status.runSpec !== undefined && status.runSpec !== specHash(subject.spec)

function afterTheEnd({ status, observed, now }: Known): Step {
  const { workerJob } = observed
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

function startIsLate({ subject, status, createdAt, now }: Known): boolean {
  const seconds = subject.spec.startDeadlineSeconds
  if (seconds === undefined || hasStarted(status)) return false
  return now.getTime() > Date.parse(createdAt) + seconds * 1000
}

/** The test has started when users are being spawned, not when containers run. */
const hasStarted = ({ results }: LocustTestStatus): boolean => results !== undefined

const lateStart = ({ spec }: Subject) => ({
  reason: 'StartDeadlineExceeded' as const,
  message: `the test did not start within spec.startDeadlineSeconds (${spec.startDeadlineSeconds} s)`,
})
