// What a controller remembers of each key between passes, and when a key comes back.
import { jittered } from '../backoff.ts'
import type { Clock } from '../clock.ts'
import type { ReconcileOptions } from '../declare/builder.ts'
import type { KubeObject } from '../kube/objects.ts'
import type { Ending } from '../status/conditions.ts'
import type { WorkQueue } from '../work-queue.ts'
import type { PassResult } from './pass.ts'
import { fingerprint } from './stage.ts'

type Entry = {
  uid: string
  passes: number
  stalledAt?: string | undefined
  /** By then somebody wants the reconcile to have run again, however it ended; `asked`: before the pass that is under way. */
  lookAt?: number | undefined
  asked?: number | undefined
  /** Where handlers have times of their own: how the reconcile ended, and when it is due. */
  waiting?: { ending: Ending; until: number } | undefined
}

const defaultResync = { everyMs: 36_000_000, jitter: 0.2 }

export type LedgerOptions = {
  clock: Clock
  options: ReconcileOptions
  finalizer: string | undefined
  /** Passes come for the sake of handlers, too. */
  hasHandlers: boolean
}

export class Ledger {
  readonly #entries = new Map<string, Entry>()
  readonly #queue: WorkQueue
  readonly #o: LedgerOptions

  constructor(queue: WorkQueue, o: LedgerOptions) {
    this.#queue = queue
    this.#o = o
  }

  uidOf(text: string): string | undefined {
    return this.#entries.get(text)?.uid
  }

  /** A pass begins; false while the object is stalled and nothing has changed that could help. */
  open(text: string, obj: KubeObject): boolean {
    const { uid } = obj.metadata
    const entry = this.#entries.get(text)
    if (entry?.uid !== uid) {
      this.#entries.set(text, { uid, passes: 0 })
      return true
    }
    const isWanted = this.#o.hasHandlers || this.#isPast(entry.lookAt)
    if (!isWanted && this.#isStalled(entry, obj)) {
      this.#plan(text, this.#untilAsked(entry)) // whoever takes a key calls off what was planned for it
      return false
    }
    entry.asked = entry.lookAt
    entry.lookAt = undefined
    return true
  }

  /** How the reconcile ended, while it is not its turn and a pass is for handlers only. */
  waiting(text: string, obj: KubeObject): Ending | undefined {
    const entry = this.#entries.get(text)
    if (!entry?.waiting || this.#isPast(entry.asked)) return undefined
    const { ending, until } = entry.waiting
    if (ending.type === 'stall') return this.#isStalled(entry, obj) ? ending : undefined
    return this.#isPast(until) ? undefined : ending
  }

  /** At any time, in a pass or beside it; of a stalled object, too. */
  lookAgainWithin(text: string, ms: number): void {
    const entry = this.#entries.get(text)
    const at = this.#o.clock.monotonic() + ms
    if (entry) entry.lookAt = Math.min(entry.lookAt ?? Number.POSITIVE_INFINITY, at)
    if (ms > 0) this.#plan(text, ms)
    else this.#queue.add(text)
  }

  /** Something happened that the reconcile has to look at. */
  touch(text: string): void {
    const entry = this.#entries.get(text)
    if (entry?.waiting && entry.waiting.ending.type !== 'stall') entry.waiting = undefined
  }

  isFirst(text: string): boolean {
    return this.#entries.get(text)?.passes === 0
  }

  /** The uid that the key had. */
  forget(text: string): string | undefined {
    const uid = this.#entries.get(text)?.uid
    this.#entries.delete(text)
    this.#queue.succeeded(text)
    return uid
  }

  /** The last failure that the budget allows is final. */
  judge(text: string, ending: Ending): Ending {
    const { budget } = this.#o.options.retry ?? {}
    const failures = this.#queue.failures(text) + 1
    if (ending.type !== 'retry' || budget === undefined || failures < budget) return ending
    const { reason, message, error } = ending
    return {
      type: 'stall',
      reason,
      message: `${message} (gave up after ${failures} attempts)`,
      error,
    }
  }

  close(text: string, obj: KubeObject, { own, turn, dueMs }: PassResult): void {
    const entry = this.#entries.get(text)
    if (!entry) return
    entry.passes += 1
    const nextMs = own ? this.#settle(text, obj, { entry, own }) : this.#nextTurn(entry, turn)
    entry.asked = undefined
    this.#plan(text, Math.min(nextMs, dueMs, this.#untilAsked(entry)))
  }

  /** A pass that was told to stop: nothing is known, and somebody else may have to do it. */
  interrupted(text: string): void {
    const entry = this.#entries.get(text)
    if (entry) {
      entry.passes += 1
      entry.waiting = undefined
      askedStill(entry)
    }
    this.#queue.add(text)
  }

  #isStalled({ stalledAt }: Entry, obj: KubeObject): boolean {
    return stalledAt !== undefined && stalledAt === fingerprint(obj, this.#o.finalizer)
  }

  #isPast(at: number | undefined): boolean {
    return at !== undefined && at <= this.#o.clock.monotonic()
  }

  #untilAsked({ lookAt = Number.POSITIVE_INFINITY }: Entry): number {
    return lookAt - this.#o.clock.monotonic()
  }

  /** Of a reconcile that did not run. */
  #nextTurn(entry: Entry, turn: PassResult['turn']): number {
    if (turn === 'none') return Number.POSITIVE_INFINITY
    askedStill(entry)
    if (turn === 'lost') return 0
    return (entry.waiting?.until ?? Number.POSITIVE_INFINITY) - this.#o.clock.monotonic()
  }

  /** When it is its turn again. */
  #settle(text: string, obj: KubeObject, { entry, own }: { entry: Entry; own: Ending }): number {
    const nextMs = this.#next(text, own)
    const until = this.#o.clock.monotonic() + nextMs
    entry.stalledAt = own.type === 'stall' ? fingerprint(obj, this.#o.finalizer) : undefined
    if (this.#o.hasHandlers) entry.waiting = { ending: own, until }
    return nextMs
  }

  #next(text: string, ending: Ending): number {
    if (ending.type === 'retry') return this.#queue.retry(text, ending.afterMs)
    this.#queue.succeeded(text)
    if (ending.type === 'stall') return Number.POSITIVE_INFINITY
    if (ending.type === 'again') return ending.afterMs
    const { everyMs, jitter = defaultResync.jitter } = this.#o.options.resync ?? defaultResync
    return jittered(everyMs, jitter)
  }

  #plan(text: string, ms: number): void {
    if (Number.isFinite(ms)) this.#queue.addAfter(text, Math.max(0, ms))
  }
}

/** What was asked for before the pass is to be done yet. */
function askedStill(entry: Entry): void {
  const { asked = Number.POSITIVE_INFINITY, lookAt = Number.POSITIVE_INFINITY } = entry
  entry.lookAt = Math.min(asked, lookAt)
  entry.asked = undefined
}
