// What a daemon and a timer have in common: one call after another for one object, until told to stop.
import { delay, type Clock } from '../clock.ts'
import { settled, type Outcome } from '../controller/outcome.ts'
import type { Candidate, DaemonOptions, ErrorOptions, TimerOptions } from '../handlers/options.ts'
import { begun, progressAfter, type Progress } from '../handlers/progress.ts'
import { endingOf, type Ending, type Failure } from '../status/conditions.ts'
import type { LiveContext } from './live-context.ts'

export type TaskRun = (context: LiveContext) => Promise<Outcome | void>

export type TaskEntry = {
  readonly id: string
  readonly run: TaskRun
  readonly options:
    | (TimerOptions<never, never> & { type: 'timer' })
    | (DaemonOptions<never, never> & { type: 'daemon' })
}

/** One object's task. */
export type Task = {
  entry: TaskEntry
  clock: Clock
  signal: AbortSignal
  contextOf: (progress: Progress, signal: AbortSignal) => LiveContext
  candidate: () => Candidate
  /** Since the object changed last. */
  idleMs: () => number
  /** Runs one call when there is a place for it; rejects when the task is told to stop before. */
  inTurn: <T>(call: () => Promise<T>) => Promise<T>
  random?: () => number
}

const backoff = { baseMs: 1_000, capMs: 300_000 }

/** Calls it once; what it said of the status is written whatever came of it. */
export async function call(
  task: Task,
  before: Progress,
  { signal, errors }: { signal: AbortSignal; errors: ErrorOptions },
): Promise<Progress> {
  const { entry, clock } = task
  const context = task.contextOf(before, signal)
  const ending = await ended(entry.run, context)
  if (task.signal.aborted) return before
  await context
    .flush()
    .catch((error: unknown) => context.log.warn({ err: error }, 'status not written'))
  const random = task.random && { random: task.random }
  const after = progressAfter(before, ending, { ...errors, backoff, ...random }, clock.now())
  if ('error' in ending) tell(ending, after, context, entry.id)
  return after
}

export async function pause(task: Task, ms: number): Promise<void> {
  if (ms > 0) await delay(task.clock, ms, task.signal).catch(() => undefined) // the caller asks the signal
}

export const initialMs = (task: Task, byDefault: number): number => {
  const { initialDelayMs = byDefault } = task.entry.options
  if (typeof initialDelayMs === 'number') return initialDelayMs
  return (initialDelayMs as (candidate: Candidate) => number)(task.candidate())
}

export const fresh = (task: Task): Progress => begun(task.clock.now())

async function ended(run: TaskRun, context: LiveContext): Promise<Ending> {
  try {
    return (await run(context)) ?? settled
  } catch (error) {
    return endingOf(error)
  }
}

function tell(ending: Failure, after: Progress, context: LiveContext, id: string) {
  const { reason, message, error } = ending
  const about = { handler: id, reason, err: error }
  if (after.outcome === 'succeeded')
    return context.log.warn(about, `failed, and that is ignored: ${message}`)
  if (after.outcome === 'failed') context.log.error(about, `failed for good: ${after.message}`)
  else context.log.warn(about, `failed, will be tried again: ${message}`)
  context.event('Warning', reason, `${id}: ${after.message ?? message}`)
}
