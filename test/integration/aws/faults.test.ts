// Faults, credentials, the control API and the inventory.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  CreateVpcCommand,
  DeleteSubnetCommand,
  DescribeVpcsCommand,
  DeleteVpcCommand,
} from '@aws-sdk/client-ec2'
import {
  CreateAccessEntryCommand,
  CreateClusterCommand,
  CreateNodegroupCommand,
  DeleteClusterCommand,
  DescribeClusterCommand,
  DescribeNodegroupCommand,
  EKSClient,
  ListAccessEntriesCommand,
  ListClustersCommand,
  ListTagsForResourceCommand,
  TagResourceCommand,
} from '@aws-sdk/client-eks'
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  ListRolesCommand,
} from '@aws-sdk/client-iam'
import { AssumeRoleCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import type { FaultInput } from '../../sandbox/aws/index.ts'
import {
  activeCluster,
  awsLab,
  clientsFor,
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

test('keys of IAM users and role sessions work, and die when they are revoked', async () => {
  const key = await userKey('dev')
  const dev = clientsFor(lab.aws.endpoint, key)
  expect(await whoami(dev)).toBe('arn:aws:iam::123456789012:user/dev')
  const RoleArn = await role(lab, 'session', 'ec2.amazonaws.com')
  const session = clientsFor(lab.aws.endpoint, await assumed(dev, RoleArn))
  expect(await whoami(session)).toBe('arn:aws:sts::123456789012:assumed-role/session/s1')
  await lab.iam.send(new DeleteAccessKeyCommand({ UserName: 'dev', AccessKeyId: key.accessKeyId }))
  expect((await refusal(dev.eks.send(new ListClustersCommand({})))).name).toBe(
    'UnrecognizedClientException',
  )
  const wrong = clientsFor(lab.aws.endpoint, { ...lab.aws.credentials, secretAccessKey: 'wrong' })
  expect((await refusal(wrong.iam.send(new ListRolesCommand({})))).name).toBe(
    'SignatureDoesNotMatch',
  )
  for (const clients of [dev, session, wrong]) clients.destroy()
})

type Clients = ReturnType<typeof clientsFor>

const whoami = async (clients: Clients) =>
  (await clients.sts.send(new GetCallerIdentityCommand({}))).Arn

async function userKey(UserName: string) {
  await lab.iam.send(new CreateUserCommand({ UserName }))
  const { AccessKey } = await lab.iam.send(new CreateAccessKeyCommand({ UserName }))
  return {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  }
}

async function assumed(clients: Clients, RoleArn: string) {
  const { Credentials } = await clients.sts.send(
    new AssumeRoleCommand({ RoleArn, RoleSessionName: 's1' }),
  )
  return {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  }
}

test("the operator's own identity is what STS says", async () => {
  expect(await lab.sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
    Account: '123456789012',
    Arn: 'arn:aws:iam::123456789012:user/cratekube',
  })
})

test('is scripted over HTTP, and tells what exists and what was called', async () => {
  const api = async (method: string, what: string, body?: unknown) => {
    const response = await fetch(`${lab.aws.endpoint}/_sandbox/${what}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: response.status, body: (await response.json()) as unknown }
  }
  expect(
    (
      await api('POST', 'faults', {
        match: { service: 'ec2' },
        action: { type: 'throttle' },
        times: 1,
      })
    ).body,
  ).toMatchObject([{ id: expect.any(Number), struck: 0 }])
  expect((await refusal(lab.ec2.send(new DescribeVpcsCommand({})))).name).toBe(
    'RequestLimitExceeded',
  )
  expect((await api('GET', 'faults')).body).toMatchObject([{ struck: 1 }])
  expect((await api('DELETE', 'faults')).body).toEqual([])
  expect((await api('POST', 'faults', { match: {}, action: { type: 'nonsense' } })).status).toBe(
    400,
  )

  const tags = [{ ResourceType: 'vpc' as const, Tags: [{ Key: 'cratekube.io/uid', Value: 'u-1' }] }]
  const vpc = await lab.ec2.send(
    new CreateVpcCommand({ CidrBlock: '10.61.0.0/16', TagSpecifications: tags }),
  )
  expect((await api('GET', 'inventory?uid=u-1')).body).toMatchObject([
    { type: 'vpc', id: vpc.Vpc?.VpcId, uid: 'u-1' },
  ])
  await lab.ec2.send(new DeleteVpcCommand({ VpcId: vpc.Vpc?.VpcId }))
  expect((await api('GET', 'inventory?uid=u-1')).body).toEqual([])
  expect((await api('GET', 'calls?operation=DeleteVpc')).body).toMatchObject([
    { service: 'ec2', mutating: true, status: 200, accessKeyId: lab.aws.credentials.accessKeyId },
  ])

  const created = (await api('POST', 'credentials', { action: 'create', user: 'ci' })).body as {
    accessKeyId: string
    secretAccessKey: string
  }
  const ci = clientsFor(lab.aws.endpoint, created)
  expect((await ci.eks.send(new ListClustersCommand({}))).clusters).toBeDefined()
  await api('POST', 'credentials', { action: 'revoke', accessKeyId: created.accessKeyId })
  expect((await refusal(ci.eks.send(new ListClustersCommand({})))).name).toBe(
    'UnrecognizedClientException',
  )
  ci.destroy()
})

test('ARNs in paths, tags and pages work', async () => {
  await activeCluster(lab, 'arns', '10.55')
  const principals = await Promise.all(
    ['p1', 'p2', 'p3'].map((name) => role(lab, name, 'ec2.amazonaws.com')),
  )
  for (const principalArn of principals)
    await lab.eks.send(new CreateAccessEntryCommand({ clusterName: 'arns', principalArn }))
  const first = await lab.eks.send(
    new ListAccessEntriesCommand({ clusterName: 'arns', maxResults: 2 }),
  )
  const rest = await lab.eks.send(
    new ListAccessEntriesCommand({
      clusterName: 'arns',
      maxResults: 2,
      nextToken: first.nextToken,
    }),
  )
  expect([...(first.accessEntries ?? []), ...(rest.accessEntries ?? [])].toSorted()).toEqual(
    principals.toSorted(),
  )
  const resourceArn =
    (await lab.eks.send(new DescribeClusterCommand({ name: 'arns' }))).cluster?.arn ?? ''
  await lab.eks.send(new TagResourceCommand({ resourceArn, tags: { a: 'b' } }))
  expect((await lab.eks.send(new ListTagsForResourceCommand({ resourceArn }))).tags).toEqual({
    a: 'b',
  })
})
