// What the state of a cloud stack is held against: the account of its resources, and the one cluster that was made.
import { expect, test } from 'vitest'
import { worldFault } from '../../../../operator/aws/world/remembered-world.ts'
import type { RecordedResource } from '../../../../operator/aws/world/state-record.ts'
import type { Aws } from '../../../../operator/aws/access/clients.ts'
import { tenantInput } from '../../../support/tenant-input.ts'

const tenant = tenantInput({})
const arn = 'arn:aws:eks:eu-west-1:111111111111:cluster/c'
const stack: RecordedResource = { type: 'pulumi:pulumi:Stack', outputs: { clusterArn: arn } }
const cluster = (createdAt: string): RecordedResource => ({
  type: 'aws:eks/cluster:Cluster',
  custom: true,
  outputs: { name: 'c', arn, createdAt },
})
const made = [stack, cluster('2026-01-01T00:00:00Z')]

/** An AWS that answers who asks, and with one cluster or none. */
function awsWith(o: { account?: string; cluster?: object | undefined }): Aws {
  const notFound = Object.assign(new Error('none'), { name: 'ResourceNotFoundException' })
  return {
    sts: { send: async () => ({ Account: o.account ?? '111111111111' }) },
    eks: { send: async () => (o.cluster ? { cluster: o.cluster } : Promise.reject(notFound)) },
  } as never as Aws // the two calls that are made
}
const found = (time: string, tags = {}) => ({ arn, createdAt: new Date(time), tags })
const asked = { tenant, destroys: false, changes: true, recreates: undefined }
const destroying = { ...asked, destroys: true, changes: false }

test('asks nobody where nothing was made', async () => {
  const silent = {} as never as Aws // not to be called
  expect(await worldFault([{ type: 'pulumi:providers:aws', custom: true }], asked, silent)).toBe(
    undefined,
  )
})

test.each([
  ['one resource of a creation that failed', 'arn:aws:ec2:eu-west-1:111111111111:vpc/vpc-1'],
  ['a role, which has no region', 'arn:aws:iam::111111111111:role/r'],
  ['another partition', 'arn:aws-cn:ec2:cn-north-1:111111111111:vpc/vpc-1'],
])('knows the account by %s', async (_, resource) => {
  const records = [{ type: 'aws:x:Y', custom: true, outputs: { arn: resource } }]
  expect(await worldFault(records, asked, awsWith({}))).toBe(undefined)
  const fault = await worldFault(records, destroying, awsWith({ account: '222222222222' }))
  expect(fault).toMatchObject({ code: 'AccountMismatch', retryable: false })
  expect(fault?.message).toMatch(/222222222222.*111111111111/)
})

test.each([
  ['what AWS owns', { custom: true, outputs: { arn: 'arn:aws:iam::aws:policy/P' } }],
  ['what is only read', { custom: true, external: true, outputs: { arn } }],
])('takes no account from %s', async (_, record) => {
  const records = [{ type: 'aws:x:Y', ...record }]
  expect(await worldFault(records, asked, awsWith({ account: '222222222222' }))).toBe(undefined)
})

test.each(['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000Z', '2026-01-01 00:00:00 +0000 UTC'])(
  'knows the cluster again by a time of creation written as %s',
  async (createdAt) => {
    const aws = awsWith({ cluster: found('2026-01-01T00:00:00.400Z') })
    expect(await worldFault([stack, cluster(createdAt)], asked, aws)).toBe(undefined)
  },
)

test('wants consent that names the one cluster that is gone', async () => {
  const aws = awsWith({})
  const value = 'c@2026-01-01T00:00:00Z'
  expect(await worldFault(made, asked, aws)).toMatchObject({ code: 'ClusterLost', value })
  expect(await worldFault(made, { ...asked, recreates: value }, aws)).toBe(undefined)
  for (const recreates of ['c', arn, 'c@2025-01-01T00:00:00Z', 'true', ''])
    // oxlint-disable-next-line no-await-in-loop -- a table
    expect(await worldFault(made, { ...asked, recreates }, aws), recreates).toBeDefined()
  expect(await worldFault(made, destroying, aws)).toBe(undefined)
})

test('makes again what was lost before anybody could use it', async () => {
  const [, half] = made
  expect(await worldFault(half ? [half] : [], asked, awsWith({}))).toBe(undefined)
  const condemned = { ...cluster('2026-01-01T00:00:00Z'), delete: true }
  expect(await worldFault([stack, condemned], asked, awsWith({}))).toBe(undefined)
})

test('touches no other cluster of the name, by whatever consent', async () => {
  const aws = awsWith({ cluster: found('2026-02-02T00:00:00Z') })
  const consent = { ...asked, recreates: 'c@2026-01-01T00:00:00Z' }
  const faults = [asked, consent, destroying].map((how) => worldFault(made, how, aws))
  for (const fault of await Promise.all(faults)) {
    expect(fault).toMatchObject({ code: 'ClusterLost', retryable: false })
    expect(fault).not.toHaveProperty('value')
  }
})

test('destroys another cluster of the name where it has the tag of the tenant', async () => {
  const tags = { 'cratekube.io/uid': tenant.uid }
  const aws = awsWith({ cluster: found('2026-02-02T00:00:00Z', tags) })
  expect(await worldFault(made, destroying, aws)).toBe(undefined)
  expect(await worldFault(made, asked, aws)).toBeDefined()
})

test.each([
  ['now', { facts: { clusterArn: arn } }, 'ClusterLost'],
  ['in an earlier release', { clusterArn: arn }, 'ClusterLost'],
  ['that was never finished', {}, undefined],
])(
  'knows by the outputs of a stack as they are %s whether a cluster was made',
  async (_, outputs, code) => {
    const records = [{ type: 'pulumi:pulumi:Stack', outputs }, cluster('2026-01-01T00:00:00Z')]
    expect((await worldFault(records, { ...asked, changes: false }, awsWith({})))?.code).toBe(code)
  },
)
