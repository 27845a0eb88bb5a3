// What becomes of word from Redis that a tenant's progress is new: the tenant is looked at. Anybody may send such word, so it
// wakes only a TenantCluster with an operation that runs, and that not more than ten times a second.
import { tenantCluster } from '../../../api/tenant/tenant-cluster.ts'
import type { Key, Kind, Operator } from '../../../framework/index.ts'
import type { TenantClusterSpec } from '../../../api/tenant/tenant-cluster.ts'
import type { TenantClusterStatus } from '../../../api/tenant/tenant-cluster-status.ts'

const pauseMs = 100
const kind: Kind<TenantClusterSpec, TenantClusterStatus> = tenantCluster

export function heard(operator: Operator): (key: Key) => void {
  const tenants = operator.cache(kind)
  return (key) => {
    const operation = tenants.get(key)?.status?.operation
    if (operation && operation.step !== 'Verify') operator.wake(kind, key, { afterMs: pauseMs })
  }
}
