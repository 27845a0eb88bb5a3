// The outputs of a cloud stack on AWS as they are now: those of a stack that an earlier release brought up last have its names. Pure.
import { awsOf } from '../api/aws/aws-of.ts'
import { accountOf, fileSystemServer } from '../api/aws/names.ts'
import type { TenantInput } from '../api/tenant/stack.ts'

export function outputsOf(
  { spec }: TenantInput,
  recorded: Record<string, unknown>,
): Record<string, unknown> {
  const { clusterArn, clusterSecurityGroupId, vpcId, fileSystemId, ...outputs } = recorded
  if (typeof clusterArn !== 'string') return recorded
  const account = accountOf(clusterArn)
  return {
    ...outputs,
    facts: { clusterArn, clusterSecurityGroupId, vpcId },
    ...(account !== undefined && { account }),
    ...(typeof fileSystemId === 'string' && {
      sharedStorage: { server: fileSystemServer(fileSystemId, awsOf(spec).region) },
    }),
  }
}
