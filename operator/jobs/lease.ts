// The fence of a tenant: a Lease that one worker holds while it works on the tenant. leaseTransitions counts
// the holders, and so orders them: who holds a lower number than another is out of date.
import { randomBytes } from 'node:crypto'
import type { Logger } from 'pino'
import { core, isConflict, KubeError, type Clock, type Kube } from '../framework/index.ts'
import type { LeaseSightings } from './lease-sightings.ts'

export type LeaseSettings = {
  kube: Kube
  clock: Clock
  namespace: string
  /** Whose lease: the uid of the TenantCluster. */
  uid: string
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
  /** Aborted when the lease was lost or could not be renewed in time. */
  readonly lost: AbortSignal
  /** Lets another worker begin at once, or removes the lease with its tenant. Never throws: what fails runs out by itself. */
  release(o?: { forever: boolean }): Promise<void>
}

export class LeaseLost extends Error {
  override readonly name = 'LeaseLost'
}

export const leaseName = (uid: string) => `tenant-${uid}`

/** Takes the lease, or returns undefined while another worker holds it. */
export async function takeLease(settings: LeaseSettings): Promise<HeldLease | undefined> {
  const { kube, clock, namespace, uid, sightings, durationMs = 20_000 } = settings
  const holder = `${settings.worker}-${randomBytes(4).toString('hex')}`
  const name = leaseName(uid)
  const old = await kube.get(core.lease, name, namespace)
  if (old && isHeld(old.spec, sightings.stillForMs(old))) return undefined
  const now = new Date(clock.now())
  const renewedAt = clock.monotonic()
  const fence = (old?.spec.leaseTransitions ?? 0) + 1
  const spec = {
    holderIdentity: holder,
    leaseDurationSeconds: Math.ceil(durationMs / 1000),
    acquireTime: microTime(now),
    renewTime: microTime(now),
    leaseTransitions: fence,
  }
  try {
    // The version that was read is the precondition: of two takers one gets a conflict.
    const taken = old
      ? await kube.patch(
          core.lease,
          { namespace, name },
          { metadata: { resourceVersion: old.metadata.resourceVersion }, spec },
          { type: 'merge' },
        )
      : await kube.create(core.lease, { metadata: { namespace, name }, spec })
    const { resourceVersion } = taken.metadata
    return keep(settings, { fence, holder, resourceVersion, renewedAt })
  } catch (error) {
    if (isConflict(error)) return undefined
    throw error
  }
}

type Taken = { fence: number; holder: string; resourceVersion: string; renewedAt: number }

/** Renews until released. */
function keep(settings: LeaseSettings, taken: Taken): HeldLease {
  const { kube, clock, namespace, uid, log, durationMs = 20_000, renewMs = 5_000 } = settings
  const lost = new AbortController()
  const ref = { namespace, name: leaseName(uid) }
  let { resourceVersion, renewedAt } = taken
  let released = false
  // Others may take it a duration after they saw it change, no earlier than it was sent; stop well before that.
  const leftMs = () => Math.max(0, renewedAt + durationMs - renewMs - clock.monotonic())
  // The answer may have been long in coming.
  let timer = clock.setTimeout(() => void renew(), Math.min(renewMs, leftMs()))

  const write = async (spec: object, signal?: AbortSignal) => {
    const patch = { metadata: { resourceVersion }, spec }
    const answer = await kube.patch(core.lease, ref, patch, { type: 'merge', signal })
    resourceVersion = answer.metadata.resourceVersion
  }
  /** Somebody wrote the lease: perhaps ourselves, when the answer was lost. */
  const isOurs = async (signal: AbortSignal) => {
    const now = await kube.get(core.lease, ref.name, namespace, { signal })
    if (now?.spec.holderIdentity !== taken.holder) return false
    resourceVersion = now.metadata.resourceVersion
    return true
  }
  const lose = (message: string, cause?: unknown) => lost.abort(new LeaseLost(message, { cause }))
  const renew = async () => {
    const startedAt = clock.monotonic()
    const late = new AbortController()
    const limit = clock.setTimeout(() => late.abort(new Error('no answer in time')), leftMs())
    try {
      const spec = { renewTime: microTime(new Date(clock.now())) }
      await write(spec, late.signal).catch(async (error: unknown) => {
        if (!isConflict(error) || !(await isOurs(late.signal))) throw error
        await write(spec, late.signal)
      })
      renewedAt = startedAt
    } catch (error) {
      if (gone(error)) return lose(`lease ${ref.name}: taken by another worker`, error)
      if (late.signal.aborted || leftMs() === 0)
        return lose(`lease ${ref.name}: not renewed in time`, error)
      log.warn({ err: error, lease: ref.name }, 'lease not renewed, trying again')
    } finally {
      clock.clearTimeout(limit)
    }
    if (!released) timer = clock.setTimeout(() => void renew(), renewMs)
  }
  return {
    fence: taken.fence,
    lost: lost.signal,
    release: async ({ forever } = { forever: false }) => {
      released = true
      clock.clearTimeout(timer)
      if (lost.signal.aborted) return
      const leave = forever
        ? kube.delete(core.lease, ref)
        : write({ holderIdentity: null, renewTime: null })
      await leave.catch((error: unknown) =>
        log.debug({ err: error, lease: ref.name }, 'lease not released, it runs out by itself'),
      )
    },
  }
}

const gone = (error: unknown) =>
  isConflict(error) || (error instanceof KubeError && error.status === 404)

type LeaseSpec = { holderIdentity?: string; leaseDurationSeconds?: number }

const isHeld = ({ holderIdentity, leaseDurationSeconds = 0 }: LeaseSpec, stillForMs: number) =>
  Boolean(holderIdentity) && stillForMs < leaseDurationSeconds * 1000

/** Kubernetes' MicroTime has six digits of fraction. */
const microTime = (date: Date) => date.toISOString().replace(/Z$/, '000Z')
