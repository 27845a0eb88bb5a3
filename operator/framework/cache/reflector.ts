// Keeps a store equal to the API server: list, then watch from there, for as long as it runs. Whatever
// breaks is retried: a silent watch, a closed one, one too old (410), a server that is away.
import type { Logger } from 'pino'
import { backoffMs } from '../backoff.ts'
import { delay, type Clock } from '../clock.ts'
import { isGone, KubeError } from '../kube/errors.ts'
import { kindText, type Kind } from '../kube/kinds.ts'
import type { Kube, WatchEvent } from '../kube/kube.ts'
import type { KubeObject } from '../kube/objects.ts'
import type { Store } from './store.ts'
import type { WatchMetrics } from '../metrics.ts'

export type Scope = {
  namespace?: string
  /** Patterns such as team-*, !team-secret. All namespaces are watched, and what is in others is not kept. */
  namespaces?: readonly string[]
  labelSelector?: string
  fieldSelector?: string
}

export type ReflectorOptions = {
  kube: Kube
  kind: Kind
  scope: Scope
  store: Store
  clock: Clock
  log: Logger
  metrics: WatchMetrics
  random?: () => number
}

const backoff = { baseMs: 800, capMs: 30_000 }
/**
 * The server sends a bookmark a minute; a watch silent for longer is dead, whatever TCP says. Events come without
 * bookmarks (no watch cache): theirs is opened again that often while nothing happens.
 */
const silence = { leastMs: 70_000, spreadMs: 20_000 }
const watchSeconds = { least: 300, spread: 300 }
const tooShortMs = 1_000
const refusalsBeforeRelist = 3

class WatchSilent extends Error {}

export class Reflector {
  readonly #o: ReflectorOptions
  readonly #random: () => number
  readonly #synced = Promise.withResolvers<void>()
  #isSynced = false
  #version: string | undefined
  #failures = 0
  #heardAt: number
  #eventsSinceList = 0
  #refusals = 0
  #actedAt: number

  constructor(o: ReflectorOptions) {
    this.#o = o
    this.#random = o.random ?? Math.random
    this.#heardAt = this.#actedAt = o.clock.monotonic()
  }

  /** Resolves when the first list is in. */
  get synced(): Promise<void> {
    return this.#synced.promise
  }

  get isSynced(): boolean {
    return this.#isSynced
  }

  /** Since the server was last heard of. */
  get silentMs(): number {
    return this.#o.clock.monotonic() - this.#heardAt
  }

  /** Since the reflector last did anything; it hangs when this grows past the silence that it tolerates. */
  get idleMs(): number {
    return this.#o.clock.monotonic() - this.#actedAt
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#o
    while (!signal.aborted) {
      this.#actedAt = clock.monotonic()
      try {
        await this.#listThenWatch(signal)
      } catch (error) {
        if (signal.aborted) return
        this.#recover(error)
      }
      if (this.#failures === 0) continue
      await delay(clock, backoffMs(this.#failures, backoff, this.#random), signal).catch(onlyAbort)
    }
  }

  async #listThenWatch(signal: AbortSignal): Promise<void> {
    this.#version ??= await this.#list(signal)
    const startedAt = this.#o.clock.monotonic()
    const eventsBefore = this.#eventsSinceList
    this.#version = await this.#watch(this.#version, signal)
    const lasted = this.#o.clock.monotonic() - startedAt
    // A server that closes at once without a word is not to be asked again at once.
    const useless = lasted < tooShortMs && this.#eventsSinceList === eventsBefore
    this.#failures = useless ? this.#failures + 1 : 0
    this.#o.metrics.restarted('ended')
  }

  async #list(signal: AbortSignal): Promise<string> {
    const { kube, kind, scope, store, metrics } = this.#o
    const { items, resourceVersion } = await kube.list(kind, { ...scope, signal })
    this.#heard()
    this.#eventsSinceList = 0
    this.#refusals = 0
    store.replace(items, resourceVersion)
    metrics.listed(store.size)
    this.#isSynced = true
    this.#synced.resolve()
    return resourceVersion
  }

  /** One connection, to its end; returns the version it got to. */
  async #watch(from: string, signal: AbortSignal): Promise<string> {
    const { kube, kind, scope, store, clock, metrics } = this.#o
    using watchdog = silenceWatchdog(clock, silence.leastMs + silence.spreadMs * this.#random())
    const events = kube.watch(kind, {
      ...scope,
      resourceVersion: from,
      signal: AbortSignal.any([signal, watchdog.signal]),
      timeoutSeconds: Math.round(watchSeconds.least + watchSeconds.spread * this.#random()),
      onOpen: () => this.#heard(),
    })
    for await (const event of events) {
      watchdog.pet()
      this.#heard()
      this.#failures = 0
      this.#eventsSinceList += 1
      this.#version = take(store, event)
      metrics.event(event.type, store.size)
    }
    return this.#version ?? from
  }

  #recover(error: unknown): void {
    const gone = isGone(error)
    // Too old after a long life is normal: list at once. Too old right after a list is a fault: back off.
    // Silence has been waited for: open again at once.
    const normal = (gone && this.#eventsSinceList > 0) || error instanceof WatchSilent
    this.#failures = normal ? 0 : this.#failures + 1
    this.#refusals += isRefusal(error) ? 1 : 0
    if (gone || this.#refusals >= refusalsBeforeRelist) this.#version = undefined
    const restart = restartReason(error)
    this.#o.metrics.restarted(restart)
    const level = normal || !this.#isWorthSaying() ? 'debug' : 'warn'
    this.#o.log[level](
      { err: error, failures: this.#failures, restart },
      `cannot follow ${kindText(this.#o.kind)}`,
    )
  }

  /** A hiccup is no news, a start that waits is: a definition or a right may be missing. Ever more seldom, while it lasts. */
  #isWorthSaying(): boolean {
    const power = Math.log2(this.#failures)
    return Number.isInteger(power) && (!this.#isSynced || power >= 3)
  }

  #heard(): void {
    this.#heardAt = this.#actedAt = this.#o.clock.monotonic()
  }
}

function take(store: Store, event: WatchEvent<KubeObject>): string {
  if (event.type === 'BOOKMARK') {
    store.reached(event.resourceVersion)
    return event.resourceVersion
  }
  const { object } = event
  store.reached(object.metadata.resourceVersion)
  if (event.type === 'DELETED') store.remove(object)
  else store.put(object)
  return object.metadata.resourceVersion
}

/**
 * A version from before a restore of etcd is refused in words that differ, 504 among them ("Too large
 * resource version"). Overload and missing rights are no reason to list: that would make it worse.
 */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof KubeError)) return false
  const { status } = error
  return status === 504 || (status >= 400 && status < 500 && ![401, 403, 408, 429].includes(status))
}

function restartReason(error: unknown): string {
  if (error instanceof WatchSilent) return 'silent'
  if (isGone(error)) return 'gone'
  return error instanceof KubeError && error.status > 0 ? `http${error.status}` : 'network'
}

const onlyAbort = () => undefined

function silenceWatchdog(clock: Clock, limitMs: number) {
  const controller = new AbortController()
  const bark = () =>
    controller.abort(new WatchSilent(`nothing heard for ${Math.round(limitMs)} ms`))
  let timer = clock.setTimeout(bark, limitMs)
  const stop = () => clock.clearTimeout(timer)
  return {
    signal: controller.signal,
    pet() {
      stop()
      timer = clock.setTimeout(bark, limitMs)
    },
    [Symbol.dispose]: stop,
  }
}
