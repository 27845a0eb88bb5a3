// IAM's evaluation, and what the policy of the guide allows and refuses by it.
import { expect, test } from 'vitest'
import { allows, policySchema } from '../../../../sandbox/aws/iam/evaluate.ts'
import { guidePolicy } from '../../../../support/aws-policy.ts'

const policy = (...statements: object[]) =>
  policySchema.parse({ Version: '2012-10-17', Statement: statements })
const allow = { Effect: 'Allow', Action: 'ec2:Delete*', Resource: 'arn:aws:ec2:*:*:vpc/*' }
const vpc = { action: 'ec2:DeleteVpc', resource: 'arn:aws:ec2:eu-west-1:1:vpc/vpc-1', context: {} }
const ours = { 'aws:ResourceTag/cratekube.io/uid': 'u' }

test('what no statement allows is denied, and a Deny wins', () => {
  expect(allows(policy(), vpc)).toBe(false)
  expect(allows(policy(allow), vpc)).toBe(true)
  expect(allows(policy(allow), { ...vpc, action: 'ec2:CreateVpc' })).toBe(false)
  expect(allows(policy(allow), { ...vpc, resource: 'arn:aws:ec2:eu-west-1:1:subnet/s' })).toBe(
    false,
  )
  expect(allows(policy(allow, { ...allow, Effect: 'Deny' }), vpc)).toBe(false)
})

test('a condition on what the request has not does not hold, but for Null', () => {
  const when = (Condition: object) => policy({ ...allow, Condition })
  expect(allows(when({ StringEquals: { 'aws:x': 'u' } }), vpc)).toBe(false)
  expect(
    allows(when({ StringLike: { 'aws:x': 'u*' } }), { ...vpc, context: { 'aws:x': 'uv' } }),
  ).toBe(true)
  expect(allows(when({ Null: { 'aws:x': 'true' } }), vpc)).toBe(true)
  expect(allows(when({ Null: { 'aws:x': 'false' } }), vpc)).toBe(false)
  expect(() => when({ DateLessThan: { 'aws:x': 'u' } })).toThrow()
})

test.for([
  'ec2:DeleteVpc',
  'ec2:DeleteSubnet',
  'ec2:TerminateInstances',
  'ec2:ReleaseAddress',
  'ec2:DeleteTags',
  'ec2:DeleteNatGateway',
])('the guide lets %s be done to what is tagged as a tenant’s only', (action) => {
  expect(allows(guidePolicy, { ...vpc, action })).toBe(false)
  expect(allows(guidePolicy, { ...vpc, action, context: ours })).toBe(true)
})

test('nothing of others can be tagged as a tenant’s, to be destroyed then', () => {
  const tag = { 'aws:RequestTag/cratekube.io/uid': 'u' }
  expect(allows(guidePolicy, { ...vpc, action: 'ec2:CreateTags', context: tag })).toBe(false)
})

test('roles are handed to EKS and EC2 alone, and grants to AWS alone', () => {
  const role = { action: 'iam:PassRole', resource: 'arn:aws:iam::1:role/cratekube/u/nodes' }
  const to = (service: string) => ({ ...role, context: { 'iam:PassedToService': service } })
  expect(allows(guidePolicy, to('eks.amazonaws.com'))).toBe(true)
  expect(allows(guidePolicy, to('lambda.amazonaws.com'))).toBe(false)
  expect(allows(guidePolicy, { ...role, context: {} })).toBe(false)
  const grant = { action: 'kms:CreateGrant', resource: 'arn:aws:kms:eu-west-1:1:key/k' }
  const via = { 'kms:ViaService': 'ec2.eu-west-1.amazonaws.com' }
  expect(allows(guidePolicy, { ...grant, context: via })).toBe(false)
  const forAws = { ...via, 'kms:GrantIsForAWSResource': 'true' }
  expect(allows(guidePolicy, { ...grant, context: forAws })).toBe(true)
})

test('the roles of AWS itself are made for the services that a tenant uses', () => {
  const resource = 'arn:aws:iam::1:role/aws-service-role/x/y'
  const made = (service: string) => ({
    action: 'iam:CreateServiceLinkedRole',
    resource,
    context: { 'iam:AWSServiceName': service },
  })
  expect(allows(guidePolicy, made('spot.amazonaws.com'))).toBe(true)
  expect(allows(guidePolicy, made('organizations.amazonaws.com'))).toBe(false)
})
