// How far a handler has got with an object, and what an attempt makes of it. Pure.
import { backoffMs, type Backoff } from '../backoff.ts'
import { Retry } from '../controller/outcome.ts'
import type { Ending, Failure } from '../status/conditions.ts'
import type { ErrorOptions } from './options.ts'

export type Progress = {
  /** Failed attempts. */
  attempts: number
  /** When the first one began, in milliseconds. */
  startedAt: number
  /** Not before this time. */
  dueAt?: number
  outcome?: 'succeeded' | 'failed'
  /** Why it failed, or waits. */
  reason?: string
  message?: string
}

export type Judge = ErrorOptions & { backoff: Backoff; random?: () => number }

export const begun = (now: number): Progress => ({ attempts: 0, startedAt: now })

export function progressAfter(
  { attempts, startedAt }: Progress,
  ending: Ending,
  judge: Judge,
  now: number,
): Progress {
  if (ending.type === 'settled') return { attempts, startedAt, outcome: 'succeeded' }
  const { reason, message } = ending
  if (ending.type === 'again')
    return { attempts, startedAt, dueAt: now + ending.afterMs, reason, message }
  const failed = { attempts: attempts + 1, startedAt, reason }
  if (isIgnored(ending, judge))
    return { attempts: failed.attempts, startedAt, outcome: 'succeeded' }
  const why = finalWord(ending, { attempts: failed.attempts, startedAt }, judge, now)
  if (why !== undefined) return { ...failed, outcome: 'failed', message: why }
  const asked = ending.type === 'retry' ? ending.afterMs : undefined
  const waitMs = asked ?? judge.backoffMs ?? backoffMs(failed.attempts, judge.backoff, judge.random)
  return { ...failed, dueAt: now + waitMs, message }
}

const isIgnored = ({ type, error }: Failure, { errors }: Judge): boolean =>
  errors === 'ignored' && type === 'retry' && !(error instanceof Retry)

/** Why it is not tried again, if that is so. */
function finalWord(
  { type, message, error }: Failure,
  progress: Progress,
  judge: Judge,
  now: number,
): string | undefined {
  const isArbitrary = !(error instanceof Retry)
  if (type === 'stall' || (isArbitrary && judge.errors === 'permanent')) return message
  if (progress.attempts >= (judge.retries ?? Number.POSITIVE_INFINITY))
    return `${message} (gave up after ${progress.attempts} attempts)`
  if (isTimedOut(progress, judge, now))
    return `${message} (gave up after ${(judge.timeoutMs ?? 0) / 1000} s)`
  return undefined
}

export const isTimedOut = (progress: Progress, { timeoutMs }: ErrorOptions, now: number): boolean =>
  timeoutMs !== undefined && now - progress.startedAt >= timeoutMs

/** What a handler that ran out of time between two attempts is left with. */
export const timedOut = (
  { attempts, startedAt, message }: Progress,
  { timeoutMs = 0 }: ErrorOptions,
) => ({
  attempts,
  startedAt,
  outcome: 'failed' as const,
  reason: 'TimeoutExceeded',
  message: `${message ? `${message} ` : ''}(gave up after ${timeoutMs / 1000} s)`,
})

export const isDue = ({ outcome, dueAt = 0 }: Progress, now: number): boolean =>
  outcome === undefined && dueAt <= now
