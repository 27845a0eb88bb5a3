// Whose stack is it: the uid of the tenant that last ran it, or of the tenant that its resources are tagged for.
import type { UpdateSummary } from '@pulumi/pulumi/automation/index.js'
import { OperationFault, type Fault } from '../../api/faults/fault.ts'
import type { StackOperation } from '../operation.ts'
import { tenantKey } from '../work-dir.ts'

/** A namespace and name may come back with another uid while the old tenant's cloud is still there. */
export function refuseForeignStack(
  operation: StackOperation,
  found: { latest: UpdateSummary | undefined; deployment: unknown },
): void {
  const stored = uidOf(found)
  if (stored === undefined || stored === operation.tenant.uid) return
  throw new OperationFault(operation.adopts ? notOf(operation, stored) : clash(operation, stored))
}

/** The cluster of the other may live: nobody is told to destroy it. */
const clash = ({ stack, tenant: { namespace, name } }: StackOperation, stored: string): Fault => ({
  code: 'StackNameClash',
  inputPath: 'metadata.name',
  value: name,
  message: `metadata.name: the stack ${stack} belongs to another TenantCluster ${namespace}/${name}, with uid ${stored}.`,
  action: `Set spec.adopt.uid to ${stored} to take over its cluster, or give this TenantCluster another name.`,
  retryable: false,
})

const notOf = ({ stack, tenant: { uid } }: StackOperation, stored: string): Fault => ({
  code: 'AdoptionRefused',
  inputPath: 'spec.adopt.uid',
  value: uid,
  message: `spec.adopt.uid: expected ${stored}, the uid that the stack ${stack} belongs to, got ${uid}`,
  retryable: false,
})

/** Of a stack that has nothing in it. */
export const nothingToAdopt = ({ stack, tenant: { uid } }: StackOperation): Fault => ({
  code: 'NothingToAdopt',
  inputPath: 'spec.adopt.uid',
  value: uid,
  message: `spec.adopt.uid: expected the uid of a TenantCluster whose stack ${stack} is there, got ${uid}; there is none`,
  retryable: false,
})

/** What it knew of may all be there, and would be made a second time. */
export const stackLost = ({ stack }: StackOperation): Fault => ({
  code: 'StackLost',
  message: `the stack ${stack} of a cluster that was made is not there`,
  retryable: false,
})

function uidOf(found: {
  latest: UpdateSummary | undefined
  deployment: unknown
}): string | undefined {
  const config = found.latest?.config[tenantKey]?.value
  if (config !== undefined) return uidIn(config)
  // A run that was killed left no history, but what it made is tagged.
  const tag = /cratekube\.io\/uid\\*":\s*\\*"([0-9a-fA-F-]+)/.exec(
    JSON.stringify(found.deployment ?? {}),
  )
  return tag?.[1]
}

function uidIn(text: string): string | undefined {
  const tenant: unknown = JSON.parse(text)
  if (typeof tenant !== 'object' || tenant === null || !('uid' in tenant)) return undefined
  return typeof tenant.uid === 'string' ? tenant.uid : undefined
}
