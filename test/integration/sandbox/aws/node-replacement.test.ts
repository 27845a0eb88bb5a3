// How a node group is moved to another version: which nodes come and go, and how many at once.
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  CreateClusterCommand,
  CreateNodegroupCommand,
  DescribeClusterCommand,
  DescribeUpdateCommand,
  UpdateClusterVersionCommand,
  UpdateNodegroupVersionCommand,
} from '@aws-sdk/client-eks'
import type { ClusterBackend } from '../../../sandbox/aws/index.ts'
import { memoryBackend } from '../../../sandbox/aws/backends/memory-backend.ts'
import { awsLab, clusterInput, eventually, nodegroupStatus, role } from './fixture.ts'
import type { Lab } from './fixture.ts'

const clusterName = 'moving'
const changes: string[] = []
let lab: Lab
let subnets: string[]
let nodeRole: string

/** Says when nodes come and go. */
function recording(): ClusterBackend {
  const memory = memoryBackend()
  return {
    ...memory,
    addNode: async (node) => {
      changes.push(`+${node.version}`)
      await memory.addNode(node)
    },
    removeNode: async (node) => {
      changes.push('-')
      await memory.removeNode(node)
    },
  }
}

beforeAll(async () => {
  lab = await awsLab({ backend: recording() })
  const input = await clusterInput(lab, clusterName)
  subnets = input.resourcesVpcConfig?.subnetIds ?? []
  nodeRole = await role(lab, 'moving-node', 'ec2.amazonaws.com')
  await lab.eks.send(new CreateClusterCommand({ ...input, version: '1.35' }))
  await clusterAt('1.35')
  await nodeGroup('by-share', { maxUnavailablePercentage: 50 })
  await nodeGroup('by-one', undefined)
  await lab.eks.send(new UpdateClusterVersionCommand({ name: clusterName, version: '1.36' }))
  await clusterAt('1.36')
})
afterAll(() => lab.stop())

test('nodes of the older version still join a group that was not updated', () => {
  expect(changes).toEqual(Array.from({ length: 8 }, () => '+1.35'))
})

test.each([
  ['by-share', ['+1.36', '+1.36', '-', '-', '+1.36', '+1.36', '-', '-']],
  ['by-one', ['+1.36', '-', '+1.36', '-', '+1.36', '-', '+1.36', '-']],
])('%s: as many at once as updateConfig allows, the new ones first', async (name, expected) => {
  changes.splice(0)
  expect(await update(name)).toBe('Successful')
  expect(changes).toEqual(expected)
  changes.splice(0)
  expect(await update(name)).toBe('Successful')
  expect(changes).toEqual([])
})

async function clusterAt(version: string): Promise<void> {
  await eventually(async () => {
    const { cluster } = await lab.eks.send(new DescribeClusterCommand({ name: clusterName }))
    return cluster?.status === 'ACTIVE' && cluster.version === version
  })
}

async function nodeGroup(
  nodegroupName: string,
  updateConfig: { maxUnavailablePercentage: number } | undefined,
): Promise<void> {
  const scalingConfig = { minSize: 1, desiredSize: 4, maxSize: 4 }
  const names = { clusterName, nodegroupName }
  await lab.eks.send(
    new CreateNodegroupCommand({ ...names, nodeRole, subnets, scalingConfig, updateConfig }),
  )
  await eventually(
    async () => (await nodegroupStatus(lab, clusterName, nodegroupName)) === 'ACTIVE',
  )
}

async function update(nodegroupName: string): Promise<string | undefined> {
  const names = { clusterName, nodegroupName }
  const begun = await lab.eks.send(new UpdateNodegroupVersionCommand(names))
  const updateId = begun.update?.id ?? ''
  let status: string | undefined
  await eventually(async () => {
    const found = await lab.eks.send(
      new DescribeUpdateCommand({ name: clusterName, nodegroupName, updateId }),
    )
    status = found.update?.status
    return status !== 'InProgress'
  })
  return status
}
