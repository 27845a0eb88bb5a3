// Keys to work on, each at most once at a time and never twice in the queue: a key that is added while it
// is worked on runs once more afterwards. Failures back off per key; keys of low priority (the first list)
// let others pass, but for a bounded time only.
import { backoffMs, type Backoff } from './backoff.ts'
import type { Clock, Timer } from './clock.ts'

export type Priority = 'normal' | 'low'

export type WorkQueueEvents = {
  added?: (depth: number) => void
  taken?: (depth: number, waitedMs: number) => void
  retried?: () => void
}

type Waiting = { key: string; since: number }

/** How much longer than one of normal priority a key of low priority waits. */
const lowPriorityPenaltyMs = 10_000

export class WorkQueue {
  readonly #o: { clock: Clock; backoff: Backoff; random?: () => number; events?: WorkQueueEvents }
  readonly #waiting: Record<Priority, Waiting[]> = { normal: [], low: [] }
  /** Keys that wait, and where; or that were added while processing, and as what. */
  readonly #dirty = new Map<string, Priority>()
  readonly #processing = new Set<string>()
  readonly #failures = new Map<string, number>()
  readonly #later = new Map<string, { timer: Timer; at: number }>()
  readonly #takers: ((key: string | undefined) => void)[] = []
  readonly #idle: (() => void)[] = []
  #closed = false

  constructor(o: {
    clock: Clock
    backoff: Backoff
    random?: () => number
    events?: WorkQueueEvents
  }) {
    this.#o = o
  }

  add(key: string, priority: Priority = 'normal'): void {
    if (this.#closed) return
    const known = this.#dirty.get(key)
    if (known === 'normal' || known === priority) return
    this.#dirty.set(key, priority)
    if (this.#processing.has(key)) return
    if (known === 'low') this.#remove('low', key)
    this.#enqueue(key, priority)
  }

  /** Keeps the earlier of two times for a key. */
  addAfter(key: string, ms: number): void {
    const at = this.#o.clock.monotonic() + ms
    const planned = this.#later.get(key)
    if (this.#closed || (planned && planned.at <= at)) return
    this.#cancelLater(key)
    const timer = this.#o.clock.setTimeout(() => {
      this.#later.delete(key)
      this.add(key)
    }, ms)
    this.#later.set(key, { timer, at })
  }

  /** Counts a failure and adds the key after its backoff, or after `afterMs`. Returns how long that is. */
  retry(key: string, afterMs?: number): number {
    const failures = this.failures(key) + 1
    this.#failures.set(key, failures)
    this.#o.events?.retried?.()
    const ms = afterMs ?? backoffMs(failures, this.#o.backoff, this.#o.random)
    this.addAfter(key, ms)
    return ms
  }

  failures(key: string): number {
    return this.#failures.get(key) ?? 0
  }

  succeeded(key: string): void {
    this.#failures.delete(key)
  }

  /** The next key, when there is one; undefined once the queue is closed. What was planned for it later is off. */
  take(): Promise<string | undefined> {
    if (this.#closed) return Promise.resolve(undefined)
    const next = this.#shift()
    if (next) return Promise.resolve(this.#start(next))
    return new Promise((resolve) => this.#takers.push(resolve))
  }

  /** Must follow every take, whatever came of it. */
  done(key: string): void {
    this.#processing.delete(key)
    const again = this.#dirty.get(key)
    if (again && !this.#closed) this.#enqueue(key, again)
    if (this.#processing.size === 0) for (const resolve of this.#idle.splice(0)) resolve()
  }

  get depth(): number {
    return this.#waiting.normal.length + this.#waiting.low.length
  }

  get oldestMs(): number {
    const heads = [this.#waiting.normal[0], this.#waiting.low[0]]
    const since = Math.min(...heads.map((head) => head?.since ?? Number.POSITIVE_INFINITY))
    return Number.isFinite(since) ? this.#o.clock.monotonic() - since : 0
  }

  /** Nothing more comes in or out; resolves when nothing is being worked on. */
  close(): Promise<void> {
    this.#closed = true
    for (const key of this.#later.keys()) this.#cancelLater(key)
    for (const resolve of this.#takers.splice(0)) resolve(undefined)
    return this.#processing.size === 0
      ? Promise.resolve()
      : new Promise((resolve) => this.#idle.push(resolve))
  }

  #enqueue(key: string, priority: Priority): void {
    const waiting = { key, since: this.#o.clock.monotonic() }
    this.#waiting[priority].push(waiting)
    this.#o.events?.added?.(this.depth)
    const taker = this.#takers.shift()
    const next = taker && this.#shift()
    if (next) taker(this.#start(next))
  }

  #shift(): Waiting | undefined {
    const { normal, low } = this.#waiting
    const [first, patient] = [normal[0], low[0]]
    const lowFirst =
      patient !== undefined &&
      (first === undefined || patient.since + lowPriorityPenaltyMs < first.since)
    return lowFirst ? low.shift() : normal.shift()
  }

  #start({ key, since }: Waiting): string {
    this.#dirty.delete(key)
    this.#processing.add(key)
    this.#cancelLater(key)
    this.#o.events?.taken?.(this.depth, this.#o.clock.monotonic() - since)
    return key
  }

  #remove(priority: Priority, key: string): void {
    const list = this.#waiting[priority]
    const at = list.findIndex((waiting) => waiting.key === key)
    if (at >= 0) list.splice(at, 1)
  }

  #cancelLater(key: string): void {
    const planned = this.#later.get(key)
    if (planned) this.#o.clock.clearTimeout(planned.timer)
    this.#later.delete(key)
  }
}
