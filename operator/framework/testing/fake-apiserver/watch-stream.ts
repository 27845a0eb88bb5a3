// The server's side of one watch: replays history, follows changes, sends bookmarks, ends when told.
import type { Clock, KubeObject, Timer } from '../../index.ts'
import type { Recorded, Storage } from './storage.ts'

export type WatchRequest = {
  collection: string
  matches: (obj: KubeObject) => boolean
  from: number
  timeoutMs: number
  kind: { apiVersion: string; kind: string }
}

const bookmarkMs = 60_000

export class WatchStream {
  readonly #pending: string[] = []
  readonly #storage: Storage
  readonly #clock: Clock
  readonly #request: WatchRequest
  readonly #timers: Timer[] = []
  readonly #unsubscribe: () => void
  #wake: (() => void) | undefined
  #over: 'ended' | 'reset' | undefined
  #silent = false

  constructor(storage: Storage, clock: Clock, request: WatchRequest) {
    this.#storage = storage
    this.#clock = clock
    this.#request = request
    const missed = storage.since(request.from)
    this.#unsubscribe = storage.onChange((change) => this.#record(change))
    if (!missed) {
      this.#expire()
      return
    }
    for (const change of missed) this.#record(change)
    this.#timers.push(clock.setTimeout(() => this.end(), request.timeoutMs))
    this.#bookmarkLater()
  }

  /** Says nothing more, as a connection does whose other side is gone. */
  stall(): void {
    this.#silent = true
  }

  end(): void {
    this.#finish('ended')
  }

  /** Breaks off in the middle of a line. */
  drop(): void {
    this.#push('{"type":"ADD')
    this.#finish('reset')
  }

  async *chunks(signal: AbortSignal | undefined): AsyncGenerator<string> {
    const abort = () => this.#wake?.()
    signal?.addEventListener('abort', abort, { once: true })
    try {
      for (;;) {
        if (signal?.aborted) throw signal.reason
        const chunk = this.#pending.shift()
        if (chunk !== undefined) yield chunk
        else if (this.#over === 'reset')
          throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })
        else if (this.#over) return
        else await new Promise<void>((resolve) => (this.#wake = resolve))
      }
    } finally {
      signal?.removeEventListener('abort', abort)
      this.#finish('ended')
    }
  }

  #record({ collection, was, now, version }: Recorded): void {
    if (collection !== this.#request.collection) return
    const matched = was !== undefined && this.#request.matches(was)
    const matches = now !== undefined && this.#request.matches(now)
    if (now && matches) this.#send(matched ? 'MODIFIED' : 'ADDED', now)
    else if (was && matched) {
      const last = structuredClone(now ?? was)
      last.metadata.resourceVersion = String(version)
      this.#send('DELETED', last)
    }
  }

  #send(type: string, object: unknown): void {
    if (!this.#silent) this.#push(`${JSON.stringify({ type, object })}\n`)
  }

  #push(chunk: string): void {
    this.#pending.push(chunk)
    this.#wake?.()
  }

  #expire(): void {
    const message = 'too old resource version'
    this.#send('ERROR', {
      kind: 'Status',
      status: 'Failure',
      message,
      reason: 'Expired',
      code: 410,
    })
    this.#over = 'ended'
  }

  #bookmarkLater(): void {
    const send = () => {
      const metadata = { resourceVersion: String(this.#storage.version), creationTimestamp: null }
      this.#send('BOOKMARK', { ...this.#request.kind, metadata })
      this.#bookmarkLater()
    }
    if (!this.#over) this.#timers[1] = this.#clock.setTimeout(send, bookmarkMs)
  }

  #finish(how: 'ended' | 'reset'): void {
    this.#over ??= how
    this.#unsubscribe()
    for (const timer of this.#timers) this.#clock.clearTimeout(timer)
    this.#wake?.()
  }
}
