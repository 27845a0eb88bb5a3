import { onAws } from '../../../../operator/api/aws/aws-node-pool.ts'
import { expect, test } from 'vitest'
import { nodePoolSchema } from '../../../../operator/api/tenant/node-pool.ts'
import { amiTypeOf } from '../../../../programs/aws/machine-images.ts'

const amiType = (image: object, ...instanceTypes: string[]) =>
  amiTypeOf(
    onAws(nodePoolSchema.parse({ name: 'a', aws: { image, instanceTypes } })),
    'spec.nodePools[3]',
  )

test.for([
  ['AL2023', 'm6i.large', 'AL2023_x86_64_STANDARD'],
  ['AL2023', 'm7g.large', 'AL2023_ARM_64_STANDARD'],
  ['AL2023', 'c6gn.xlarge', 'AL2023_ARM_64_STANDARD'],
  ['AL2023', 'a1.large', 'AL2023_ARM_64_STANDARD'],
  ['AL2023', 'g5.xlarge', 'AL2023_x86_64_NVIDIA'],
  ['AL2023', 'g4dn.xlarge', 'AL2023_x86_64_NVIDIA'],
  ['AL2023', 'g5g.xlarge', 'AL2023_ARM_64_NVIDIA'],
  ['AL2023', 'trn1.2xlarge', 'AL2023_x86_64_NEURON'],
  ['Bottlerocket', 'm6i.large', 'BOTTLEROCKET_x86_64'],
  ['Bottlerocket', 'r8g.large', 'BOTTLEROCKET_ARM_64'],
  ['Bottlerocket', 'p5.48xlarge', 'BOTTLEROCKET_x86_64_NVIDIA'],
  ['Bottlerocket', 'inf2.xlarge', 'BOTTLEROCKET_x86_64'],
] as const)('%s on %s is %s', ([family, instanceType, expected]) => {
  expect(amiType({ family }, instanceType)).toBe(expected)
})

test('an own image has no type', () => {
  expect(amiType({ id: 'ami-0123456789abcdef0' }, 'm6i.large')).toBeUndefined()
})

test('refuses machines that no one image runs on, and names the field', () => {
  expect(() => amiType({ family: 'AL2023' }, 'm6i.large', 'm7g.large')).toThrow(
    'spec.nodePools[3].aws.instanceTypes: expected instance types of one architecture, got ["m6i.large","m7g.large"]',
  )
  expect(() => amiType({ family: 'AL2023' }, 'm6i.large', 'g5.xlarge')).toThrow(
    'of one kind of accelerator',
  )
})
