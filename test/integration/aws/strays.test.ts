// What ran in a cluster leaves load balancers, interfaces and groups in its network, which then cannot go.
import {
  CreateNetworkInterfaceCommand,
  CreateSecurityGroupCommand,
  CreateTagsCommand,
  DeleteVpcCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DeleteNetworkInterfaceCommand,
  DeleteSubnetCommand,
  DescribeNetworkInterfacesCommand,
} from '@aws-sdk/client-ec2'
import { CreateMountTargetCommand, DescribeMountTargetsCommand } from '@aws-sdk/client-efs'
import {
  DeleteClusterCommand,
  DeleteNodegroupCommand,
  DescribeClusterCommand,
  ListNodegroupsCommand,
} from '@aws-sdk/client-eks'
import { CreateLoadBalancerCommand as CreateClassicCommand } from '@aws-sdk/client-elastic-load-balancing'
import {
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { awsClients } from '../../../operator/aws/access/clients.ts'
import { removeStrays, sweep } from '../../../operator/aws/cleanup/sweep.ts'
import { guidePolicy } from '../../support/aws-policy.ts'
import { tenantInput } from '../../support/tenant-input.ts'
import { eventually, gone, refusal, region } from '../sandbox/aws/fixture.ts'
import { environment, fill } from './account.ts'
import { cloudLab, type CloudLab } from './cloud-lab.ts'

const tenant = tenantInput({
  aws: { vpc: { natGateways: 'None' } },
  autofs: { maps: [{ name: 'home', source: 'EFS' }] },
})
const name = 'payments-0a1b2c3d'
let lab: CloudLab
let subnetId: string
let fileSystemId: string

beforeAll(async () => {
  // What is made, swept and removed is under the very policy that the guide gives.
  lab = await cloudLab()
  for (const [key, value] of Object.entries(environment(lab, lab.caller))) vi.stubEnv(key, value)
  const { made } = await fill(tenant)
  const idOf = (type: string, of: string) =>
    made.find((m) => m.type === type && m.name === of)?.id ?? ''
  subnetId = idOf('aws:ec2/subnet:Subnet', 'private-0')
  fileSystemId = idOf('aws:efs/fileSystem:FileSystem', 'file-system')
  await balance('payments', { vpcId: idOf('aws:ec2/vpc:Vpc', 'vpc'), subnetId })
  await balance('others', await foreignNetwork())
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await lab?.[Symbol.asyncDispose]()
})

async function foreignNetwork() {
  const { Vpc } = await lab.ec2.send(new CreateVpcCommand({ CidrBlock: '10.77.0.0/16' }))
  const vpcId = Vpc?.VpcId ?? ''
  const { Subnet } = await lab.ec2.send(
    new CreateSubnetCommand({ VpcId: vpcId, CidrBlock: '10.77.0.0/24' }),
  )
  return { vpcId, subnetId: Subnet?.SubnetId ?? '' }
}

/** As the controllers of a cluster do: load balancers of both APIs, with a group and an interface nobody gave back. */
async function balance(owner: string, o: { vpcId: string; subnetId: string }) {
  const Listeners = [{ Protocol: 'TCP', LoadBalancerPort: 80, InstancePort: 30080 }]
  const Subnets = [o.subnetId]
  const classic = { LoadBalancerName: `${owner}-classic`, Listeners, Subnets }
  await lab.classicBalancing.send(new CreateClassicCommand(classic))
  const network = { Name: `${owner}-network`, Type: 'network' as const, Subnets }
  await lab.balancing.send(new CreateLoadBalancerCommand(network))
  const group = { Name: `${owner}-targets`, VpcId: o.vpcId, Protocol: 'TCP' as const, Port: 80 }
  await lab.balancing.send(new CreateTargetGroupCommand(group))
  const GroupName = `k8s-elb-${owner}`
  await lab.ec2.send(
    new CreateSecurityGroupCommand({ VpcId: o.vpcId, GroupName, Description: GroupName }),
  )
  await lab.ec2.send(
    new CreateNetworkInterfaceCommand({ SubnetId: o.subnetId, Description: owner }),
  )
}

const strayTypes = /load-balancer|target-group|k8s-elb|network-interface/
const left = async () =>
  (await sweep(tenant, lab.asCaller, { delete: false })).map(({ type }) => type).filter(isStray)
const isStray = (type: string) => strayTypes.test(type)
const described = async (description: string) =>
  (await lab.ec2.send(new DescribeNetworkInterfacesCommand({}))).NetworkInterfaces?.filter((eni) =>
    eni.Description?.includes(description),
  ) ?? []
const balancers = ['elb:classic-load-balancer', 'elb:load-balancer', 'elb:target-group']

test('are listed with the rest of the tenant’s', async () => {
  expect(await left()).toEqual(expect.arrayContaining([...balancers, 'ec2:network-interface']))
})

test('hold up the subnets, and the interfaces of load balancers cannot be taken away', async () => {
  const remove = lab.ec2.send(new DeleteSubnetCommand({ SubnetId: subnetId }))
  expect((await refusal(remove)).name).toBe('DependencyViolation')
  const [eni] = await described('ELB payments-classic')
  const NetworkInterfaceId = eni?.NetworkInterfaceId
  const take = lab.ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId }))
  expect((await refusal(take)).name).toBe('InvalidParameterValue')
})

test('of a cluster that lives are left but for its load balancers', async () => {
  await removeStrays(tenant, lab.asCaller)
  expect((await left()).filter((type) => balancers.includes(type))).toEqual([])
  expect(await described('payments-network')).toEqual([])
  expect(await described('payments')).toHaveLength(1 + 2) // the stray one, and those of the cluster itself
})

test('are all gone when the cluster is, and nothing else', async () => {
  const { nodegroups = [] } = await lab.eks.send(new ListNodegroupsCommand({ clusterName: name }))
  for (const nodegroupName of nodegroups) {
    await lab.eks.send(new DeleteNodegroupCommand({ clusterName: name, nodegroupName }))
  }
  const deleted = () => lab.eks.send(new DeleteClusterCommand({ name })).then(() => true)
  await eventually(() => deleted().catch(() => false))
  await eventually(() => gone(lab.eks.send(new DescribeClusterCommand({ name }))))
  const before = await lab.aws.inventory()
  await removeStrays(tenant, lab.asCaller)
  const after = new Set((await lab.aws.inventory()).map(({ id }) => id))
  const removed = before.filter(({ id }) => !after.has(id))
  // The groups: the one made above, and the one that comes with a classic load balancer.
  expect(removed.map(({ type, description }) => description ?? type).toSorted()).toEqual([
    'payments',
    'security-group',
    'security-group',
  ])
  const targets = new DescribeMountTargetsCommand({ FileSystemId: fileSystemId })
  expect((await lab.efs.send(targets)).MountTargets).toHaveLength(2)
})

test('of others stay, whatever is swept', async () => {
  expect(await sweep(tenant, lab.asCaller, { delete: true, passes: 40, pauseMs: 50 })).toEqual([])
  expect(lab.errors).toEqual([])
  const types = (await lab.aws.inventory()).map(({ type }) => type).filter(isStray)
  expect(types.toSorted()).toEqual([
    'classic-load-balancer',
    'load-balancer',
    'network-interface',
    'network-interface',
    'network-interface',
    'target-group',
  ])
})

test('a policy without an action behind a call is refused as AWS refuses it', async () => {
  const Statement = guidePolicy.Statement.filter(({ Sid }) => Sid !== 'MadeByTheClusterOrByAws')
  const principal = { arn: 'arn:aws:iam::123456789012:user/poor', userId: 'AIDAPOOR' }
  const keys = lab.aws.keys.create({ ...principal, policy: { ...guidePolicy, Statement } })
  using poor = awsClients({ region, credentials: keys, endpoint: lab.aws.endpoint })
  const target = new CreateMountTargetCommand({ FileSystemId: fileSystemId, SubnetId: subnetId })
  expect((await refusal(poor.efs.send(target))).message).toContain('ec2:CreateNetworkInterface')
})

test('nothing of others is destroyed under the policy', async () => {
  const { vpcId } = await foreignNetwork()
  const refused = await refusal(lab.asCaller.ec2.send(new DeleteVpcCommand({ VpcId: vpcId })))
  expect(refused.name).toBe('UnauthorizedOperation')
  const tags = [{ Key: 'cratekube.io/uid', Value: 'u' }]
  const tag = new CreateTagsCommand({ Resources: [vpcId], Tags: tags })
  expect((await refusal(lab.asCaller.ec2.send(tag))).name).toBe('UnauthorizedOperation')
})
