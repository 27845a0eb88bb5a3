// A Lease that this process holds: renewed until it is let go, and given up by its holder well before others may take it.
import type { Logger } from 'pino'
import { deadline, microTime, type Clock, type Timer } from '../clock.ts'
import { isConflict, isNotFound } from '../kube/errors.ts'
import { core } from '../kube/kinds.ts'
import type { Kube } from '../kube/kube.ts'
import type { KubeObject } from '../kube/objects.ts'

/** A Lease as it is on the wire. */
export type LeaseObject = KubeObject<{
  holderIdentity?: string
  leaseDurationSeconds?: number
  leaseTransitions?: number
  acquireTime?: string
  renewTime?: string
}>

export type LeaseOptions = {
  kube: Kube
  clock: Clock
  log: Logger
  namespace: string
  name: string
  /** Who holds it: unique for each process, or for each taking. */
  identity: string
  /** How long others have to see it stand still before they may take it. */
  durationMs: number
  /** Its holder stops when it could not be renewed for so long, which is shorter. */
  giveUpMs: number
  /** From one renewal to the next. */
  renewMs: number
  /** Written when it is taken; an annotation that is null is taken off. */
  labels?: Record<string, string>
  annotations?: Record<string, string | null>
  /** The number of the first holder, 0 by default; every other one has one more than the one before. */
  firstFence?: number
  /** What letting go leaves in its spec; nothing of the holder by default. */
  letGo?: Record<string, unknown>
  onRenewal?: ((result: 'ok' | 'failed') => void) | undefined
}

export type HeldLease = {
  /** leaseTransitions: who has a lower number than another is out of date. */
  readonly fence: number
  /** Aborted with LeaseLost when somebody else has it, or when it could not be renewed in time. */
  readonly lost: AbortSignal
  /** Writes annotations and lets go, in one: whoever dies, there are both or neither. Throws when that is not known to be written. */
  conclude(annotations: Record<string, string>): Promise<void>
  /** Lets others take it at once. Never throws: what fails runs out by itself. */
  release(): Promise<void>
}

export class LeaseLost extends Error {
  override readonly name = 'LeaseLost'
}

export type Taken = { fence: number; resourceVersion: string; renewedAt: number }
type Written = { annotations?: Record<string, string>; spec: Record<string, unknown> }

/** Renews until it is released, concluded or lost. */
export class Holding implements HeldLease {
  readonly fence: number
  readonly #o: LeaseOptions
  readonly #lost = new AbortController()
  readonly #text: string
  /** Of the version that the next write is about. */
  #resourceVersion: string
  /** When the last write that came through was sent. */
  #renewedAt: number
  #over = false
  #timer: Timer
  #writing: Promise<unknown> = Promise.resolve()

  constructor(o: LeaseOptions, { fence, resourceVersion, renewedAt }: Taken) {
    this.#o = o
    this.fence = fence
    this.#text = `lease ${o.namespace}/${o.name}`
    this.#resourceVersion = resourceVersion
    this.#renewedAt = renewedAt
    this.#timer = this.#planRenewal()
  }

  get lost(): AbortSignal {
    return this.#lost.signal
  }

  async conclude(annotations: Record<string, string>): Promise<void> {
    await this.#inTurn(async () => {
      await this.#letGo(annotations)
      this.#end()
    })
  }

  async release(): Promise<void> {
    if (this.#over || this.lost.aborted) return
    this.#end()
    await this.#inTurn(() => this.#letGo({})).catch((error: unknown) =>
      this.#o.log.info({ err: error }, `${this.#text}: not released, it runs out by itself`),
    )
  }

  #end(): void {
    this.#over = true
    this.#o.clock.clearTimeout(this.#timer)
  }

  async #letGo(annotations: Record<string, string>): Promise<void> {
    const spec = { holderIdentity: null, renewTime: null, ...this.#o.letGo }
    await this.#writeInTime({ annotations, spec }, ({ metadata, spec: { holderIdentity } }) => {
      const is = (key: string, text: string) => metadata.annotations?.[key] === text
      const isOurs = holderIdentity === this.#o.identity
      return !isOurs && Object.entries(annotations).every(([key, text]) => is(key, text))
    })
  }

  /** The last one comes no later than the time to give up. */
  #planRenewal(): Timer {
    const { clock, renewMs } = this.#o
    return clock.setTimeout(() => void this.#renew(), Math.min(renewMs, this.#leftMs()))
  }

  /** Others may take it a duration after they saw it change, no earlier than that was sent. */
  #leftMs(): number {
    return Math.max(0, this.#renewedAt + this.#o.giveUpMs - this.#o.clock.monotonic())
  }

  async #renew(): Promise<void> {
    const { clock, log, onRenewal } = this.#o
    try {
      await this.#inTurn(async () => {
        if (this.#over) return // let go meanwhile
        await this.#writeInTime({ spec: { renewTime: microTime(clock.now()) } }, () => this.#over)
        onRenewal?.('ok')
      })
    } catch (error) {
      if (this.#over) return
      onRenewal?.('failed')
      if (this.lost.aborted) return
      log.warn({ err: error }, `${this.#text}: not renewed, trying again`)
    }
    if (!this.#over) this.#timer = this.#planRenewal()
  }

  /** Writes come one after another: each needs the version that the one before has made. */
  #inTurn(write: () => Promise<void>): Promise<void> {
    const written = this.#writing.then(write)
    this.#writing = written.catch(() => undefined) // whoever asked for it hears of it
    return written
  }

  /** `isWritten`: whether the object shows that an earlier try came through whose answer was lost. */
  async #writeInTime(change: Written, isWritten: (now: LeaseObject) => boolean): Promise<void> {
    const { clock } = this.#o
    this.lost.throwIfAborted()
    const startedAt = clock.monotonic()
    using late = deadline(clock, this.#leftMs(), () => new Error('no answer in time'))
    try {
      await this.#send(change, late.signal).catch((error: unknown) => {
        if (!isConflict(error)) throw error
        return this.#sendAgain(change, { isWritten, conflict: error, signal: late.signal })
      })
      this.#renewedAt = startedAt
    } catch (error) {
      if (isConflict(error) || isNotFound(error)) throw this.#lose('somebody else has it', error)
      if (this.#leftMs() === 0) throw this.#lose('not renewed in time', error)
      throw error
    }
  }

  /** Somebody wrote the lease: perhaps ourselves, when the answer was lost. */
  async #sendAgain(
    change: Written,
    o: { isWritten: (now: LeaseObject) => boolean; conflict: unknown; signal: AbortSignal },
  ): Promise<void> {
    const { kube, namespace, name, identity } = this.#o
    const now = await kube.get(core.lease, name, namespace, { signal: o.signal })
    if (now && o.isWritten(now)) return
    if (now?.spec.holderIdentity !== identity) throw o.conflict
    this.#resourceVersion = now.metadata.resourceVersion
    await this.#send(change, o.signal)
  }

  async #send({ spec, annotations = {} }: Written, signal: AbortSignal): Promise<void> {
    const { kube, namespace, name } = this.#o
    const patch = { metadata: { annotations, resourceVersion: this.#resourceVersion }, spec }
    const ref = { namespace, name }
    const answer = await kube.patch(core.lease, ref, patch, { type: 'merge', signal })
    this.#resourceVersion = answer.metadata.resourceVersion
  }

  #lose(why: string, cause: unknown): LeaseLost {
    const reason = new LeaseLost(`${this.#text}: ${why}`, { cause })
    this.#lost.abort(reason)
    return reason
  }
}
