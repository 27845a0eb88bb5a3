// Calls the handlers of changes for an object, each with its own progress, in the order they were declared.
// Decides nothing about when a pass is run; says when it wants the next one.
import type { Backoff } from '../backoff.ts'
import type { RunContext } from '../context/run-context.ts'
import type { Run } from '../controller/run.ts'
import { settled } from '../controller/outcome.ts'
import type { KubeObject } from '../kube/objects.ts'
import type { Ending } from '../status/conditions.ts'
import { requestedAtAnnotation } from '../status/status.ts'
import { attempt, type Attempted } from './attempt.ts'
import { concerns, creation, presence, rebased, update, wantsOf } from './change.ts'
import type { Entry } from './entry.ts'
import { digest, keptOf, versionOf, type Kept } from './essence.ts'
import type { Change } from './options.ts'
import { read, written, type Handled, type HandlerRecord } from './handled.ts'

export type HandlingOptions = {
  backoff: Backoff
  deadlineMs: number
  /** The state that stands with an object. */
  stateIn: (obj: KubeObject) => string | undefined
  /** The bytes that there are for it. */
  roomFor: (obj: KubeObject) => number
  random?: () => number
}

export type Handling = {
  ending: Ending
  /** When the next handler is due. */
  dueMs: number
  /** To be written with the object; undefined when it is as it was. */
  state?: string
}

type Memory = {
  /** An earlier process has handled it. */
  resumed: boolean
  /** How far the handlers of resuming have got: of this process alone. */
  resuming: Record<string, HandlerRecord>
  /** A state that could not be written. */
  unsaved?: Handled
}

type Round = {
  context: RunContext
  run: Run
  state: Handled
  memory: Memory
  kept: Kept
  version: string
}

export class Handlers {
  readonly #entries: readonly Entry[]
  readonly #o: HandlingOptions
  readonly #wants: ReturnType<typeof wantsOf>
  readonly #memories = new Map<string, Memory>()

  constructor(entries: readonly Entry[], o: HandlingOptions) {
    this.#entries = entries
    this.#o = o
    this.#wants = wantsOf(entries)
  }

  async handle(context: RunContext, run: Run, stage: 'reconcile' | 'finalize'): Promise<Handling> {
    const { obj } = context
    const { uid } = obj.metadata
    const found = read(this.#o.stateIn(obj), uid)
    const memory = this.#memories.get(uid) ?? { resumed: found !== undefined, resuming: {} }
    this.#memories.set(uid, memory)
    const before = memory.unsaved ?? found
    const kept = keptOf(obj, this.#wants)
    const state = this.#stateFrom(before, uid, kept)
    const round: Round = { context, run, state, memory, kept, version: digest(kept) }
    const isNew = stage === 'reconcile' && concerns(this.#entries, context.seen())
    if (stage === 'finalize') await this.#finalize(round)
    else if (before ?? isNew) await this.#reconcile(round)
    const room = this.#o.roomFor(obj)
    const text = wordOf({
      found,
      isOurs: before !== undefined || isNew,
      after: tidy(state, stage === 'finalize'),
      room,
    })
    const summary = this.#summary(round, stage)
    if (text === undefined) return summary
    memory.unsaved = state
    const bytes = Buffer.byteLength(text)
    if (bytes <= room) return { ...summary, state: text }
    return stage === 'finalize' ? summary : { ...summary, ending: tooLong(bytes, room) }
  }

  /** The state is with the object. */
  saved(uid: string): void {
    const memory = this.#memories.get(uid)
    if (memory) delete memory.unsaved
  }

  forget(uid: string): void {
    this.#memories.delete(uid)
  }

  /** Without records of handlers that are no more: nobody would ever bring them to an end. */
  #stateFrom(before: Handled | undefined, uid: string, kept: Kept): Handled {
    if (!before) return { uid, creating: true, base: kept }
    const isOurs = ([id]: [string, HandlerRecord]) =>
      this.#entries.some((entry) => id === entry.id || id.startsWith(`${entry.id}/`))
    const records = Object.entries(structuredClone(before.handlers ?? {})).filter(isOurs)
    return { ...before, base: rebased(before.base, kept), handlers: Object.fromEntries(records) }
  }

  async #reconcile(round: Round): Promise<void> {
    const { state, kept, version } = round
    if (state.creating) {
      for (const entry of this.#entries) await this.#create(round, entry)
      if (round.run.signal.aborted || this.#isCreating(round)) return this.#resume(round)
      delete state.creating
    }
    await this.#resume(round)
    for (const entry of this.#entries) await this.#update(round, entry)
    if (this.#entries.some((entry) => this.#changeFor(round, entry))) return
    state.base = kept
    const records = Object.entries(state.handlers ?? {})
    const stillSaid = records.filter(([, { target }]) => target === version) // not of another version
    state.handlers = Object.fromEntries(stillSaid)
  }

  /** Handlers of resuming are called once in each process, and not beside the same function for another reason. */
  async #resume(round: Round): Promise<void> {
    const { memory, context } = round
    if (!memory.resumed) return
    const deleting = context.obj.metadata.deletionTimestamp !== undefined
    for (const entry of this.#entries) {
      if (entry.cause !== 'resume' || (deleting && !entry.options.deleted)) continue
      const change = presence(entry, context.seen(), 'resume')
      if (isDone(memory.resuming[entry.id]) || !change) continue
      const twin = this.#entries.some(
        (other) =>
          other !== entry && other.origin === entry.origin && this.#isPending(round, other),
      )
      if (twin && !deleting) memory.resuming[entry.id] = { outcome: 'succeeded' }
      else await this.#attempt(round, entry, change, memory.resuming)
    }
  }

  async #create(round: Round, entry: Entry): Promise<void> {
    const records = (round.state.handlers ??= {})
    const change = creation(entry, round.context.seen(), round.kept)
    if (isDone(records[entry.id])) return
    if (!change) return drop(records, entry) // it was for the handler, and is no more
    const record = await this.#attempt(round, entry, change, records)
    if (isDone(record) && entry.cause === 'field') this.#sawVersion(round, record)
  }

  async #update(round: Round, entry: Entry): Promise<void> {
    const records = (round.state.handlers ??= {})
    const change = this.#changeFor(round, entry)
    const known = records[entry.id]
    if (!change) return isDone(known) ? undefined : drop(records, entry) // changed back in between
    if (known?.target !== round.version)
      records[entry.id] = { ...(known?.seen && { seen: known.seen }) }
    const record = await this.#attempt(round, entry, change, records)
    if (isDone(record)) this.#sawVersion(round, record)
  }

  async #finalize(round: Round): Promise<void> {
    const { context, state } = round
    const asked = context.obj.metadata.annotations?.[requestedAtAnnotation] ?? ''
    await this.#resume(round)
    for (const entry of this.#entries) {
      if (entry.cause !== 'delete') continue
      const records = (state.handlers ??= {})
      const change = presence(entry, context.seen(), 'delete')
      if (!change) {
        drop(records, entry)
        continue
      }
      const known = records[entry.id]
      if (known?.outcome === 'failed' && known.target !== asked) delete records[entry.id]
      await this.#attempt({ ...round, version: asked }, entry, change, records)
    }
  }

  /** What the handler has not been told yet. */
  #changeFor({ state, context, kept }: Round, entry: Entry): Change | undefined {
    const seen = state.handlers?.[entry.id]?.seen
    const base = state.others?.[seen ?? ''] ?? state.base ?? kept
    return update(entry, context.seen(), { base, kept })
  }

  #isCreating({ state, context, kept }: Round): boolean {
    return this.#entries.some(
      (entry) => creation(entry, context.seen(), kept) && !isDone(state.handlers?.[entry.id]),
    )
  }

  #isPending(round: Round, entry: Entry): boolean {
    const { state, context, kept } = round
    if (!state.creating) return this.#changeFor(round, entry) !== undefined
    return creation(entry, context.seen(), kept) !== undefined
  }

  #sawVersion({ state, kept, version }: Round, record: HandlerRecord): void {
    record.seen = version
    state.others = { ...state.others, [version]: kept }
  }

  async #attempt(
    { context, run, version }: Round,
    entry: Entry,
    change: Change,
    records: Record<string, HandlerRecord>,
  ): Promise<HandlerRecord> {
    const known = { ...records[entry.id], target: version }
    records[entry.id] = known
    if (run.signal.aborted) return known
    const attempted: Attempted = { entry, change, records, version }
    return attempt(attempted, { ...this.#o, context, run })
  }

  #summary(
    { state, memory, context, run }: Round,
    stage: 'reconcile' | 'finalize',
  ): { ending: Ending; dueMs: number } {
    const now = context.now().getTime()
    const entries = stage === 'finalize' ? this.#entries.filter(isForEnd) : this.#entries
    const records = entries.flatMap(({ id }) => state.handlers?.[id] ?? memory.resuming[id] ?? [])
    const pending = records.filter((record) => !isDone(record))
    const dueMs = Math.min(...pending.map(({ dueAt = 0 }) => Math.max(0, dueAt - now)))
    const failed = records.find(({ outcome }) => outcome === 'failed')
    const [first] = pending
    if (first) {
      const { reason = 'Handling', message = '' } = first
      return { ending: { type: 'again', afterMs: dueMs, reason, message }, dueMs }
    }
    if (run.signal.aborted) return { ending: settled, dueMs: 0 }
    if (!failed) return { ending: settled, dueMs: Number.POSITIVE_INFINITY }
    const { reason = 'PermanentError', message = '' } = failed
    const ending: Ending = { type: 'stall', reason, message, error: undefined }
    return { ending, dueMs: Number.POSITIVE_INFINITY }
  }
}

function drop(records: Record<string, HandlerRecord>, { id }: Entry): void {
  for (const known of Object.keys(records))
    if (known === id || known.startsWith(`${id}/`)) delete records[known]
}

/** What others have not brought to an end holds nobody up who goes. */
const isForEnd = ({ cause, options }: Entry): boolean =>
  cause === 'delete' || (cause === 'resume' && options.deleted === true)

const isDone = (record: HandlerRecord | undefined): boolean => record?.outcome !== undefined

type Word = { found: Handled | undefined; after: Handled; isOurs: boolean; room: number }

/** What there is to write. Of an object that is none of the handlers' nothing is. */
function wordOf({ found, after, isOurs, room }: Word): string | undefined {
  if (!isOurs && !after.handlers) return undefined
  const text = written(after, room)
  return found && text === written(found, room) ? undefined : text
}

/** This process knows what it has called; the next would call it again. */
const tooLong = (bytes: number, room: number): Ending => ({
  type: 'stall',
  reason: 'StateTooLong',
  message: `metadata.annotations: expected ${bytes} bytes for what handlers have seen, got ${Math.max(0, room)} beside the other annotations`,
  error: undefined,
})

/** Without what says nothing any more. */
function tidy({ handlers = {}, others = {}, ...state }: Handled, isGoing: boolean): Handled {
  const base = state.base && versionOf(state.base)
  const records = Object.entries(handlers).flatMap(([id, { seen, ...record }]) => {
    const differs = seen !== undefined && seen !== base
    const isWord = record.outcome !== 'succeeded' || differs || state.creating || isGoing
    return isWord ? [[id, { ...record, ...(differs && { seen }) }] as const] : []
  })
  const used = new Set(records.map(([, { seen }]) => seen))
  const versions = Object.entries(others).filter(([version]) => used.has(version))
  return {
    ...state,
    ...(versions.length > 0 && { others: Object.fromEntries(versions) }),
    ...(records.length > 0 && { handlers: Object.fromEntries(records) }),
  }
}
