// Leader election by a Lease, as Kubernetes' own components do it: others are given up after their lease
// has not moved for its whole duration by OUR clock, and we stop long before others may take over.
import type { Logger } from 'pino'
import { delay, microTime, type Clock } from '../clock.ts'
import { isConflict, isNotFound } from '../kube/errors.ts'
import { core } from '../kube/kinds.ts'
import type { Kube } from '../kube/kube.ts'
import type { KubeObject } from '../kube/objects.ts'

export type LeaderElection = {
  namespace: string
  name: string
  /** Unique for each process, for example the pod's name. */
  identity: string
  /** How long a dead leader keeps others waiting, 15 s by default. */
  leaseMs?: number
  /** A leader that could not renew for this long stops, 10 s by default. */
  renewMs?: number
  /** Between attempts, 2 s by default. */
  retryMs?: number
}

export type LeaseOptions = LeaderElection & {
  kube: Kube
  clock: Clock
  log: Logger
  random?: () => number
  onRenewal?: (result: 'ok' | 'failed') => void
}

/** A Lease as it is on the wire. */
export type LeaseObject = KubeObject<{
  holderIdentity?: string
  leaseDurationSeconds?: number
  leaseTransitions?: number
  acquireTime?: string
  renewTime?: string
}>

export class LeaseLost extends Error {
  override readonly name = 'LeaseLost'
}

export class Lease {
  readonly #o: LeaseOptions & { leaseMs: number; renewMs: number; retryMs: number }
  /** The version of the lease that we saw last, and when it was new to us. */
  #seen: { version: string; at: number } | undefined
  #held: LeaseObject | undefined

  constructor(o: LeaseOptions) {
    this.#o = { leaseMs: 15_000, renewMs: 10_000, retryMs: 2_000, ...o }
  }

  get key() {
    return { namespace: this.#o.namespace, name: this.#o.name }
  }

  /** Resolves when the lease is ours; rejects only with the signal's reason. */
  async acquire(signal: AbortSignal): Promise<void> {
    for (;;) {
      const won = await this.#tryAcquire(signal).catch((error: unknown) => {
        if (!signal.aborted) this.#o.log.warn({ err: error }, 'lease not acquired; trying again')
        return false
      })
      signal.throwIfAborted()
      if (won) return
      await this.#pause(signal)
    }
  }

  /** Renews until the signal; rejects with LeaseLost. */
  async hold(signal: AbortSignal): Promise<void> {
    let renewedAt = this.#o.clock.monotonic()
    while (!signal.aborted) {
      await this.#pause(signal).catch(() => undefined)
      if (signal.aborted) return
      using deadline = this.#deadline(renewedAt + this.#o.renewMs)
      const limit = AbortSignal.any([signal, deadline.signal])
      try {
        const startedAt = this.#o.clock.monotonic()
        await this.#renew(limit)
        renewedAt = startedAt
        this.#o.onRenewal?.('ok')
      } catch (error) {
        if (signal.aborted) return
        this.#o.onRenewal?.('failed')
        if (error instanceof LeaseLost) throw error
        this.#o.log.warn({ err: error }, 'lease not renewed')
        if (this.#o.clock.monotonic() - renewedAt >= this.#o.renewMs) {
          throw new LeaseLost(`lease ${this.#text} could not be renewed in time`, { cause: error })
        }
      }
    }
  }

  /** Lets the next leader start at once. */
  async release(): Promise<void> {
    const lease = this.#held
    this.#held = undefined
    if (!lease) return
    const spec = { holderIdentity: '', leaseDurationSeconds: 1, renewTime: this.#time() }
    await this.#write(lease, spec).catch((error: unknown) =>
      this.#o.log.warn({ err: error }, 'lease not released; others wait for it to expire'),
    )
  }

  async #tryAcquire(signal: AbortSignal): Promise<boolean> {
    const { kube, clock, name, namespace, identity } = this.#o
    const lease = (await kube.get(core.lease, name, namespace, { signal })) as
      | LeaseObject
      | undefined
    if (!lease) return this.#create(signal)
    const { resourceVersion } = lease.metadata
    if (this.#seen?.version !== resourceVersion) {
      this.#seen = { version: resourceVersion, at: clock.monotonic() }
    }
    const { holderIdentity, leaseTransitions = 0, leaseDurationSeconds } = lease.spec
    const durationMs = Math.max(this.#o.leaseMs, (leaseDurationSeconds ?? 0) * 1000)
    const expired = clock.monotonic() - this.#seen.at >= durationMs
    if (holderIdentity && holderIdentity !== identity && !expired) return false
    const changed = holderIdentity !== identity
    const spec = { ...this.#spec(), leaseTransitions: leaseTransitions + (changed ? 1 : 0) }
    return this.#taken(this.#write(lease, { ...spec, acquireTime: this.#time() }, signal))
  }

  #create(signal: AbortSignal): Promise<boolean> {
    const spec = { ...this.#spec(), acquireTime: this.#time(), leaseTransitions: 0 }
    const body = { metadata: this.key, spec }
    return this.#taken(this.#o.kube.create(core.lease, body, { signal }) as Promise<LeaseObject>)
  }

  /** Somebody else was faster: not an error. */
  async #taken(write: Promise<LeaseObject>): Promise<boolean> {
    try {
      this.#held = await write
      return true
    } catch (error) {
      if (isConflict(error)) return false
      throw error
    }
  }

  async #renew(signal: AbortSignal): Promise<void> {
    if (!this.#held) throw new LeaseLost(`lease ${this.#text} is not held`)
    try {
      this.#held = await this.#write(this.#held, this.#spec(), signal)
    } catch (error) {
      if (isNotFound(error))
        throw new LeaseLost(`lease ${this.#text} was deleted`, { cause: error })
      if (!isConflict(error)) throw error
      await this.#refresh(signal, error)
    }
  }

  /** Somebody wrote the lease: perhaps ourselves, when the answer was lost. */
  async #refresh(signal: AbortSignal, cause: unknown): Promise<void> {
    const { kube, name, namespace, identity } = this.#o
    const lease = (await kube.get(core.lease, name, namespace, { signal })) as
      | LeaseObject
      | undefined
    if (lease?.spec.holderIdentity !== identity) {
      const holder = lease?.spec.holderIdentity ?? 'nobody'
      throw new LeaseLost(`lease ${this.#text} is held by ${holder}`, { cause })
    }
    this.#held = await this.#write(lease, this.#spec(), signal)
  }

  #write(
    lease: LeaseObject,
    spec: LeaseObject['spec'],
    signal?: AbortSignal,
  ): Promise<LeaseObject> {
    const { resourceVersion } = lease.metadata
    const patch = { metadata: { resourceVersion }, spec }
    const call = this.#o.kube.patch(core.lease, this.key, patch, { type: 'merge', signal })
    return call as Promise<LeaseObject>
  }

  #spec(): LeaseObject['spec'] {
    return {
      holderIdentity: this.#o.identity,
      leaseDurationSeconds: Math.ceil(this.#o.leaseMs / 1000),
      renewTime: this.#time(),
    }
  }

  #time(): string {
    return microTime(this.#o.clock.now())
  }

  #pause(signal: AbortSignal): Promise<void> {
    const { clock, retryMs, random = Math.random } = this.#o
    return delay(clock, retryMs * (0.8 + 0.2 * random()), signal)
  }

  #deadline(at: number) {
    const { clock } = this.#o
    const controller = new AbortController()
    const expire = () => controller.abort(new Error('the lease is about to expire'))
    const timer = clock.setTimeout(expire, Math.max(0, at - clock.monotonic()))
    return { signal: controller.signal, [Symbol.dispose]: () => clock.clearTimeout(timer) }
  }

  get #text(): string {
    return `${this.#o.namespace}/${this.#o.name}`
  }
}
