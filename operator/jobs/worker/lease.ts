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
  holdLease,
  type Clock,
  type HeldLease,
  type Kube,
  type LeaseObject,
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
}

export type TenantLease = Pick<HeldLease, 'fence' | 'lost' | 'release'> & {
  /** The uid whose cluster was taken over under it. */
  readonly adopted: string | undefined
  /** Writes the outcome and lets go, in one: whoever dies, there are both or neither. Throws when it is not known to be written. */
  conclude(outcome: OperationOutcome): Promise<void>
}

/** held: by another worker. concluded: the operation has ended, and the manager has yet to take its outcome. */
export async function takeLease(
  settings: LeaseSettings,
): Promise<TenantLease | 'held' | 'concluded'> {
  const { isFirst } = settings
  const taken = await takeFrom(isFirst ? undefined : await present(settings), settings)
  // Somebody has, all the same.
  return taken === 'held' && isFirst ? takeFrom(await present(settings), settings) : taken
}

const present = ({ kube, namespace, tenant }: LeaseSettings): Promise<LeaseObject | undefined> =>
  kube.get(core.lease, leaseName(tenant.uid), namespace)

const times = { durationMs: 20_000, giveUpMs: 15_000, renewMs: 5_000 }

async function takeFrom(
  old: LeaseObject | undefined,
  settings: LeaseSettings,
): Promise<TenantLease | 'held' | 'concluded'> {
  const { tenant, sightings, operationId, generation } = settings
  if (old && sightings.isHeld(old)) return 'held'
  if (old && isConcluded(old, settings)) return 'concluded'
  const lease = await holdLease(old, {
    ...settings,
    ...times,
    name: leaseName(tenant.uid),
    identity: `${settings.worker}-${randomBytes(4).toString('hex')}`,
    labels: leaseLabels,
    annotations: beginning({ ...tenant, operationId, generation }),
    firstFence: 1, // reports without a number say 0
  })
  if (!lease) return 'held'
  return {
    fence: lease.fence,
    lost: lease.lost,
    adopted: old && adoptedIn(old),
    conclude: (outcome) => lease.conclude(ending(outcome)),
    release: () => lease.release(),
  }
}

/** An outcome under another number than the lease's was written by nobody who held it. */
function isConcluded(lease: LeaseObject, { operationId, tenant }: LeaseSettings): boolean {
  const { outcome, fence } = reportOf(lease)
  if (outcome === undefined || outcome === 'unreadable') return false
  const { uid } = tenant
  return outcome.operationId === operationId && outcome.uid === uid && outcome.fence === fence
}
