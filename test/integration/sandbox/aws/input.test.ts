// Texts that AWS refuses are refused by the double as well: labels, taints, tags, names and ranges.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CreateSecurityGroupCommand, CreateTagsCommand } from '@aws-sdk/client-ec2'
import {
  CreateNodegroupCommand,
  TagResourceCommand,
  UpdateClusterConfigCommand,
  UpdateNodegroupConfigCommand,
  type CreateNodegroupCommandInput,
} from '@aws-sdk/client-eks'
import { activeCluster, awsLab, network, refusal, role, type Lab } from './fixture.ts'

const clusterName = 'strict'
let lab: Lab
let group: CreateNodegroupCommandInput

beforeAll(async () => {
  lab = await awsLab()
  const { resourcesVpcConfig } = await activeCluster(lab, clusterName)
  const nodeRole = await role(lab, 'strict-nodes', 'ec2.amazonaws.com')
  const subnets = resourcesVpcConfig?.subnetIds
  group = { clusterName, nodegroupName: 'a', nodeRole, subnets }
})
afterAll(() => lab?.stop())

const refused = async (call: Promise<unknown>) => (await refusal(call)).name
const long = 'a'.repeat(64)

describe('a node group is refused with', () => {
  test.each<[string, Partial<CreateNodegroupCommandInput>]>([
    ['a blank in a label’s value', { labels: { a: 'a b' } }],
    ['an empty label value', { labels: { a: '' } }],
    ['a long label value', { labels: { a: long } }],
    ['a long label key', { labels: { [long]: 'a' } }],
    ['a label key of three parts', { labels: { 'a/b/c': 'a' } }],
    ['a reserved label', { labels: { 'x.kubernetes.io/a': 'a' } }],
    ['a blank in a taint’s key', { taints: [{ key: 'a b', effect: 'NO_SCHEDULE' }] }],
    ['a long taint key', { taints: [{ key: long, effect: 'NO_SCHEDULE' }] }],
    ['a comma in a taint’s value', { taints: [{ key: 'a', value: 'b,c', effect: 'NO_EXECUTE' }] }],
    [
      'a taint twice',
      {
        taints: ['x', 'y'].map((value) => ({ key: 'a', value, effect: 'NO_SCHEDULE' as const })),
      },
    ],
    ['a tag of AWS', { tags: { 'aws:x': 'a' } }],
    ['a long tag key', { tags: { ['a'.repeat(129)]: 'a' } }],
    ['too many tags', { tags: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`t${i}`, ''])) }], // prettier-ignore
  ])('%s', async (_, wrong) => {
    const call = lab.eks.send(new CreateNodegroupCommand({ ...group, ...wrong }))
    expect(await refused(call)).toBe('InvalidParameterException')
  })
})

test('changes are held to the same', async () => {
  await lab.eks.send(new CreateNodegroupCommand(group))
  const labels = { addOrUpdateLabels: { a: 'a b' } }
  const change = { clusterName, nodegroupName: 'a', labels }
  expect(await refused(lab.eks.send(new UpdateNodegroupConfigCommand(change)))).toBe(
    'InvalidParameterException',
  )
  const resourceArn = `arn:aws:eks:eu-west-1:123456789012:cluster/${clusterName}`
  const tags = { 'AWS:x': 'a' }
  expect(await refused(lab.eks.send(new TagResourceCommand({ resourceArn, tags })))).toBe(
    'InvalidParameterException',
  )
})

test.each(['10.0.0.0/8', '192.168.1.0/24', '169.254.0.0/16', '203.0.113.5/24'])(
  'the public endpoint takes no range %s',
  async (range) => {
    const resourcesVpcConfig = { publicAccessCidrs: [range] }
    const call = lab.eks.send(new UpdateClusterConfigCommand({ name: clusterName, resourcesVpcConfig })) // prettier-ignore
    expect(await refused(call)).toBe('InvalidParameterException')
  },
)

test('EC2 keeps names that begin with sg- for itself, and holds tags to their length', async () => {
  const { vpcId } = await network(lab, '10.30')
  const groupNamed = (GroupName: string) =>
    lab.ec2.send(new CreateSecurityGroupCommand({ GroupName, Description: 'x', VpcId: vpcId }))
  expect((await refusal(groupNamed('sg-1'))).message).toContain('may not be in the format sg-*')
  const tagged = (...Tags: { Key: string; Value: string }[]) =>
    lab.ec2.send(new CreateTagsCommand({ Resources: [vpcId], Tags }))
  expect(await refused(tagged({ Key: 'a'.repeat(128), Value: '' }))).toBe('InvalidParameterValue')
  expect(await refused(tagged({ Key: 'a', Value: 'b'.repeat(257) }))).toBe('InvalidParameterValue')
  expect(await refused(tagged({ Key: 'Aws:a', Value: '' }))).toBe('InvalidParameterValue')
  expect(await refused(tagged({ Key: 'a', Value: '' }, { Key: 'a', Value: 'b' }))).toBe(
    'InvalidParameterValue',
  )
})
