// What a controller remembers of each key between passes, and when a key comes back.
import { jittered } from '../backoff.ts'
import type { KubeObject } from '../kube/objects.ts'
import type { WorkQueue } from '../work-queue.ts'
import type { ReconcileOptions } from '../declare/builder.ts'
import type { Ending } from '../status/conditions.ts'
import type { PassResult } from './pass.ts'
import { fingerprint } from './stage.ts'

type Entry = { uid: string; passes: number; stalledAt?: string | undefined }

const defaultResync = { everyMs: 36_000_000, jitter: 0.2 }

export class Ledger {
  readonly #entries = new Map<string, Entry>()
  readonly #queue: WorkQueue
  readonly #options: ReconcileOptions
  readonly #finalizer: string | undefined

  constructor(queue: WorkQueue, options: ReconcileOptions, finalizer: string | undefined) {
    this.#queue = queue
    this.#options = options
    this.#finalizer = finalizer
  }

  uidOf(text: string): string | undefined {
    return this.#entries.get(text)?.uid
  }

  /** False while the object is stalled and nothing has changed that could help. */
  open(text: string, obj: KubeObject): boolean {
    const { uid } = obj.metadata
    const entry = this.#entries.get(text)
    if (entry?.uid === uid) return entry.stalledAt !== fingerprint(obj, this.#finalizer)
    this.#entries.set(text, { uid, passes: 0 })
    return true
  }

  /** Somebody outside knows of a change that may help a stalled object. */
  reopen(text: string): void {
    const entry = this.#entries.get(text)
    if (entry) entry.stalledAt = undefined
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
    const { budget } = this.#options.retry ?? {}
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

  close(text: string, obj: KubeObject, { ending, lookAgainMs }: PassResult): void {
    const entry = this.#entries.get(text)
    if (entry) {
      entry.passes += 1
      entry.stalledAt = ending.type === 'stall' ? fingerprint(obj, this.#finalizer) : undefined
    }
    if (ending.type === 'retry') return this.#queue.retry(text, ending.afterMs)
    this.#queue.succeeded(text)
    if (ending.type === 'stall') return
    const { everyMs, jitter = defaultResync.jitter } = this.#options.resync ?? defaultResync
    const nextMs = ending.type === 'again' ? ending.afterMs : jittered(everyMs, jitter)
    this.#queue.addAfter(text, Math.min(nextMs, lookAgainMs))
  }

  /** A pass that was told to stop: nothing is known, and somebody else may have to do it. */
  interrupted(text: string): void {
    const entry = this.#entries.get(text)
    if (entry) entry.passes += 1
    this.#queue.add(text)
  }
}
