// Clusters and node groups of the EKS double, through the real SDK.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DescribeNetworkInterfacesCommand } from '@aws-sdk/client-ec2'
import {
  CreateAddonCommand,
  CreateClusterCommand,
  CreateNodegroupCommand,
  DeleteClusterCommand,
  DeleteNodegroupCommand,
  DescribeAddonCommand,
  DescribeClusterCommand,
  DescribeClusterVersionsCommand,
  DescribeNodegroupCommand,
  UpdateClusterConfigCommand,
  UpdateClusterVersionCommand,
  UpdateNodegroupConfigCommand,
  UpdateNodegroupVersionCommand,
} from '@aws-sdk/client-eks'
import {
  activeCluster,
  awsLab,
  clusterInput,
  eventually,
  gone,
  nodegroupStatus,
  refusal,
  role,
} from './fixture.ts'
import type { Lab } from './fixture.ts'

let lab: Lab
beforeAll(async () => {
  lab = await awsLab({ quotas: { vpcsPerRegion: 50 } })
})
afterAll(() => lab.stop())

test('a cluster becomes ACTIVE, gets nodes, loses them and goes', async () => {
  const { resourcesVpcConfig } = await activeCluster(lab, 'whole')
  const { cluster } = await lab.eks.send(new DescribeClusterCommand({ name: 'whole' }))
  expect(cluster).toMatchObject({
    status: 'ACTIVE',
    version: '1.36',
    endpoint: 'https://whole.memory.invalid',
    accessConfig: { authenticationMode: 'API' },
  })
  expect(cluster?.createdAt).toBeInstanceOf(Date)
  expect(Buffer.from(cluster?.certificateAuthority?.data ?? '', 'base64').toString()).toContain(
    'BEGIN CERTIFICATE',
  )
  const nodeRole = await role(lab, 'whole-node', 'ec2.amazonaws.com')
  const subnets = resourcesVpcConfig?.subnetIds ?? []
  await lab.eks.send(
    new CreateNodegroupCommand({
      clusterName: 'whole',
      nodegroupName: 'main',
      nodeRole,
      subnets,
      scalingConfig: { minSize: 1, desiredSize: 2, maxSize: 3 },
      labels: { pool: 'main' },
      taints: [{ key: 'k', value: 'v', effect: 'NO_SCHEDULE' }],
    }),
  )
  await eventually(async () => (await nodegroupStatus(lab, 'whole', 'main')) === 'ACTIVE')
  const nodes = [...(lab.backend.clusters.get('whole')?.nodes.values() ?? [])]
  expect(nodes).toHaveLength(2)
  expect(nodes[0]).toMatchObject({
    taints: [{ key: 'k', value: 'v', effect: 'NoSchedule' }],
    labels: { pool: 'main', 'eks.amazonaws.com/nodegroup': 'main' },
    providerId: expect.stringMatching(/^aws:\/\/\/eu-west-1[ab]\/i-0/),
  })
  expect((await refusal(lab.eks.send(new DeleteClusterCommand({ name: 'whole' })))).name).toBe(
    'ResourceInUseException',
  )
  await lab.eks.send(new DeleteNodegroupCommand({ clusterName: 'whole', nodegroupName: 'main' }))
  await eventually(() =>
    gone(
      lab.eks.send(new DescribeNodegroupCommand({ clusterName: 'whole', nodegroupName: 'main' })),
    ),
  )
  await lab.eks.send(new DeleteClusterCommand({ name: 'whole' }))
  await eventually(
    async () => !lab.backend.clusters.has('whole') && (await enis('Amazon EKS whole')) === 0,
  )
  await eventually(() => gone(lab.eks.send(new DescribeClusterCommand({ name: 'whole' }))))
  expect(await refusal(lab.eks.send(new DescribeClusterCommand({ name: 'whole' })))).toEqual({
    name: 'ResourceNotFoundException',
    message: 'No cluster found for name: whole.',
    status: 404,
  })
  expect(lab.errors).toEqual([])
})

async function enis(description: string) {
  const found = await lab.ec2.send(
    new DescribeNetworkInterfacesCommand({
      Filters: [{ Name: 'description', Values: [description] }],
    }),
  )
  return found.NetworkInterfaces?.length ?? 0
}

test('the same token gets the same cluster, another one gets ResourceInUse', async () => {
  const input = { ...(await clusterInput(lab, 'token')), clientRequestToken: 'one' }
  const first = await lab.eks.send(new CreateClusterCommand(input))
  const again = await lab.eks.send(new CreateClusterCommand(input))
  expect(again.cluster?.identity).toEqual(first.cluster?.identity)
  expect(again.cluster?.arn).toBe(first.cluster?.arn)
  expect(
    await refusal(lab.eks.send(new CreateClusterCommand({ ...input, clientRequestToken: 'two' }))),
  ).toEqual({
    name: 'ResourceInUseException',
    message: 'Cluster already exists with name: token',
    status: 409,
  })
})

test('offers the versions that the backend has and no other', async () => {
  const { clusterVersions } = await lab.eks.send(new DescribeClusterVersionsCommand({}))
  expect(
    clusterVersions?.map((version) => [version.clusterVersion, version.defaultVersion]),
  ).toEqual([
    ['1.35', false],
    ['1.36', true],
  ])
  const input = await clusterInput(lab, 'old')
  expect(
    await refusal(lab.eks.send(new CreateClusterCommand({ ...input, version: '1.31' }))),
  ).toMatchObject({
    name: 'InvalidParameterException',
    message: expect.stringContaining('unsupported Kubernetes version'),
  })
})

test('resizes, updates one thing at a time, and upgrades by one minor', async () => {
  const input = await clusterInput(lab, 'grow')
  await lab.eks.send(
    new CreateClusterCommand({ ...input, version: '1.35', deletionProtection: true }),
  )
  await eventually(
    async () =>
      (await lab.eks.send(new DescribeClusterCommand({ name: 'grow' }))).cluster?.status ===
      'ACTIVE',
  )
  const nodeRole = await role(lab, 'grow-node', 'ec2.amazonaws.com')
  await lab.eks.send(
    new CreateNodegroupCommand({
      clusterName: 'grow',
      nodegroupName: 'n',
      nodeRole,
      subnets: input.resourcesVpcConfig?.subnetIds ?? [],
      scalingConfig: { minSize: 1, desiredSize: 1, maxSize: 3 },
    }),
  )
  await eventually(async () => (await nodegroupStatus(lab, 'grow', 'n')) === 'ACTIVE')
  await lab.eks.send(
    new UpdateNodegroupConfigCommand({
      clusterName: 'grow',
      nodegroupName: 'n',
      scalingConfig: { desiredSize: 3 },
    }),
  )
  await eventually(
    async () =>
      (await nodegroupStatus(lab, 'grow', 'n')) === 'ACTIVE' &&
      lab.backend.clusters.get('grow')?.nodes.size === 3,
  )
  expect((await refusal(lab.eks.send(new DeleteClusterCommand({ name: 'grow' })))).message).toMatch(
    /nodegroups|protection/,
  )
  expect(
    (
      await refusal(
        lab.eks.send(
          new UpdateClusterConfigCommand({
            name: 'grow',
            deletionProtection: false,
            upgradePolicy: { supportType: 'STANDARD' },
          }),
        ),
      )
    ).name,
  ).toBe('InvalidParameterException')
  await lab.eks.send(new UpdateClusterVersionCommand({ name: 'grow', version: '1.36' }))
  await eventually(
    async () =>
      (await lab.eks.send(new DescribeClusterCommand({ name: 'grow' }))).cluster?.version ===
      '1.36',
  )
  expect(lab.backend.clusters.get('grow')?.version).toBe('1.36')
  const before = [...(lab.backend.clusters.get('grow')?.nodes.keys() ?? [])]
  await lab.eks.send(new UpdateNodegroupVersionCommand({ clusterName: 'grow', nodegroupName: 'n' }))
  await eventually(async () => (await nodegroupStatus(lab, 'grow', 'n')) === 'ACTIVE')
  const after = [...(lab.backend.clusters.get('grow')?.nodes.keys() ?? [])]
  expect(after).toHaveLength(3)
  expect(after.filter((node) => before.includes(node))).toEqual([])
  const names = { clusterName: 'grow', nodegroupName: 'n' }
  const { nodegroup } = await lab.eks.send(new DescribeNodegroupCommand(names))
  expect(nodegroup?.version).toBe('1.36')
})

test('coredns is DEGRADED until a node is there', async () => {
  const input = await activeCluster(lab, 'dns')
  await lab.eks.send(new CreateAddonCommand({ clusterName: 'dns', addonName: 'coredns' }))
  const status = async () =>
    (await lab.eks.send(new DescribeAddonCommand({ clusterName: 'dns', addonName: 'coredns' })))
      .addon?.status
  await eventually(async () => (await status()) === 'DEGRADED')
  const nodeRole = await role(lab, 'dns-node', 'ec2.amazonaws.com')
  await lab.eks.send(
    new CreateNodegroupCommand({
      clusterName: 'dns',
      nodegroupName: 'n',
      nodeRole,
      subnets: input.resourcesVpcConfig?.subnetIds ?? [],
      scalingConfig: { minSize: 1, desiredSize: 1, maxSize: 1 },
    }),
  )
  await eventually(async () => (await status()) === 'ACTIVE')
  expect(lab.backend.clusters.get('dns')?.addons.has('coredns')).toBe(true)
})
