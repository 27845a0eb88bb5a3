// Check and Diff of the aws double: names, tags, what forces a replacement. No AWS is called.
import { describe, expect, test } from 'vitest'
import { checkInputs, diffInputs } from '../../../sandbox/providers/aws/check.ts'
import { typeOf, typeTokens } from '../../../sandbox/providers/aws/registry.ts'
import { secret } from '../../../sandbox/providers/values.ts'
import { unknownValue } from '../../../../operator/engine/embedded/values/values.ts'

const urn = (type: string, name: string) =>
  `urn:pulumi:dev::test::cratekube:aws:Network$${type}::${name}`
const role = 'aws:iam/role:Role'
const cluster = 'aws:eks/cluster:Cluster'

async function check(
  type: string,
  news: Record<string, unknown>,
  o: { olds?: Record<string, unknown>; defaultTags?: Record<string, string> } = {},
) {
  const { olds = {}, defaultTags = {} } = o
  return checkInputs(await typeOf(type), { urn: urn(type, 'x'), olds, news, defaultTags })
}

async function diff(type: string, outputs: Record<string, unknown>, news: Record<string, unknown>, oldInputs = outputs) {
  return diffInputs(await typeOf(type), { outputs, oldInputs, news, ignoreChanges: [] })
} // prettier-ignore

test('every registered type is defined by the file that is named for it', async () => {
  const labels = await Promise.all(typeTokens.map(async (token) => (await typeOf(token)).label))
  expect(new Set(labels).size).toBe(33)
})

test('an unknown type is refused by its name', async () => {
  await expect(typeOf('aws:s3/bucket:Bucket')).rejects.toThrow('aws:s3/bucket:Bucket')
})

describe('check', () => {
  test('refuses an input that the double does not carry out', async () => {
    const { failures } = await check('aws:ec2/vpc:Vpc', { cidrBlock: '10.0.0.0/16', ipv4IpamPoolId: 'p' })
    expect(failures).toEqual([expect.objectContaining({ property: 'ipv4IpamPoolId' })])
  })

  test('names a resource after itself and keeps that name', async () => {
    const { inputs } = await check(role, { assumeRolePolicy: '{}' })
    expect(inputs['name']).toMatch(/^x-[0-9a-f]{7}$/)
    const again = await check(role, { assumeRolePolicy: '{}' }, { olds: inputs })
    expect(again.inputs['name']).toBe(inputs['name'])
  })

  test('cuts an automatic name to what AWS takes', async () => {
    const type = await typeOf(role)
    const long = 'r'.repeat(90)
    const { inputs } = checkInputs(type, { urn: urn(role, long), olds: {}, news: {}, defaultTags: {} })
    expect(inputs['name']).toHaveLength(64)
  })

  test('lays the own tags over the default ones', async () => {
    const { inputs } = await check('aws:ec2/vpc:Vpc', { tags: { a: '1', b: '2' } }, { defaultTags: { b: '0', c: '3' } })
    expect(inputs['tags']).toEqual({ a: '1', b: '2' })
    expect(inputs['tagsAll']).toEqual({ a: '1', b: '2', c: '3' })
  })

  test('keeps unknown tags unknown', async () => {
    const { inputs } = await check('aws:ec2/vpc:Vpc', { tags: unknownValue }, { defaultTags: { c: '3' } })
    expect(inputs['tagsAll']).toBe(unknownValue)
  })

  test('turns a policy given as an object into text', async () => {
    const { inputs } = await check(role, { assumeRolePolicy: { Version: '2012-10-17' } })
    expect(inputs['assumeRolePolicy']).toBe('{"Version":"2012-10-17"}')
  })
}) // prettier-ignore

describe('diff', () => {
  const node = 'aws:eks/nodeGroup:NodeGroup'

  test.each([
    ['aws:ec2/vpc:Vpc', { cidrBlock: '10.0.0.0/16' }, { cidrBlock: '10.1.0.0/16' }, ['cidrBlock']],
    ['aws:ec2/subnet:Subnet', { availabilityZone: 'a' }, { availabilityZone: 'b' }, ['availabilityZone']],
    ['aws:ec2/natGateway:NatGateway', { subnetId: 'a' }, { subnetId: 'b' }, ['subnetId']],
    ['aws:ec2/route:Route', { gatewayId: 'igw-1' }, { natGatewayId: 'nat-1' }, []],
    ['aws:iam/role:Role', { path: '/' }, { path: '/cratekube/' }, ['path']],
    ['aws:iam/role:Role', { description: 'a' }, { description: 'b' }, []],
    [cluster, { version: '1.35' }, { version: '1.36' }, []],
    [cluster, { roleArn: 'a' }, { roleArn: 'b' }, ['roleArn']],
    [cluster, { kubernetesNetworkConfig: { serviceIpv4Cidr: 'a' } }, { kubernetesNetworkConfig: { serviceIpv4Cidr: 'b' } }, ['kubernetesNetworkConfig']],
    [cluster, { accessConfig: { authenticationMode: 'API_AND_CONFIG_MAP', bootstrapClusterCreatorAdminPermissions: true } }, { accessConfig: { authenticationMode: 'API', bootstrapClusterCreatorAdminPermissions: true } }, []],
    [cluster, { accessConfig: { bootstrapClusterCreatorAdminPermissions: true } }, { accessConfig: { bootstrapClusterCreatorAdminPermissions: false } }, ['accessConfig']],
    [node, { instanceTypes: ['t3.large'] }, { instanceTypes: ['t3.xlarge'] }, ['instanceTypes']],
    [node, { scalingConfig: { minSize: 1, desiredSize: 1, maxSize: 1 } }, { scalingConfig: { minSize: 1, desiredSize: 2, maxSize: 2 } }, []],
    [node, { launchTemplate: { id: 'lt-1', version: '1' } }, { launchTemplate: { id: 'lt-1', version: '2' } }, []],
    [node, { launchTemplate: { id: 'lt-1', version: '1' } }, { launchTemplate: { id: 'lt-2', version: '1' } }, ['launchTemplate']],
    ['aws:eks/addon:Addon', { addonVersion: 'v1' }, { addonVersion: 'v2' }, []],
    ['aws:efs/fileSystem:FileSystem', { encrypted: false }, { encrypted: true }, ['encrypted']],
    ['aws:efs/mountTarget:MountTarget', { securityGroups: ['a'] }, { securityGroups: ['b'] }, []],
    ['aws:kms/key:Key', { enableKeyRotation: false }, { enableKeyRotation: true }, []],
  ])('%s %o -> %o replaces %o', async (type, before, after, replaces) => {
    const found = await diff(type, before, after)
    expect(found.changes).toBe(true)
    expect(found.replaces).toEqual(replaces)
  })

  test('an unknown value of an immutable input replaces, as the real provider plans it', async () => {
    const found = await diff('aws:ec2/subnet:Subnet', { vpcId: 'vpc-1' }, { vpcId: unknownValue })
    expect(found.replaces).toEqual(['vpcId'])
  })

  test('what the service adds to a nested value is no change', async () => {
    const news = { vpcConfig: { subnetIds: ['b', 'a'], endpointPublicAccess: true } }
    const outputs = { vpcConfig: { subnetIds: ['a', 'b'], endpointPublicAccess: true, vpcId: 'vpc-1' } }
    expect((await diff(cluster, outputs, news, news)).changes).toBe(false)
  })

  test('a secret value equal to the plain one in the state is no change', async () => {
    const found = await diff('aws:kms/key:Key', { description: 'd' }, { description: secret('d') })
    expect(found.changes).toBe(false)
  })

  test('formatting of a policy is no change', async () => {
    const found = await diff(role, { assumeRolePolicy: '{"b":1,"a":2}' }, { assumeRolePolicy: '{ "a": 2, "b": 1 }' })
    expect(found.changes).toBe(false)
  })

  test('a computed input that the program leaves out keeps what AWS chose', async () => {
    expect((await diff(node, { diskSize: 20 }, {})).changes).toBe(false)
    expect((await diff(node, { labels: { a: 'b' } }, {})).diffs).toEqual(['labels'])
  })

  test('a resource that keeps its fixed name is deleted first', async () => {
    const before = { name: 'one', roleArn: 'a' }
    expect((await diff(cluster, before, { name: 'one', roleArn: 'b' })).deleteBeforeReplace).toBe(true)
    expect((await diff(cluster, before, { name: 'two', roleArn: 'b' })).deleteBeforeReplace).toBe(false)
  })

  test('a node group whose creation failed for good is made anew', async () => {
    const outputs = { nodeGroupName: 'p', status: 'CREATE_FAILED' }
    const found = await diff(node, outputs, { nodeGroupName: 'p' })
    expect(found.replaces).toEqual(['status'])
    expect(found.deleteBeforeReplace).toBe(true)
  })

  test('drift of tags shows, ignored tags do not', async () => {
    const type = await typeOf('aws:ec2/vpc:Vpc')
    const o = { outputs: { tagsAll: { a: '1' } }, oldInputs: {}, news: { tagsAll: { a: '2' } } }
    expect(diffInputs(type, { ...o, ignoreChanges: [] }).diffs).toEqual(['tags', 'tagsAll'])
    expect(diffInputs(type, { ...o, ignoreChanges: ['tags'] }).changes).toBe(false)
  })
}) // prettier-ignore
