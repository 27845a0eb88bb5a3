import { expect, test } from 'vitest'
import { recordCloud } from '../../../support/aws/recorded-cloud.ts'

const efs = {
  autofs: {
    maps: [
      { name: 'home', source: 'EFS' },
      { name: 'data', source: 'EFS' },
    ],
  },
}
const filer = { name: 'filer', entries: [{ key: 'builds', location: 'filer:/builds' }] }

test('makes one encrypted file system for all EFS maps, with a mount target in every zone', async () => {
  const program = await recordCloud({ ...efs, aws: { vpc: { availabilityZones: 3 } } })
  expect(program.of('aws:efs/fileSystem:FileSystem').map((f) => f.inputs)).toMatchObject([
    {
      creationToken: 'payments-0a1b2c3d-file-system',
      encrypted: true,
      performanceMode: 'generalPurpose',
      throughputMode: 'elastic',
    },
  ])
  expect(program.of('aws:efs/mountTarget:MountTarget').map((t) => t.inputs)).toEqual(
    [0, 1, 2].map((i) => ({
      fileSystemId: 'file-system-id',
      subnetId: `private-${i}-id`,
      securityGroups: ['file-system-id'],
    })),
  )
  expect(program.outputs).toMatchObject({
    sharedStorage: { server: 'file-system-id.efs.eu-west-1.amazonaws.com' },
    facts: { fileSystemId: 'file-system-id' },
  })
  expect(
    program.the('aws:efs/backupPolicy:BackupPolicy', 'backup-policy').inputs['backupPolicy'],
  ).toEqual({
    status: 'ENABLED',
  })
})

test('lets the nodes alone reach it, by NFS', async () => {
  const program = await recordCloud(efs)
  const rules = program.of('aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule')
  expect(rules.map((r) => r.inputs)).toMatchObject([
    {
      securityGroupId: 'file-system-id',
      referencedSecurityGroupId: 'sg-cluster',
      ipProtocol: 'tcp',
      fromPort: 2049,
      toPort: 2049,
    },
  ])
  expect(rules[0]?.inputs).not.toHaveProperty('cidrIpv4')
})

test('admits clients through its mount targets only', async () => {
  const program = await recordCloud(efs)
  const policy = program.the('aws:efs/fileSystemPolicy:FileSystemPolicy', 'file-system-policy')
  const { Statement } = JSON.parse(policy.inputs['policy'])
  expect(Statement).toHaveLength(1)
  expect(Statement[0]).toMatchObject({
    Effect: 'Allow',
    Condition: { Bool: { 'elasticfilesystem:AccessedViaMountTarget': 'true' } },
  })
})

test.for([
  ['AutoFS is off', {}],
  ['all maps have entries', { autofs: { maps: [filer] } }],
] as const)('makes no storage when %s', async ([, spec]) => {
  const program = await recordCloud(spec)
  expect(program.resources.filter((r) => r.type.startsWith('aws:efs/'))).toEqual([])
  expect(program.outputs).not.toHaveProperty('sharedStorage')
})
