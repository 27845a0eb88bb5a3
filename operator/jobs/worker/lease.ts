// The fence of a tenant: a Lease that one worker holds while it works on the tenant. leaseTransitions counts
// the holders, and so orders them: who holds a lower number than another is out of date.
import { randomBytes } from 'node:crypto'
import type { Logger } from 'pino'
import {
  adoptedIn,
  beginning,
  ending,
  leaseLabels,
  leaseName,
  reportOf,
  type OperationOutcome,
} from '../../api/tenant/tenant-lease.ts'
import {
  core,
  isConflict,
  isNotFound,
  LeaseLost,
  microTime,
  type Clock,
  type Kube,
  type LeaseSightings,
} from '../../framework/index.ts'
import type { OperationKey } from '../queue/queue.ts'

export type LeaseSettings = {
  kube: Kube
  clock: Clock
  namespace: string
  /** Whose lease. */
  tenant: OperationKey
  operationId: string
  /** Of the spec, as far as it is known. */
  generation: number
  /** Nobody is thought to have worked on the tenant before: the lease is made without a look. */
  isFirst: boolean
  /** Who takes it; made unique for each taking. */
  worker: string
  /** What this worker has seen of the leases. */
  sightings: LeaseSightings
  log: Logger
  durationMs?: number
  renewMs?: number
}

export type HeldLease = {
  readonly fence: number
  /** The uid whose cluster was taken over under it. */
  readonly adopted: string | undefined
  /** Aborted when the lease was lost or could not be renewed in time. */
  readonly lost: AbortSignal
  /** Writes the outcome and lets go, in one: whoever dies, there are both or neither. Throws when it is not known to be written. */
  conclude(outcome: OperationOutcome): Promise<void>
  /** Lets another worker begin at once. Never throws: what fails runs out by itself. */
  release(): Promise<void>
}

/** held: by another worker. concluded: the operation has ended, and the manager has yet to take its outcome. */
export async function takeLease(
  settings: LeaseSettings,
): Promise<HeldLease | 'held' | 'concluded'> {
  const { isFirst } = settings
  const taken = await takeFrom(isFirst ? undefined : await present(settings), settings)
  // Somebody has, all the same.
  return taken === 'held' && isFirst ? takeFrom(await present(settings), settings) : taken
}

const present = ({ kube, namespace, tenant }: LeaseSettings) =>
  kube.get(core.lease, leaseName(tenant.uid), namespace)

async function takeFrom(
  old: Awaited<ReturnType<typeof present>>,
  settings: LeaseSettings,
): Promise<HeldLease | 'held' | 'concluded'> {
  const { kube, clock, namespace, tenant, sightings, durationMs = 20_000 } = settings
  const holder = `${settings.worker}-${randomBytes(4).toString('hex')}`
  const name = leaseName(tenant.uid)
  if (old && sightings.isHeld(old)) return 'held'
  if (old && isConcluded(old, settings)) return 'concluded'
  const renewedAt = clock.monotonic()
  const fence = (old?.spec.leaseTransitions ?? 0) + 1
  const spec = {
    holderIdentity: holder,
    leaseDurationSeconds: Math.ceil(durationMs / 1000),
    acquireTime: microTime(clock.now()),
    renewTime: microTime(clock.now()),
    leaseTransitions: fence,
  }
  const { operationId, generation } = settings
  const annotations = beginning({ ...tenant, operationId, generation })
  try {
    // The version that was read is the precondition: of two takers one gets a conflict.
    const taken = old
      ? await kube.patch(
          core.lease,
          { namespace, name },
          {
            metadata: {
              resourceVersion: old.metadata.resourceVersion,
              labels: leaseLabels,
              annotations,
            },
            spec,
          },
          { type: 'merge' },
        )
      : await kube.create(core.lease, {
          metadata: { namespace, name, labels: leaseLabels, annotations: given(annotations) },
          spec,
        })
    const { resourceVersion } = taken.metadata
    const adopted = old && adoptedIn(old)
    return new Holding(settings, { fence, holder, resourceVersion, renewedAt, adopted })
  } catch (error) {
    if (isConflict(error)) return 'held'
    throw error
  }
}

/** An outcome under another number than the lease's was written by nobody who held it. */
function isConcluded(
  lease: Parameters<typeof reportOf>[0],
  { operationId, tenant }: LeaseSettings,
): boolean {
  const { outcome, fence } = reportOf(lease)
  if (outcome === undefined || outcome === 'unreadable') return false
  const { uid } = tenant
  return outcome.operationId === operationId && outcome.uid === uid && outcome.fence === fence
}

const given = (annotations: Record<string, string | null>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(annotations).flatMap(([key, value]) => (value === null ? [] : [[key, value]])),
  )

type Taken = {
  fence: number
  holder: string
  resourceVersion: string
  renewedAt: number
  adopted: string | undefined
}
type Change = { spec: object; metadata?: { annotations: Record<string, string> } }

/** Renews until it is released, concluded or lost. */
class Holding implements HeldLease {
  readonly fence: number
  readonly adopted: string | undefined
  readonly #settings: LeaseSettings & { durationMs: number; renewMs: number }
  readonly #holder: string
  readonly #lost = new AbortController()
  readonly #ref: { namespace: string; name: string }
  #resourceVersion: string
  #renewedAt: number
  #over = false
  #timer: ReturnType<Clock['setTimeout']>
  /** Writes come one after another: each needs the version that the one before has made. */
  #writing: Promise<unknown> = Promise.resolve()

  constructor(settings: LeaseSettings, taken: Taken) {
    this.#settings = { durationMs: 20_000, renewMs: 5_000, ...settings }
    this.fence = taken.fence
    this.adopted = taken.adopted
    this.#holder = taken.holder
    this.#resourceVersion = taken.resourceVersion
    this.#renewedAt = taken.renewedAt
    this.#ref = { namespace: settings.namespace, name: leaseName(settings.tenant.uid) }
    // The answer may have been long in coming.
    const { renewMs } = this.#settings
    this.#timer = this.#renewAfter(Math.min(renewMs, this.#leftMs()))
  }

  get lost(): AbortSignal {
    return this.#lost.signal
  }

  async conclude(outcome: OperationOutcome): Promise<void> {
    const annotations = ending(outcome)
    const isWritten = (now: Annotated) =>
      Object.entries(annotations).every(([key, text]) => now.metadata.annotations?.[key] === text)
    await this.#write({ metadata: { annotations }, spec: letGo }, isWritten)
    this.#end()
  }

  async release(): Promise<void> {
    if (this.#over || this.lost.aborted) return
    this.#end()
    await this.#write({ spec: letGo }).catch((error: unknown) =>
      this.#settings.log.debug(
        { err: error, lease: this.#ref.name },
        'lease not released, it runs out by itself',
      ),
    )
  }

  #end(): void {
    this.#over = true
    this.#settings.clock.clearTimeout(this.#timer)
  }

  #renewAfter(ms: number) {
    return this.#settings.clock.setTimeout(() => void this.#renew(), ms)
  }

  /** Others may take it a duration after they saw it change, no earlier than it was sent; stop well before that. */
  #leftMs(): number {
    const { clock, durationMs, renewMs } = this.#settings
    return Math.max(0, this.#renewedAt + durationMs - renewMs - clock.monotonic())
  }

  async #renew(): Promise<void> {
    const { clock, log, renewMs } = this.#settings
    try {
      await this.#write({ spec: { renewTime: microTime(clock.now()) } }, () => this.#over)
    } catch (error) {
      if (this.lost.aborted || this.#over) return
      log.warn({ err: error, lease: this.#ref.name }, 'lease not renewed, trying again')
    }
    if (!this.#over) this.#timer = this.#renewAfter(renewMs)
  }

  /** `isWritten`: whether the object shows that an earlier try came through whose answer was lost. */
  #write(change: Change, isWritten: (now: Annotated) => boolean = () => false): Promise<void> {
    const written = this.#writing.then(() => this.#writeInTime(change, isWritten))
    this.#writing = written.catch(() => undefined) // whoever asked for it hears of it
    return written
  }

  async #writeInTime(change: Change, isWritten: (now: Annotated) => boolean): Promise<void> {
    const { clock } = this.#settings
    this.lost.throwIfAborted()
    const startedAt = clock.monotonic()
    const late = new AbortController()
    const limit = clock.setTimeout(() => late.abort(new Error('no answer in time')), this.#leftMs())
    try {
      await this.#send(change, late.signal).catch(async (error: unknown) => {
        if (!isConflict(error)) throw error
        const now = await this.#read(late.signal)
        if (now && isWritten(now)) return
        if (now?.spec.holderIdentity !== this.#holder) throw error
        // Somebody wrote the lease: perhaps ourselves, when the answer was lost.
        this.#resourceVersion = now.metadata.resourceVersion
        await this.#send(change, late.signal)
      })
      this.#renewedAt = startedAt
    } catch (error) {
      const { name } = this.#ref
      if (isConflict(error) || isNotFound(error)) {
        throw this.#lose(`lease ${name}: taken by another worker`, error)
      }
      if (late.signal.aborted || this.#leftMs() === 0) {
        throw this.#lose(`lease ${name}: not renewed in time`, error)
      }
      throw error
    } finally {
      clock.clearTimeout(limit)
    }
  }

  async #send({ spec, metadata }: Change, signal: AbortSignal): Promise<void> {
    const patch = { metadata: { ...metadata, resourceVersion: this.#resourceVersion }, spec }
    const { kube } = this.#settings
    const answer = await kube.patch(core.lease, this.#ref, patch, { type: 'merge', signal })
    this.#resourceVersion = answer.metadata.resourceVersion
  }

  #read(signal: AbortSignal) {
    const { name, namespace } = this.#ref
    return this.#settings.kube.get(core.lease, name, namespace, { signal })
  }

  #lose(message: string, cause: unknown): LeaseLost {
    const reason = new LeaseLost(message, { cause })
    this.#lost.abort(reason)
    return reason
  }
}

type Annotated = { metadata: { annotations?: Record<string, string> } }

const letGo = { holderIdentity: null, renewTime: null }
