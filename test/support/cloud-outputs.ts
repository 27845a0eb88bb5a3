// What a cloud stack with a file system gives, for tests of what takes it.
import type { CloudOutputs } from '../../operator/api/tenant/stack.ts'

export const cloudOutputs = {
  clusterName: 'payments-0a1b2c3d',
  clusterArn: 'arn:aws:eks:eu-west-1:123456789012:cluster/payments-0a1b2c3d',
  endpoint: 'https://api.example',
  certificateAuthority: 'Q0E=',
  clusterSecurityGroupId: 'sg-cluster',
  vpcId: 'vpc-id',
  fileSystemId: 'fs-0123',
} satisfies CloudOutputs
