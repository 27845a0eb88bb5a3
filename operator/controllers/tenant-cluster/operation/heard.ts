// What becomes of word from Redis that a tenant's progress is new: the tenant is looked at. Anybody may send such word, so it
// wakes only a TenantCluster with an operation that runs, and that not more than ten times a second.
import type { Key, Operator } from '../../../framework/index.ts'
import { tenantKind } from '../../../jobs/queue/tenant-kind.ts'

const pauseMs = 100

export function heard(operator: Operator): (key: Key) => void {
  const tenants = operator.cache(tenantKind)
  return (key) => {
    const operation = tenants.get(key)?.status?.operation
    if (operation && operation.step !== 'Verify')
      operator.wake(tenantKind, key, { afterMs: pauseMs })
  }
}
