// Removes the Leases of TenantClusters that are gone. A worker that ends a deletion leaves the Lease, because it holds the
// outcome that the manager has yet to take; once the TenantCluster is gone nobody needs it.
import type { Logger } from 'pino'
import { leaseName, tenantOf } from '../../api/tenant/tenant-lease.ts'
import {
  core,
  isConflict,
  type Cache,
  type Clock,
  type Kube,
  type LeaseObject,
  type LeaseSightings,
} from '../../framework/index.ts'
import { tenantKind, type TenantObject } from '../queue/tenant-kind.ts'

export type LeaseCleaningOptions = {
  kube: Kube
  /** Those of tenants in CrateKube's namespace. */
  leases: Cache<LeaseObject>
  tenants: Cache<TenantObject>
  sightings: LeaseSightings
  clock: Clock
  log: Logger
  /** How often what was missed is looked for. */
  everyMs?: number
}

export function leaseCleaning(o: LeaseCleaningOptions): Disposable {
  const { leases, tenants, clock, log, everyMs = 600_000 } = o
  const clean = (lease: LeaseObject) =>
    removeIfGone(lease, o).catch((error: unknown) =>
      log.debug({ err: error, lease: lease.metadata.name }, 'lease not removed, looked at again'),
    )
  const cleanAll = () => {
    for (const lease of leases.list()) void clean(lease)
    timer = clock.setTimeout(cleanAll, everyMs)
  }
  let timer = clock.setTimeout(cleanAll, 0)
  const ends = [
    tenants.onChange(({ type, obj }) => {
      const name = leaseName(obj.metadata.uid)
      const lease =
        type === 'deleted' && leases.list().find(({ metadata }) => metadata.name === name)
      if (lease) void clean(lease)
    }),
    leases.onChange(({ type, obj }) => {
      if (type !== 'deleted') void clean(obj)
    }),
  ]
  return {
    [Symbol.dispose]: () => {
      clock.clearTimeout(timer)
      for (const end of ends) end()
    },
  }
}

async function removeIfGone(lease: LeaseObject, o: LeaseCleaningOptions): Promise<void> {
  const { uid, resourceVersion, name, namespace } = lease.metadata
  const tenant = tenantOf(lease)
  if (!tenant || o.sightings.isHeld(lease)) return
  const isOfIt = (found: TenantObject | undefined) =>
    found && leaseName(found.metadata.uid) === name
  // The cache may not know yet of a new one.
  if (isOfIt(o.tenants.get(tenant))) return
  if (isOfIt(await o.kube.get(tenantKind, tenant.name, tenant.namespace))) return
  const preconditions = { uid, resourceVersion }
  await o.kube
    .delete(core.lease, { name, namespace }, { preconditions })
    .catch((error: unknown) => {
      if (!isConflict(error)) throw error // somebody took it
    })
}
