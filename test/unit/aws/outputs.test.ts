// What is read from the outputs of cloud stacks, of this release and of the one before.
import { expect, test } from 'vitest'
import { outputsOf } from '../../../operator/aws/outputs.ts'
import { cloudOutputsSchema } from '../../../operator/api/tenant/stack.ts'
import { tenantInput } from '../../support/tenant-input.ts'

const arn = 'arn:aws:eks:eu-west-1:123456789012:cluster/c'
const common = { clusterName: 'c', endpoint: 'https://e', certificateAuthority: 'Q0E=' }
const facts = { clusterArn: arn, clusterSecurityGroupId: 'sg-1', vpcId: 'vpc-1' }
const now = {
  ...common,
  account: '123456789012',
  facts,
  sharedStorage: { server: 'fs-1.efs.eu-west-1.amazonaws.com' },
}

test.each([
  ['of this release', now],
  ['of an earlier release', { ...common, ...facts, fileSystemId: 'fs-1' }],
])('outputs %s say the same', (_, recorded) => {
  expect(cloudOutputsSchema.parse(outputsOf(tenantInput(), recorded))).toEqual(now)
})

test('a stack without a file system has none, whichever release made it', () => {
  const { sharedStorage: _, ...without } = now
  for (const recorded of [without, { ...common, ...facts }])
    expect(cloudOutputsSchema.parse(outputsOf(tenantInput(), recorded))).toEqual(without)
})

test('a stack that was never finished gives nothing', () => {
  expect(cloudOutputsSchema.safeParse(outputsOf(tenantInput(), {})).success).toBe(false)
})
