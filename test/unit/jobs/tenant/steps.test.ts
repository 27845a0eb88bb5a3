// Which step is shown while which resources are worked on.
import { expect, test } from 'vitest'
import { stepOf } from '../../../../operator/aws/steps.ts'
import { nextStep } from '../../../../operator/jobs/tenant/steps.ts'
import type { WorkerStep } from '../../../../operator/api/tenant/tenant-cluster-status.ts'

test.each<[string, WorkerStep | undefined]>([
  ['aws:ec2/vpc:Vpc', 'Network'],
  ['aws:ec2/natGateway:NatGateway', 'Network'],
  ['eks:index:Cluster', undefined],
  ['aws:eks/cluster:Cluster', 'ControlPlane'],
  ['aws:iam/role:Role', undefined],
  ['aws:kms/key:Key', undefined],
  ['cratekube:aws:NodePool', undefined],
  ['aws:eks/nodeGroup:NodeGroup', 'Nodes'],
  ['aws:ec2/launchTemplate:LaunchTemplate', undefined],
  ['aws:eks/addon:Addon', 'Nodes'],
  ['aws:efs/mountTarget:MountTarget', 'Storage'],
  ['pulumi:pulumi:Stack', undefined],
])('%s belongs to %s', (type, step) => {
  expect(stepOf(type)).toBe(step)
})

test('goes forward only, whatever overlaps', () => {
  const types = [
    'cratekube:aws:NodePool',
    'aws:efs/fileSystem:FileSystem',
    'aws:ec2/vpc:Vpc',
    'aws:efs/mountTarget:MountTarget',
    'aws:eks/cluster:Cluster',
    'aws:ec2/subnet:Subnet',
    'aws:eks/nodeGroup:NodeGroup',
    'aws:eks/cluster:Cluster',
  ]
  let step: WorkerStep = 'Plan'
  expect(types.map((type) => (step = nextStep(step, stepOf(type))))).toEqual([
    'Plan',
    'Storage',
    'Network',
    'Network',
    'ControlPlane',
    'ControlPlane',
    'Nodes',
    'Nodes',
  ])
})
