// Faults, each as AWS shows it.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { CreateVpcCommand, DeleteSubnetCommand, DescribeVpcsCommand } from '@aws-sdk/client-ec2'
import {
  CreateClusterCommand,
  CreateNodegroupCommand,
  DeleteClusterCommand,
  DescribeClusterCommand,
  DescribeNodegroupCommand,
  EKSClient,
  ListClustersCommand,
} from '@aws-sdk/client-eks'
import { ListRolesCommand } from '@aws-sdk/client-iam'
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import type { FaultInput } from '../../../sandbox/aws/index.ts'
import {
  activeCluster,
  awsLab,
  clusterInput,
  eventually,
  gone,
  nodegroupStatus,
  refusal,
  region,
  role,
} from './fixture.ts'
import type { Lab } from './fixture.ts'

let lab: Lab
beforeAll(async () => {
  lab = await awsLab({ quotas: { vpcsPerRegion: 50 } })
})
beforeEach(() => lab.aws.faults.remove())
afterAll(() => lab.stop())

const fault = (action: FaultInput['action'], match: FaultInput['match'] = {}, times = 1) =>
  lab.aws.faults.add({ match, action, times })

test.each([
  [{ type: 'throttle' } as const, 'ThrottlingException', 429],
  [{ type: 'outage' } as const, 'ServiceUnavailable', 503],
  [{ type: 'token-expired' } as const, 'ExpiredTokenException', 403],
  [{ type: 'deny' } as const, 'AccessDeniedException', 403],
  [
    { type: 'error', code: 'ServerException', message: 'boom', http: 500 } as const,
    'ServerException',
    500,
  ],
])('plays %o in the protocol of EKS', async (action, name, status) => {
  fault(action, { service: 'eks' })
  expect(await refusal(lab.eks.send(new ListClustersCommand({})))).toMatchObject({ name, status })
  expect((await lab.eks.send(new ListClustersCommand({}))).clusters).toBeDefined()
})

test('speaks the protocols of EC2, IAM and STS in its errors', async () => {
  fault({ type: 'throttle' }, {}, 3)
  expect(await refusal(lab.ec2.send(new DescribeVpcsCommand({})))).toMatchObject({
    name: 'RequestLimitExceeded',
    status: 503,
  })
  expect(await refusal(lab.iam.send(new ListRolesCommand({})))).toMatchObject({
    name: 'Throttling',
    status: 400,
  })
  expect(await refusal(lab.sts.send(new GetCallerIdentityCommand({})))).toMatchObject({
    name: 'Throttling',
    status: 400,
  })
})

test('loses the answer but not the cluster, and the SDK finds it again with its token', async () => {
  const input = await clusterInput(lab, 'lost', '10.50')
  fault({ type: 'drop-after' }, { operation: 'CreateCluster' })
  const retrying = new EKSClient({
    endpoint: lab.aws.endpoint,
    region,
    credentials: lab.aws.credentials,
    maxAttempts: 3,
  })
  const made = await retrying.send(new CreateClusterCommand(input))
  expect(made.$metadata.attempts).toBe(2)
  expect(made.cluster?.name).toBe('lost')
  expect(lab.aws.calls.list({ operation: 'CreateCluster' }).map((call) => call.status)).toEqual([
    0, 200,
  ])
  retrying.destroy()
})

test('drops a call before it does anything', async () => {
  const input = await clusterInput(lab, 'dropped', '10.51')
  fault({ type: 'drop-before' }, { operation: 'CreateCluster' })
  expect((await refusal(lab.eks.send(new CreateClusterCommand(input)))).status).toBeUndefined()
  expect(await gone(lab.eks.send(new DescribeClusterCommand({ name: 'dropped' })))).toBe(true)
})

test('a cluster can fail, and be deleted then', async () => {
  const issues = [
    { code: 'InsufficientFreeAddresses', message: 'no free addresses', resourceIds: ['subnet-1'] },
  ]
  const input = await clusterInput(lab, 'failed', '10.52')
  fault({ type: 'fail-create', issues }, { operation: 'CreateCluster' })
  await lab.eks.send(new CreateClusterCommand(input))
  const describe = () => lab.eks.send(new DescribeClusterCommand({ name: 'failed' }))
  await eventually(async () => (await describe()).cluster?.status === 'FAILED')
  expect((await describe()).cluster?.health?.issues).toEqual(issues)
  await lab.eks.send(new DeleteClusterCommand({ name: 'failed' }))
  await eventually(() => gone(describe()))
})

test('a cluster is refused in a zone that EKS has no room in, and told which have', async () => {
  const gap = { service: 'eks-control-plane', zone: 'eu-west-1b' }
  const input = await clusterInput(lab, 'full', '10.55')
  lab.aws.gaps.open(gap)
  expect(await refusal(lab.eks.send(new CreateClusterCommand(input)))).toMatchObject({
    name: 'UnsupportedAvailabilityZoneException',
    message:
      "Cannot create cluster 'full' because eu-west-1b, the targeted availability zone, does not currently have sufficient capacity to support the cluster. Retry and choose from these availability zones: eu-west-1a, eu-west-1c",
  })
  lab.aws.gaps.close(gap)
  await lab.eks.send(new CreateClusterCommand(input))
})

test('a node group can find no capacity', async () => {
  const input = await activeCluster(lab, 'capacity', '10.53')
  const nodeRole = await role(lab, 'capacity-node', 'ec2.amazonaws.com')
  const message = 'Could not launch On-Demand Instances. InsufficientInstanceCapacity'
  fault(
    { type: 'fail-create', issues: [{ code: 'AsgInstanceLaunchFailures', message }] },
    { operation: 'CreateNodegroup' },
  )
  const names = { clusterName: 'capacity', nodegroupName: 'n' }
  await lab.eks.send(
    new CreateNodegroupCommand({
      ...names,
      nodeRole,
      subnets: input.resourcesVpcConfig?.subnetIds ?? [],
    }),
  )
  await eventually(async () => (await nodegroupStatus(lab, 'capacity', 'n')) === 'CREATE_FAILED')
  const { nodegroup } = await lab.eks.send(new DescribeNodegroupCommand(names))
  expect(nodegroup?.health?.issues).toMatchObject([{ code: 'AsgInstanceLaunchFailures', message }])
})

test('quotas and leaked interfaces come on demand', async () => {
  fault({ type: 'quota' }, { operation: 'CreateVpc' })
  expect(
    (await refusal(lab.ec2.send(new CreateVpcCommand({ CidrBlock: '10.60.0.0/16' })))).name,
  ).toBe('VpcLimitExceeded')
  const input = await activeCluster(lab, 'leaky', '10.54')
  fault({ type: 'leak-eni' }, { operation: 'DeleteCluster' })
  await lab.eks.send(new DeleteClusterCommand({ name: 'leaky' }))
  await eventually(() => gone(lab.eks.send(new DescribeClusterCommand({ name: 'leaky' }))))
  const left = (await lab.aws.inventory()).filter((item) => item.description === 'Amazon EKS leaky')
  expect(left).toMatchObject([{ type: 'network-interface', region }])
  const [SubnetId] = input.resourcesVpcConfig?.subnetIds ?? []
  expect((await refusal(lab.ec2.send(new DeleteSubnetCommand({ SubnetId })))).name).toBe(
    'DependencyViolation',
  )
})
