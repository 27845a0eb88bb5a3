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
  /** A stalled object that asked for it is looked at again then. */
  reopenAt?: number | undefined
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

  /** False while the object is stalled and nothing has changed that could help. */
  open(text: string, obj: KubeObject): boolean {
    const { uid } = obj.metadata
    const entry = this.#entries.get(text)
    if (entry?.uid !== uid) {
      this.#entries.set(text, { uid, passes: 0 })
      return true
    }
    if (this.#o.hasHandlers || !this.#isStalled(entry, obj)) return true
    // Whoever takes a key calls off what was planned for it.
    this.#plan(text, (entry.reopenAt ?? Infinity) - this.#o.clock.monotonic())
    return false
  }

  /** How the reconcile ended, while it is not its turn and a pass is for handlers only. */
  waiting(text: string, obj: KubeObject): Ending | undefined {
    const entry = this.#entries.get(text)
    if (!entry?.waiting) return undefined
    const { ending, until } = entry.waiting
    if (ending.type === 'stall') return this.#isStalled(entry, obj) ? ending : undefined
    return until > this.#o.clock.monotonic() ? ending : undefined
  }

  /** Something happened that the reconcile has to look at. */
  touch(text: string): void {
    const entry = this.#entries.get(text)
    if (entry?.waiting && entry.waiting.ending.type !== 'stall') entry.waiting = undefined
  }

  /** Somebody outside knows of a change that may help a stalled object. */
  reopen(text: string): void {
    const entry = this.#entries.get(text)
    if (entry) entry.stalledAt = entry.waiting = undefined
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

  close(text: string, obj: KubeObject, { own, lookAgainMs, dueMs }: PassResult): void {
    const entry = this.#entries.get(text)
    const now = this.#o.clock.monotonic()
    if (entry) entry.passes += 1
    if (own) {
      const nextMs = Math.min(this.#next(text, own), lookAgainMs)
      if (entry) this.#settle(entry, obj, { own, nextMs, now })
      this.#plan(text, nextMs)
    } else this.#plan(text, Math.min(lookAgainMs, (entry?.waiting?.until ?? Infinity) - now))
    this.#plan(text, dueMs)
  }

  /** A pass that was told to stop: nothing is known, and somebody else may have to do it. */
  interrupted(text: string): void {
    const entry = this.#entries.get(text)
    if (entry) {
      entry.passes += 1
      entry.waiting = undefined
    }
    this.#queue.add(text)
  }

  #isStalled({ stalledAt, reopenAt }: Entry, obj: KubeObject): boolean {
    if (stalledAt === undefined || (reopenAt ?? Infinity) <= this.#o.clock.monotonic()) return false
    return stalledAt === fingerprint(obj, this.#o.finalizer)
  }

  #settle(
    entry: Entry,
    obj: KubeObject,
    { own, nextMs, now }: { own: Ending; nextMs: number; now: number },
  ): void {
    const isStalled = own.type === 'stall'
    entry.stalledAt = isStalled ? fingerprint(obj, this.#o.finalizer) : undefined
    entry.reopenAt = isStalled && Number.isFinite(nextMs) ? now + nextMs : undefined
    if (this.#o.hasHandlers) entry.waiting = { ending: own, until: now + nextMs }
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
