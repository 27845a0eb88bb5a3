// EKS refuses to delete a cluster under deletion protection. It is lifted when the spec has none any more: that change may
// not have been carried out yet when deletion begins.
import {
  DescribeClusterCommand,
  UpdateClusterConfigCommand,
  waitUntilClusterActive,
} from '@aws-sdk/client-eks'
import { OperationFault, protectedFault } from '../../api/faults/fault.ts'
import { physicalName, type TenantInput } from '../../api/tenant/stack.ts'
import type { Aws } from '../access/clients.ts'
import { ifFound } from '../faults/sdk-faults.ts'

/** EKS takes about a minute for it. */
const limitSeconds = 900

/** Before the stack of a tenant is destroyed; harmless when there is no cluster or no protection. */
export async function liftDeletionProtection(
  tenant: TenantInput,
  { eks }: Aws,
  signal?: AbortSignal,
): Promise<void> {
  if (tenant.spec.deletionProtection) throw new OperationFault(protectedFault)
  const name = physicalName(tenant)
  const answer = await ifFound(eks.send(new DescribeClusterCommand({ name })))
  const cluster = answer?.cluster
  if (cluster?.tags?.['cratekube.io/uid'] !== tenant.uid || !cluster.deletionProtection) return
  await eks.send(new UpdateClusterConfigCommand({ name, deletionProtection: false }))
  // A cluster that is being updated cannot be deleted.
  const wait = { client: eks, maxWaitTime: limitSeconds, minDelay: 1, maxDelay: 10 }
  await waitUntilClusterActive(signal ? { ...wait, abortSignal: signal } : wait, { name })
}
