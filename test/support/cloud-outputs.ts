// What a cloud stack with a file system gives, for tests of what takes it.
import type { CloudOutputs } from '../../operator/api/tenant/stack.ts'

export const cloudOutputs = {
  clusterName: 'payments-0a1b2c3d',
  endpoint: 'https://api.example',
  certificateAuthority: 'Q0E=',
  account: '123456789012',
  sharedStorage: { server: 'fs-0123.efs.eu-west-1.amazonaws.com' },
} satisfies CloudOutputs
