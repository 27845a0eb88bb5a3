// What EKS shows between the states, with a clock that stands still until it is told to go on.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DeleteNetworkInterfaceCommand } from '@aws-sdk/client-ec2'
import {
  CreateAddonCommand,
  CreateClusterCommand,
  CreateNodegroupCommand,
  DeleteClusterCommand,
  DeleteNodegroupCommand,
  DescribeClusterCommand,
  DescribeNodegroupCommand,
  DescribeUpdateCommand,
  UpdateClusterConfigCommand,
  UpdateNodegroupConfigCommand,
} from '@aws-sdk/client-eks'
import type { UpdateClusterConfigCommandInput } from '@aws-sdk/client-eks'
import {
  awsLab,
  clusterInput,
  eventually,
  gone,
  nodegroupStatus,
  refusal,
  role,
} from './fixture.ts'
import type { Lab } from './fixture.ts'

const name = 'slow'
const minute = 60_000

let lab: Lab
let subnets: string[]
beforeAll(async () => {
  lab = await awsLab({ speed: 0 })
  const input = await clusterInput(lab, name)
  subnets = input.resourcesVpcConfig?.subnetIds ?? []
  await Promise.all(
    [1, 2].map(() =>
      lab.eks.send(new CreateClusterCommand({ ...input, clientRequestToken: 'same' })),
    ),
  )
})
afterAll(() => lab.stop())

const cluster = async () => (await lab.eks.send(new DescribeClusterCommand({ name }))).cluster
const becomes = (status: string) => eventually(async () => (await cluster())?.status === status)
const configure = (change: Partial<UpdateClusterConfigCommandInput>) =>
  lab.eks.send(new UpdateClusterConfigCommand({ name, ...change }))

test('a cluster that is CREATING has no endpoint and takes nothing', async () => {
  expect(await cluster()).toMatchObject({
    status: 'CREATING',
    resourcesVpcConfig: { endpointPublicAccess: true },
  })
  expect(await cluster()).not.toHaveProperty('endpoint')
  expect((await cluster())?.resourcesVpcConfig).not.toHaveProperty('clusterSecurityGroupId')
  const message = `Cluster '${name}' is not in ACTIVE status`
  expect(
    await refusal(
      lab.eks.send(new CreateAddonCommand({ clusterName: name, addonName: 'coredns' })),
    ),
  ).toMatchObject({ name: 'InvalidRequestException', message })
  expect((await refusal(lab.eks.send(new DeleteClusterCommand({ name })))).message).toContain(
    'in progress',
  )
  lab.aws.clock.advance(9 * minute)
  expect((await cluster())?.status).toBe('CREATING')
  lab.aws.clock.advance(minute)
  await becomes('ACTIVE')
  expect((await cluster())?.resourcesVpcConfig?.clusterSecurityGroupId).toMatch(/^sg-/)
})

test('one update at a time, and the loser is told which one runs', async () => {
  const { update } = await configure({ resourcesVpcConfig: { endpointPrivateAccess: true } })
  expect(update).toMatchObject({ status: 'InProgress', type: 'EndpointAccessUpdate' })
  expect((await cluster())?.status).toBe('UPDATING')
  expect(await refusal(configure({ deletionProtection: true }))).toEqual({
    name: 'ResourceInUseException',
    message: `Cannot DeletionProtectionUpdate because cluster ${name} currently has update ${update?.id} in progress`,
    status: 409,
  })
  lab.aws.clock.advance(2 * minute)
  await becomes('ACTIVE')
  const updateId = update?.id ?? ''
  expect((await lab.eks.send(new DescribeUpdateCommand({ name, updateId }))).update?.status).toBe(
    'Successful',
  )
  expect((await cluster())?.resourcesVpcConfig).toMatchObject({
    endpointPrivateAccess: true,
    endpointPublicAccess: true,
  })
})

test('a failed update leaves things as they were and says why', async () => {
  const errors = [{ code: 'InsufficientFreeAddresses', message: 'no addresses' }]
  lab.aws.faults.add({
    match: { operation: 'UpdateClusterConfig' },
    action: { type: 'fail-update', errors },
    times: 1,
  })
  const { update } = await configure({ upgradePolicy: { supportType: 'STANDARD' } })
  lab.aws.clock.advance(2 * minute)
  await becomes('ACTIVE')
  expect(
    (await lab.eks.send(new DescribeUpdateCommand({ name, updateId: update?.id ?? '' }))).update,
  ).toMatchObject({ status: 'Failed', errors: [{ errorCode: 'InsufficientFreeAddresses' }] })
  expect((await cluster())?.upgradePolicy?.supportType).toBe('EXTENDED')
})

test('authentication mode never goes back', async () => {
  const accessConfig = { authenticationMode: 'API_AND_CONFIG_MAP' as const }
  expect((await refusal(configure({ accessConfig }))).message).toBe(
    'Unsupported authentication mode update from API to API_AND_CONFIG_MAP',
  )
})

test('a node group is busy until its nodes are there, and so is the VPC', async () => {
  const names = { clusterName: name, nodegroupName: 'n' }
  const nodeRole = await role(lab, 'slow-node', 'ec2.amazonaws.com')
  await lab.eks.send(
    new CreateNodegroupCommand({
      ...names,
      nodeRole,
      subnets,
      scalingConfig: { minSize: 1, desiredSize: 1, maxSize: 2 },
    }),
  )
  expect((await refusal(lab.eks.send(new DeleteNodegroupCommand(names)))).name).toBe(
    'ResourceInUseException',
  )
  const resize = () =>
    lab.eks.send(new UpdateNodegroupConfigCommand({ ...names, scalingConfig: { desiredSize: 2 } }))
  expect(await refusal(resize())).toMatchObject({
    status: 409,
    message: 'Nodegroup cannot be updated as it is currently not in Active State',
  })
  await eventually(async () => lab.backend.clusters.get(name)?.nodes.size === 1)
  lab.aws.clock.advance(2 * minute)
  await eventually(async () => (await nodegroupStatus(lab, name, 'n')) === 'ACTIVE')
  await resize()
  expect(await nodegroupStatus(lab, name, 'n')).toBe('UPDATING')
  await eventually(async () => lab.backend.clusters.get(name)?.nodes.size === 2)
  lab.aws.clock.advance(2 * minute)
  await eventually(async () => (await nodegroupStatus(lab, name, 'n')) === 'ACTIVE')
  const enis = (await lab.aws.inventory()).filter((item) => item.type === 'network-interface')
  expect(enis).toHaveLength(4)
  for (const eni of enis)
    expect(
      (
        await refusal(
          lab.ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: eni.id })),
        )
      ).name,
    ).toBe('InvalidParameterValue')
  await lab.eks.send(new DeleteNodegroupCommand(names))
  expect(await nodegroupStatus(lab, name, 'n')).toBe('DELETING')
  lab.aws.clock.advance(5 * minute)
  await eventually(() => gone(lab.eks.send(new DescribeNodegroupCommand(names))))
})

test('deletion protection holds until it is taken off', async () => {
  await configure({ deletionProtection: true })
  lab.aws.clock.advance(2 * minute)
  await becomes('ACTIVE')
  expect((await refusal(lab.eks.send(new DeleteClusterCommand({ name })))).name).toBe(
    'InvalidRequestException',
  )
  await configure({ deletionProtection: false })
  lab.aws.clock.advance(2 * minute)
  await becomes('ACTIVE')
  await lab.eks.send(new DeleteClusterCommand({ name }))
  expect((await cluster())?.status).toBe('DELETING')
  await eventually(async () => !lab.backend.clusters.has(name))
  lab.aws.clock.advance(3 * minute)
  await eventually(() => gone(cluster()))
  const left = (await lab.aws.inventory()).map((item) => item.type)
  expect(
    left.filter(
      (type) => type.startsWith('eks') || type === 'network-interface' || type === 'security-group',
    ),
  ).toEqual([])
  expect(lab.errors).toEqual([])
})
