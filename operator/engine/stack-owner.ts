// Whose stack is it: the uid of the tenant that last ran it, or of the tenant that its resources are tagged for.
import type { UpdateSummary } from '@pulumi/pulumi/automation/index.js'
import { OperationFault } from '../api/fault.ts'
import type { StackOperation } from './operation.ts'
import { tenantKey } from './work-dir.ts'

/** A namespace and name may come back with another uid while the old tenant's cloud is still there. */
export function refuseForeignStack(
  operation: StackOperation,
  found: { latest: UpdateSummary | undefined; deployment: unknown },
): void {
  const stored = uidOf(found)
  const { uid, namespace, name } = operation.tenant
  if (stored === undefined || stored === uid) return
  throw new OperationFault({
    code: 'StackNameClash',
    inputPath: 'metadata.name',
    value: name,
    message: `metadata.name: the stack ${operation.stack} belongs to another TenantCluster ${namespace}/${name}, with uid ${stored}.`,
    action: 'Destroy and remove that stack, or give this TenantCluster another name.',
    retryable: false,
  })
}

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
