// Handlers of the operator itself: before it begins, after it has ended, and when somebody asks how it is.
import type { Logger } from 'pino'
import { delay, type Clock } from '../clock.ts'
import type { Memo } from '../context/context.ts'
import { settled } from '../controller/outcome.ts'
import type { ErrorOptions } from '../handlers/options.ts'
import { begun, progressAfter } from '../handlers/progress.ts'
import type { Check } from '../health/checks.ts'
import type { Kube } from '../kube/kube.ts'
import { endingOf, messageOf } from '../status/conditions.ts'

export type HookContext = {
  readonly kube: Kube
  readonly log: Logger
  /** What every object's memo begins with: set at startup, it reaches all handlers. */
  readonly memo: Memo
  readonly signal: AbortSignal
  /** Failed attempts before this one. */
  readonly attempt: number
}

export type Hook = (context: HookContext) => Promise<void> | void
/** What it returns is shown; what it throws makes the operator unhealthy. */
export type Probe = (context: Omit<HookContext, 'attempt' | 'signal'>) => unknown
export type HookOptions = ErrorOptions & { id?: string }

type Declared = { id: string; hook: Hook; options: HookOptions }

const backoff = { baseMs: 1_000, capMs: 60_000 }
const probeEveryMs = 10_000

export class Hooks {
  readonly #o: { kube: Kube; log: Logger; clock: Clock; memo: Memo }
  readonly #startup: Declared[] = []
  readonly #cleanup: Declared[] = []
  readonly #probes = new Map<string, Probe>()
  #probed: { at: number; checks: Promise<Check[]> } | undefined

  constructor(o: { kube: Kube; log: Logger; clock: Clock; memo: Memo }) {
    this.#o = o
  }

  onStartup(hook: Hook, options: HookOptions = {}): void {
    this.#startup.push({ id: options.id ?? (hook.name || 'startup'), hook, options })
  }

  onCleanup(hook: Hook, options: HookOptions = {}): void {
    this.#cleanup.push({ id: options.id ?? (hook.name || 'cleanup'), hook, options })
  }

  onProbe(id: string, probe: Probe): void {
    if (this.#probes.has(id)) throw new Error(`there is a probe "${id}" already`)
    this.#probes.set(id, probe)
  }

  /** Throws when one fails for good: the operator does not begin. */
  async startup(signal: AbortSignal): Promise<void> {
    for (const declared of this.#startup) if (!signal.aborted) await this.#call(declared, signal)
  }

  /** All of them, whatever each comes to: the operator ends. */
  async cleanup(): Promise<void> {
    const { signal } = new AbortController()
    for (const declared of this.#cleanup)
      await this.#call(declared, signal, { retries: 1, ...declared.options }).catch(() => undefined) // logged
  }

  /** Asked anew every ten seconds, however often somebody looks. */
  probe(): Promise<Check[]> {
    const at = this.#o.clock.monotonic()
    if (!this.#probed || at - this.#probed.at >= probeEveryMs) {
      const checks = Promise.all([...this.#probes].map(([id, probe]) => this.#ask(id, probe)))
      this.#probed = { at, checks }
    }
    return this.#probed.checks
  }

  async #ask(id: string, probe: Probe): Promise<Check> {
    const { kube, log, memo } = this.#o
    try {
      const value = await probe({ kube, log, memo })
      return { name: id, ok: true, detail: typeof value === 'string' ? value : textOf(value) }
    } catch (error) {
      return { name: id, ok: false, detail: messageOf(error) }
    }
  }

  async #call(
    { id, hook, options }: Declared,
    signal: AbortSignal,
    errors: ErrorOptions = options,
  ) {
    const { kube, log, memo, clock } = this.#o
    let progress = begun(clock.now())
    while (!signal.aborted) {
      const ending = await Promise.resolve({ kube, log, memo, signal, attempt: progress.attempts })
        .then(hook)
        .then(() => settled, endingOf)
      progress = progressAfter(progress, ending, { ...errors, backoff }, clock.now())
      if ('error' in ending)
        log.warn({ handler: id, err: ending.error }, `failed: ${ending.message}`)
      if (progress.outcome === 'succeeded') return
      if (progress.outcome === 'failed') throw new Error(`${id}: ${progress.message}`)
      await delay(clock, (progress.dueAt ?? 0) - clock.now(), signal).catch(() => undefined)
    }
  }
}

const textOf = (value: unknown): string => JSON.stringify(value) ?? 'ok'
