// After deletion: proves that AWS holds nothing of a tenant any more, or says what and why. With `delete` it removes
// what it finds, in an order that AWS takes. A thing is the tenant's by its tag, its name, its IAM path or its VPC.
import { setTimeout as pause } from 'node:timers/promises'
import type { TenantInput } from '../../api/tenant/stack.ts'
import type { Remaining } from '../../api/tenant/tenant-cluster-status.ts'
import type { Aws } from '../access/clients.ts'
import { awsFault, saysNotFound, type AwsService } from '../faults/sdk-faults.ts'
import { leftoversOf, type Leftover } from './leftovers.ts'

export type SweepOptions = {
  /** False: look only. */
  delete: boolean
  signal?: AbortSignal
  /** How often deletion is tried before what is left is reported. */
  passes?: number
  pauseMs?: number
}

/** Empty: the account holds nothing of the tenant. Rejects when AWS cannot be asked, for then nothing is proved. */
export async function sweep(
  tenant: TenantInput,
  aws: Aws,
  { delete: remove, signal, passes = 6, pauseMs = 2000 }: SweepOptions,
): Promise<Remaining[]> {
  const reasons = new Map<string, string>()
  let left = await leftoversOf(tenant, aws)
  for (let pass = 1; remove && left.length > 0 && pass <= passes; pass++) {
    signal?.throwIfAborted()
    /* oxlint-disable no-await-in-loop -- what uses others goes before them */
    for (const leftover of removable(left)) await removeOne(leftover, reasons)
    left = await leftoversOf(tenant, aws)
    if (left.length > 0 && pass < passes) await pause(pauseMs, undefined, signal ? { signal } : {})
    /* oxlint-enable no-await-in-loop */
  }
  return left.map(({ type, id }) => {
    const reason = reasons.get(`${type} ${id}`) ?? (remove ? 'being deleted' : undefined)
    return { type, id, ...(reason !== undefined && { reason }) }
  })
}

/**
 * Before the stack is destroyed: removes what nobody in the cluster will remove any more, or the network could not go.
 * Load balancers at once. Interfaces and groups only when there is no cluster that may be about to use them, which is so
 * when a destruction was held up by them. What cannot be removed holds up the destruction again, and is told by it.
 */
export async function removeStrays(tenant: TenantInput, aws: Aws): Promise<void> {
  const left = await leftoversOf(tenant, aws)
  const lives = left.some(({ type }) => type.startsWith('eks:'))
  const strays = left.filter(({ type, stray }) => stray && (!lives || type.startsWith('elb:')))
  const reasons = new Map<string, string>()
  // oxlint-disable-next-line no-await-in-loop -- what uses others goes before them
  for (const leftover of strays) await removeOne(leftover, reasons)
}

/** EKS removes the nodes, interfaces and groups that it made; whoever takes them from it early holds it up. */
function removable(left: Leftover[]): Leftover[] {
  const first = ['eks:nodegroup', 'eks:cluster'].find((type) => left.some((l) => l.type === type))
  return first === undefined ? left : left.filter(({ type }) => type === first)
}

async function removeOne(leftover: Leftover, reasons: Map<string, string>): Promise<void> {
  const key = `${leftover.type} ${leftover.id}`
  try {
    await leftover.remove()
    reasons.delete(key)
  } catch (error) {
    if (!saysNotFound(error)) reasons.set(key, awsFault(serviceOf(leftover.type), error).message)
  }
}

const services: Record<string, AwsService> = {
  eks: 'EKS',
  ec2: 'EC2',
  efs: 'EFS',
  elb: 'ELB',
  logs: 'Logs',
  iam: 'IAM',
}
const serviceOf = (type: string): AwsService => services[type.split(':')[0] ?? ''] ?? 'EC2'
