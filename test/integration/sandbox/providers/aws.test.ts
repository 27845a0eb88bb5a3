// Every resource type of the aws double lives a whole life against the AWS double: created, read, changed, deleted.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { EngineProvider } from '../../../../operator/engine/embedded/providers/provider.ts'
import type { Props } from '../../../../operator/engine/embedded/values/props.ts'
import { type AwsDouble, startAws } from '../../../sandbox/aws/index.ts'
import { memoryBackend } from '../../../sandbox/aws/backends/memory-backend.ts'
import { awsProvider } from '../../../sandbox/providers/aws/provider.ts'
import { typeTokens } from '../../../sandbox/providers/aws/registry.ts'
import { Living } from './life-cycle.ts'

let root: string
let aws: AwsDouble
let provider: EngineProvider
const lived = new Set<string>()
const living: Living[] = []

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'providers-aws-'))
  aws = await startAws({ root, backend: memoryBackend(), speed: Infinity })
  provider = awsProvider({
    env: { AWS_REGION: 'eu-central-1', CRATEKUBE_POLL_MS: '20' },
  })
  await provider.configure?.({
    region: 'eu-central-1',
    accessKey: aws.credentials.accessKeyId,
    secretKey: aws.credentials.secretAccessKey,
    defaultTags: JSON.stringify({ tags: { owner: 'test' } }),
    endpoints: JSON.stringify([
      Object.fromEntries(services.map((service) => [service, aws.endpoint])),
    ]),
  })
})
afterAll(async () => {
  await aws?.stop()
  await rm(root, { recursive: true, force: true })
})

const services = ['ec2', 'iam', 'eks', 'efs', 'kms', 'cloudwatchlogs', 'sts', 'ssm']

async function make(type: string, name: string, inputs: Props): Promise<Living> {
  const made = await new Living(provider, type, name).create(inputs)
  lived.add(type)
  living.push(made)
  return made
}

const trust = (service: string) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: ['sts:AssumeRole', 'sts:TagSession'] }],
}) // prettier-ignore
const allow = (action: string) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }] }) // prettier-ignore

async function network() {
  const vpc = await make('aws:ec2/vpc:Vpc', 'net', { cidrBlock: '10.0.0.0/16', enableDnsHostnames: true, tags: { Name: 'net' } }) // prettier-ignore
  expect(vpc.outputs).toMatchObject({ enableDnsHostnames: true, tags: { Name: 'net' }, tagsAll: { Name: 'net', owner: 'test' } }) // prettier-ignore
  expect(await vpc.update({ enableDnsHostnames: false, tags: { Name: 'other' } })).toEqual(['enableDnsHostnames', 'tags', 'tagsAll']) // prettier-ignore
  const subnets: Living[] = []
  for (const [at, zone] of ['eu-central-1a', 'eu-central-1b'].entries())
    subnets.push(await make('aws:ec2/subnet:Subnet', zone, { vpcId: vpc.id, cidrBlock: `10.0.${at}.0/24`, availabilityZone: zone })) // prettier-ignore
  const [first = vpc] = subnets
  await first.update({ mapPublicIpOnLaunch: true })
  const gateway = await make('aws:ec2/internetGateway:InternetGateway', 'igw', { vpcId: vpc.id })
  const eip = await make('aws:ec2/eip:Eip', 'eip', { domain: 'vpc' })
  const nat = await make('aws:ec2/natGateway:NatGateway', 'nat', { subnetId: first.id, allocationId: eip.id }) // prettier-ignore
  expect(nat.outputs['publicIp']).toBe(eip.outputs['publicIp'])
  const table = await make('aws:ec2/routeTable:RouteTable', 'rt', { vpcId: vpc.id })
  const route = await make('aws:ec2/route:Route', 'r', { routeTableId: table.id, destinationCidrBlock: '0.0.0.0/0', gatewayId: gateway.id }) // prettier-ignore
  expect(route.id).toBe(`r-${table.id}1080289494`)
  await route.update({ gatewayId: undefined, natGatewayId: nat.id })
  await make('aws:ec2/routeTableAssociation:RouteTableAssociation', 'a', { routeTableId: table.id, subnetId: first.id }) // prettier-ignore
  await make('aws:ec2/vpcEndpoint:VpcEndpoint', 's3', { vpcId: vpc.id, serviceName: 'com.amazonaws.eu-central-1.s3', routeTableIds: [table.id] }) // prettier-ignore
  return { vpc, subnets: subnets.map(({ id }) => id) }
}

async function roles() {
  const made: Living[] = []
  for (const service of ['eks', 'ec2', 'pods.eks'])
    made.push(await make('aws:iam/role:Role', service.replace('.', '-'), { assumeRolePolicy: trust(`${service}.amazonaws.com`), path: '/cratekube/x/' })) // prettier-ignore
  const [cluster, node, pod] = made
  if (!cluster || !node || !pod) throw new Error('three roles')
  expect(cluster.outputs).not.toHaveProperty('region')
  await cluster.update({ description: 'of the cluster', maxSessionDuration: 7200 })
  for (const [role, policy] of [[cluster, 'AmazonEKSClusterPolicy'], [node, 'AmazonEKSWorkerNodePolicy'], [node, 'AmazonEC2ContainerRegistryPullOnly']] as const) // prettier-ignore
    await make('aws:iam/rolePolicyAttachment:RolePolicyAttachment', policy, { role: role.id, policyArn: `arn:aws:iam::aws:policy/${policy}` }) // prettier-ignore
  const inline = await make('aws:iam/rolePolicy:RolePolicy', 'inline', { role: pod.id, policy: allow('s3:*') }) // prettier-ignore
  await inline.update({ policy: allow('ec2:*') })
  const policy = await make('aws:iam/policy:Policy', 'policy', { policy: allow('s3:*') })
  await policy.update({ policy: allow('ec2:*') })
  const arn = (role: Living) => String(role.outputs['arn'])
  return { cluster: arn(cluster), node: arn(node), pod: arn(pod) }
}

test('every type is created, read, changed in place and deleted', async () => {
  const { vpc, subnets } = await network()
  const arns = await roles()
  await make('aws:ec2/defaultSecurityGroup:DefaultSecurityGroup', 'default', { vpcId: vpc.id })
  const group = await make('aws:ec2/securityGroup:SecurityGroup', 'nfs', { vpcId: vpc.id })
  expect(group.outputs).toMatchObject({ egress: [], description: 'Managed by Pulumi' })
  const ingress = await make('aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule', 'in', { securityGroupId: group.id, cidrIpv4: '10.0.0.0/8', ipProtocol: 'tcp', fromPort: 2049, toPort: 2049 }) // prettier-ignore
  await ingress.update({ toPort: 2050 })
  const egress = await make('aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule', 'out', { securityGroupId: group.id, cidrIpv4: '0.0.0.0/0', ipProtocol: '-1' }) // prettier-ignore
  await egress.update({ cidrIpv4: '10.0.0.0/8' })
  const logs = await make('aws:cloudwatch/logGroup:LogGroup', 'logs', { name: '/aws/eks/t1/cluster', retentionInDays: 30 }) // prettier-ignore
  await logs.update({ retentionInDays: 7, tags: { a: 'b' } })
  const key = await make('aws:kms/key:Key', 'key', { enableKeyRotation: true, deletionWindowInDays: 7 }) // prettier-ignore
  await make('aws:kms/alias:Alias', 'alias', { targetKeyId: key.outputs['arn'] })
  await make('aws:ec2/flowLog:FlowLog', 'flow', { vpcId: vpc.id, trafficType: 'ALL', logDestination: logs.outputs['arn'], iamRoleArn: arns.pod }) // prettier-ignore

  const vpcConfig = { subnetIds: subnets, endpointPrivateAccess: true, endpointPublicAccess: true, publicAccessCidrs: ['0.0.0.0/0'] } // prettier-ignore
  const cluster = await make('aws:eks/cluster:Cluster', 'cluster', { name: 't1', roleArn: arns.cluster, version: '1.35', vpcConfig, accessConfig: { authenticationMode: 'API', bootstrapClusterCreatorAdminPermissions: true }, bootstrapSelfManagedAddons: false, enabledClusterLogTypes: ['api'], upgradePolicy: { supportType: 'STANDARD' } }) // prettier-ignore
  expect(cluster.id).toBe('t1')
  aws.calls.clear()
  await cluster.update({ version: '1.36', enabledClusterLogTypes: ['audit'], vpcConfig: { ...vpcConfig, publicAccessCidrs: ['203.0.113.0/24'] }, tags: { a: 'b' } }) // prettier-ignore
  expect(cluster.outputs).toMatchObject({ version: '1.36', enabledClusterLogTypes: ['audit'], status: 'ACTIVE' }) // prettier-ignore
  const updates = aws.calls.list({ service: 'eks', mutating: true }).map((call) => call.operation)
  expect(updates.filter((operation) => operation.startsWith('Update'))).toEqual([
    'UpdateClusterVersion',
    'UpdateClusterConfig',
    'UpdateClusterConfig',
  ])
  const addon = await make('aws:eks/addon:Addon', 'cni', { clusterName: 't1', addonName: 'vpc-cni', resolveConflictsOnCreate: 'OVERWRITE', podIdentityAssociations: [{ serviceAccount: 'aws-node', roleArn: arns.pod }] }) // prettier-ignore
  await addon.update({ configurationValues: '{"env":{"A":"b"}}' })
  const template = await make('aws:ec2/launchTemplate:LaunchTemplate', 'pool', { metadataOptions: { httpTokens: 'required', httpPutResponseHopLimit: 1, httpEndpoint: 'enabled' }, blockDeviceMappings: [{ deviceName: '/dev/xvda', ebs: { volumeSize: 20, volumeType: 'gp3', encrypted: 'true' } }], tagSpecifications: [{ resourceType: 'instance', tags: { a: 'b' } }], updateDefaultVersion: true }) // prettier-ignore
  await template.update({ monitoring: { enabled: true } })
  expect(template.outputs).toMatchObject({ latestVersion: 2, defaultVersion: 2 })
  await template.update({ tagSpecifications: [{ resourceType: 'instance', tags: { a: 'b', c: 'd' } }] }) // prettier-ignore
  expect(await template.update({ tagSpecifications: [{ resourceType: 'instance', tags: { a: 'b' } }] })).toEqual(['tagSpecifications']) // prettier-ignore
  await template.update({ tags: { x: '1', y: '2' } })
  expect(await template.update({ tags: { x: '1' } })).toEqual(['tags', 'tagsAll'])
  expect(template.outputs).toMatchObject({ tags: { x: '1' }, tagSpecifications: [{ resourceType: 'instance', tags: { a: 'b' } }] }) // prettier-ignore
  const pool = await make('aws:eks/nodeGroup:NodeGroup', 'pool', { clusterName: 't1', nodeGroupName: 'p1', nodeRoleArn: arns.node, subnetIds: subnets, scalingConfig: { minSize: 1, desiredSize: 1, maxSize: 2 }, instanceTypes: ['t3.medium'], version: '1.36', launchTemplate: { id: template.id, version: '1' }, labels: { a: 'b' }, taints: [{ key: 'k', value: 'v', effect: 'NO_SCHEDULE' }] }) // prettier-ignore
  expect(pool.id).toBe('t1:p1')
  await pool.update({ labels: { c: 'd' }, taints: [], scalingConfig: { minSize: 1, desiredSize: 2, maxSize: 3 }, launchTemplate: { id: template.id, version: '2' } }) // prettier-ignore
  expect(pool.outputs).toMatchObject({ labels: { c: 'd' }, taints: [] })
  await pool.update({ labels: { c: 'd', e: 'f' } })
  expect(await pool.update({ labels: { c: 'd' } })).toEqual(['labels'])
  expect(pool.outputs['labels']).toEqual({ c: 'd' })
  expect(await pool.update({ labels: undefined })).toEqual(['labels'])
  expect(pool.outputs['labels']).toEqual({})
  const entry = await make('aws:eks/accessEntry:AccessEntry', 'entry', { clusterName: 't1', principalArn: arns.pod, kubernetesGroups: ['x'] }) // prettier-ignore
  await entry.update({ kubernetesGroups: ['y'] })
  await make('aws:eks/accessPolicyAssociation:AccessPolicyAssociation', 'view', { clusterName: 't1', principalArn: arns.pod, policyArn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy', accessScope: { type: 'namespace', namespaces: ['web'] } }) // prettier-ignore
  const identity = await make('aws:eks/podIdentityAssociation:PodIdentityAssociation', 'pod', { clusterName: 't1', namespace: 'kube-system', serviceAccount: 'x', roleArn: arns.pod }) // prettier-ignore
  await identity.update({ roleArn: arns.cluster })

  const files = await make('aws:efs/fileSystem:FileSystem', 'files', { encrypted: true, throughputMode: 'elastic', lifecyclePolicies: [{ transitionToIa: 'AFTER_30_DAYS' }] }) // prettier-ignore
  await make('aws:efs/mountTarget:MountTarget', 'target', { fileSystemId: files.id, subnetId: subnets[0], securityGroups: [group.id] }) // prettier-ignore
  await make('aws:efs/accessPoint:AccessPoint', 'point', { fileSystemId: files.id, posixUser: { uid: 1000, gid: 1000 }, rootDirectory: { path: '/x', creationInfo: { ownerUid: 1000, ownerGid: 1000, permissions: '755' } } }) // prettier-ignore
  await make('aws:efs/fileSystemPolicy:FileSystemPolicy', 'tls', { fileSystemId: files.id, policy: JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Deny', Principal: '*', Action: '*', Resource: '*' }] }) }) // prettier-ignore
  await make('aws:efs/backupPolicy:BackupPolicy', 'backup', { fileSystemId: files.id, backupPolicy: { status: 'ENABLED' } }) // prettier-ignore

  expect([...lived].toSorted()).toEqual(typeTokens.toSorted())
  const adopted = 'aws:ec2/defaultSecurityGroup:DefaultSecurityGroup'
  for (const resource of living.toReversed()) if (!resource.urn.includes(adopted)) await resource.remove()
}) // prettier-ignore

test('the functions answer in the real ones’ shape', async () => {
  const invoke = async (token: string, args: Props = {}) =>
    (await provider.invoke?.(token, args))?.outputs
  expect(await invoke('aws:index/getPartition:getPartition')).toMatchObject({ partition: 'aws' })
  expect(await invoke('aws:index/getRegion:getRegion')).toMatchObject({ region: 'eu-central-1' })
  expect(await invoke('aws:index/getCallerIdentity:getCallerIdentity')).toMatchObject({ accountId: '123456789012' }) // prettier-ignore
  const zones = await invoke('aws:index/getAvailabilityZones:getAvailabilityZones', { state: 'available' }) // prettier-ignore
  expect(zones?.['names']).toContain('eu-central-1a')
  const addon = await invoke('aws:eks/getAddonVersion:getAddonVersion', { addonName: 'coredns', kubernetesVersion: '1.36' }) // prettier-ignore
  expect(addon?.['version']).toMatch(/^v\d/)
  const image = await invoke('aws:ssm/getParameter:getParameter', { name: '/aws/service/eks/optimized-ami/1.36/amazon-linux-2023/x86_64/standard/recommended/image_id' }) // prettier-ignore
  expect(image?.['value']).toMatch(/^ami-/)
  const service = await invoke('aws:ec2/getVpcEndpointService:getVpcEndpointService', { serviceName: 'com.amazonaws.eu-central-1.eks-auth', serviceType: 'Interface' }) // prettier-ignore
  expect(service).toMatchObject({ serviceType: 'Interface', availabilityZones: expect.arrayContaining(['eu-central-1a']) }) // prettier-ignore
  await expect(invoke('aws:ec2/getVpc:getVpc')).rejects.toThrow('aws:ec2/getVpc:getVpc')
})

test('an error says what was done to whom, in the words of the real provider', async () => {
  const urn = 'urn:pulumi:dev::test::aws:ec2/subnet:Subnet::lost'
  const call = provider.create?.(urn, { vpcId: 'vpc-0123', cidrBlock: '10.0.0.0/24' }, { timeoutSeconds: 5, preview: false }) // prettier-ignore
  await expect(call).rejects.toThrow(
    /creating EC2 Subnet \(lost\): operation error EC2: CreateSubnet, https response error StatusCode: 400, RequestID: .*, api error InvalidVpcID.NotFound/,
  )
})

test('wrong credentials fail at configure', async () => {
  const other = awsProvider({ env: { AWS_REGION: 'eu-central-1' } })
  const call = other.configure?.({
    accessKey: 'AKIAWRONGWRONGWRONG0',
    secretKey: 'wrong',
    endpoints: JSON.stringify([{ sts: aws.endpoint }]),
  })
  await expect(call).rejects.toThrow('unable to validate AWS credentials')
})
