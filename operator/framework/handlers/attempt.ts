// One attempt of one handler, and of the handlers that it has of its own.
import type { Backoff } from '../backoff.ts'
import type { RunContext } from '../context/run-context.ts'
import { again, settled } from '../controller/outcome.ts'
import { interruptedByOthers, type Run } from '../controller/run.ts'
import type { Failure } from '../status/conditions.ts'
import type { Entry } from './entry.ts'
import { isFor } from './filters.ts'
import type { HandlerRecord } from './handled.ts'
import { HandlerContext, type Sub } from './handler-context.ts'
import type { Change } from './options.ts'
import { begun, isDue, isTimedOut, progressAfter, timedOut, type Progress } from './progress.ts'

export type Attempted = {
  entry: Entry
  change: Change
  records: Record<string, HandlerRecord>
  version: string
}

export type AttemptOptions = {
  context: RunContext
  run: Run
  backoff: Backoff
  deadlineMs: number
  random?: () => number
}

/** The handler's record after it; as it was when the handler is not due, or was told to stop. */
export async function attempt(what: Attempted, o: AttemptOptions): Promise<HandlerRecord> {
  const { entry, records, version } = what
  const now = () => o.context.now().getTime()
  const known = records[entry.id]
  const before: Progress = { ...begun(now()), ...known }
  const seen = known?.seen === undefined ? {} : { seen: known.seen }
  const keep = (progress: Progress) =>
    (records[entry.id] = { ...progress, ...seen, target: version })
  if (!isDue(before, now())) return keep(before)
  if (isTimedOut(before, entry.options, now()))
    return keep(told(timedOut(before, entry.options), what, o))
  const { timeoutMs = Number.POSITIVE_INFINITY } = entry.options
  const deadlineMs = Math.min(o.deadlineMs, timeoutMs - (now() - before.startedAt))
  const ending = await o.run.end({ handler: () => call(what, before, o), deadlineMs })
  if (interruptedByOthers(o.run) && ending.type !== 'settled') return keep(before)
  const after = progressAfter(before, ending, { ...entry.options, ...o }, now())
  if ('error' in ending) tell(ending, after, what, o)
  return keep(after.outcome ? withSubs(after, what) : after)
}

async function call(what: Attempted, before: Progress, o: AttemptOptions) {
  const context = new HandlerContext({
    ...o.context.options(),
    attempt: before.attempts,
    change: what.change,
    startedAt: new Date(before.startedAt),
    executeSubs: (subs) => execute(subs, what, o),
  })
  try {
    const outcome = await what.entry.run(context)
    await context.executeRegistered()
    return outcome ?? settled
  } catch (error) {
    if (error instanceof Unfinished) return again(error.afterMs, error)
    throw error
  }
}

/** Those of a handler are not through: it is called again. */
class Unfinished extends Error {
  override readonly name = 'Unfinished'
  readonly afterMs: number
  readonly reason: string

  constructor(afterMs: number, { reason = 'Handling', message = '' }: HandlerRecord) {
    super(message)
    this.afterMs = afterMs
    this.reason = reason
  }
}

async function execute(
  subs: Sub[],
  { entry, change, records, version }: Attempted,
  o: AttemptOptions,
) {
  const left: HandlerRecord[] = []
  for (const { id, run, options } of subs) {
    if (!isFor(options, { ...change, ...o.context.seen() })) continue
    const sub: Entry = { ...entry, id: `${entry.id}/${id}`, run, origin: run, options }
    const record = o.run.signal.aborted
      ? (records[sub.id] ?? {})
      : await attempt({ entry: sub, change, records, version }, o)
    if (!record.outcome) left.push(record)
  }
  const [first] = left.toSorted((a, b) => (a.dueAt ?? 0) - (b.dueAt ?? 0))
  if (first)
    throw new Unfinished(Math.max(0, (first.dueAt ?? 0) - o.context.now().getTime()), first)
}

/** Those of a handler that has ended are no more; a failure of one stays known as the handler's. */
function withSubs(progress: Progress, { entry, records }: Attempted): Progress {
  let failed: HandlerRecord | undefined
  for (const [id, record] of Object.entries(records)) {
    if (!id.startsWith(`${entry.id}/`)) continue
    if (record.outcome === 'failed') failed ??= record
    delete records[id]
  }
  if (progress.outcome === 'failed' || !failed) return progress
  const { reason = 'PermanentError', message = '' } = failed
  return { ...progress, outcome: 'failed', reason, message }
}

function told(progress: Progress, { entry }: Attempted, { context }: AttemptOptions): Progress {
  const { reason = '', message = '' } = progress
  context.log.error({ handler: entry.id, reason }, `gave up: ${message}`)
  context.event('Warning', reason, `${entry.id}: ${message}`)
  return progress
}

function tell(ending: Failure, after: Progress, what: Attempted, o: AttemptOptions) {
  const { log } = o.context
  const about = { handler: what.entry.id, reason: ending.reason, err: ending.error }
  const { message = ending.message, outcome } = after
  if (outcome === 'succeeded') return log.warn(about, `failed, and that is ignored: ${message}`)
  if (outcome === 'failed') log.error(about, `failed for good: ${message}`)
  else log.warn(about, `failed, will be tried again: ${message}`)
  o.context.event('Warning', ending.reason, `${what.entry.id}: ${message}`)
}
