// Looks at tenant clusters, made beside the reconciles: a reconcile asks for one and goes on, and the end of the look wakes
// the object. What a tenant's API server does, or does not do, takes time from nobody but itself.
import {
  deadline,
  FairGate,
  KubeError,
  longestBackoffMs,
  type Clock,
  type TenantKube,
} from '../../../framework/index.ts'
import type { Chosen } from '../../../provider/choose.ts'
import type { ManagerFace } from '../../../provider/contract.ts'
import { measure, versionOf, type Measured } from './measure.ts'
import type { TenantContext } from '../access/tenant.ts'

/** Together, all that one look may take; what it waits for its turn not counted. */
const versionMs = 3_000
const measureMs = 7_000

/** Many wait for an answer, which costs little; few read large ones. */
const asking = { places: 256, share: 224 }
const measuring = { places: 8, share: 6 }

/** A hiccup is asked about often; an API server that stays silent ever more seldom. */
const patience = 5
const pauses = { baseMs: 10_000, capMs: 120_000 }

type Entry = {
  /** What of the tenant the look is about; it says nothing of another. */
  about: string
  failures: number
  /** Not to be asked again before, by the monotonic clock. */
  notBefore: number
  running?: AbortController | undefined
  found?: Measured | KubeError | undefined
}

export type LooksOptions = {
  /** Of the provider that a spec names. */
  provider: Chosen<ManagerFace>
  clock: Clock
  /** A look has ended. */
  onEnd: (tenant: TenantContext) => void
}

export class Looks {
  readonly #o: LooksOptions
  readonly #entries = new Map<string, Entry>()
  readonly #asking = new FairGate(asking)
  readonly #measuring = new FairGate(measuring)

  constructor(o: LooksOptions) {
    this.#o = o
  }

  /** What the last look found, once. */
  take(c: TenantContext): Measured | KubeError | undefined {
    const entry = this.#entry(c)
    const { found } = entry
    entry.found = undefined
    return found
  }

  /** Whether there is reason to begin one: none is under way, and no pause is. */
  isDue(c: TenantContext): boolean {
    const { running, notBefore } = this.#entry(c)
    return !running && this.#o.clock.monotonic() >= notBefore
  }

  /** How long a tenant that did not answer is left alone now. */
  pauseMs(c: TenantContext): number {
    return longestBackoffMs(this.#entry(c).failures - patience + 1, pauses)
  }

  /** Until it may be asked again. */
  waitMs(c: TenantContext): number {
    return Math.max(0, this.#entry(c).notBefore - this.#o.clock.monotonic())
  }

  begin(c: TenantContext, kube: TenantKube): void {
    const entry = this.#entry(c)
    const running = new AbortController()
    entry.running = running
    void this.#look(c, kube, running.signal).then((found) => {
      if (entry.running !== running) return // another took its place
      entry.running = undefined
      entry.found = found
      entry.failures = found instanceof KubeError ? entry.failures + 1 : 0
      entry.notBefore = found instanceof KubeError ? this.#o.clock.monotonic() + this.pauseMs(c) : 0
      this.#o.onEnd(c)
    })
  }

  forget(uid: string): void {
    const entry = this.#entries.get(uid)
    this.#entries.delete(uid)
    entry?.running?.abort(new Error('not looked at any more'))
    if (entry) entry.running = undefined
  }

  close(): void {
    for (const uid of this.#entries.keys()) this.forget(uid)
  }

  async #look(
    c: TenantContext,
    kube: TenantKube,
    stop: AbortSignal,
  ): Promise<Measured | KubeError> {
    const whose = c.key.namespace ?? ''
    const { spec } = c.obj
    const { provider } = this.#o
    try {
      const gitVersion = await this.#asking.run(whose, stop, () =>
        this.#within(versionMs, stop, (signal) => versionOf(kube, signal)),
      )
      const rest = await this.#measuring.run(whose, stop, () =>
        this.#within(measureMs, stop, (signal) =>
          measure(kube, spec, { signal, nodes: provider(spec) }),
        ),
      )
      return { gitVersion, ...rest }
    } catch (error) {
      if (error instanceof KubeError) return error
      if (!stop.aborted)
        c.log.warn({ err: error }, 'cannot make sense of what the API server answers')
      return nonsense(error)
    }
  }

  async #within<T>(ms: number, stop: AbortSignal, use: (signal: AbortSignal) => Promise<T>) {
    using late = deadline(this.#o.clock, ms, () => tooLate(ms))
    return await use(AbortSignal.any([stop, late.signal]))
  }

  #entry(c: TenantContext): Entry {
    const { uid } = c.obj.metadata
    const about = aboutOf(c)
    const known = this.#entries.get(uid)
    if (known?.about === about) return known
    this.forget(uid)
    const entry = { about, failures: 0, notBefore: 0 }
    this.#entries.set(uid, entry)
    return entry
  }
}

const aboutOf = ({ obj: { metadata, status } }: TenantContext) =>
  JSON.stringify([metadata.generation, status?.endpoint, status?.history?.[0]?.id])

const tooLate = (ms: number) =>
  new KubeError(`no answer within ${ms} ms`, { status: 0, reason: 'ETIMEDOUT' })

/** As a rule the tenant's doing; the log has what tells, should it be ours. */
const nonsense = (cause: unknown) =>
  new KubeError('the answer makes no sense', { status: 0, reason: 'BadAnswer', cause })
