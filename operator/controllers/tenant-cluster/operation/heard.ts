// What becomes of word from Redis that a tenant's progress is new: the tenant is looked at. Anybody may send such word, so it
// wakes only a TenantCluster with an operation that runs, and that not more than ten times a second.
import { tenantCluster } from '../../../api/tenant/tenant-cluster.ts'
import {
  keyText,
  systemClock,
  type Clock,
  type Key,
  type Kind,
  type Operator,
} from '../../../framework/index.ts'
import type { TenantClusterSpec } from '../../../api/tenant/tenant-cluster.ts'
import type { TenantClusterStatus } from '../../../api/tenant/tenant-cluster-status.ts'

const pauseMs = 100
const kind: Kind<TenantClusterSpec, TenantClusterStatus> = tenantCluster

export function heard(operator: Operator, clock: Clock = systemClock): (key: Key) => void {
  const tenants = operator.cache(kind)
  const pending = new Set<string>()
  return (key) => {
    const operation = tenants.get(key)?.status?.operation
    const text = keyText(key)
    if (!operation || operation.step === 'Verify' || pending.has(text)) return
    pending.add(text)
    clock.setTimeout(() => {
      pending.delete(text)
      operator.wake(kind, key)
    }, pauseMs)
  }
}
