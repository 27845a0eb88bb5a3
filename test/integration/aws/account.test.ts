// What AWS itself can tell of a tenant: the ids of what a crash left unrecorded, and what is left after deletion.
import {
  CreateNetworkInterfaceCommand,
  CreateVolumeCommand,
  CreateVpcCommand,
  DescribeVpcsCommand,
} from '@aws-sdk/client-ec2'
import { DescribeClusterCommand, UpdateClusterConfigCommand } from '@aws-sdk/client-eks'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { awsClients } from '../../../operator/aws/access/clients.ts'
import { liftDeletionProtection } from '../../../operator/aws/cleanup/deletion-protection.ts'
import { findCreated } from '../../../operator/aws/world/lookup.ts'
import { sweep } from '../../../operator/aws/cleanup/sweep.ts'
import { beyondPolicy, grantablePolicies } from '../../support/aws-policy.ts'
import { tenantInput } from '../../support/tenant-input.ts'
import { eventually, region } from '../sandbox/aws/fixture.ts'
import { environment, fill, type Made } from './account.ts'
import { cloudLab, type CloudLab } from './cloud-lab.ts'

const tenant = tenantInput({
  autofs: { maps: [{ name: 'home', source: 'EFS' }] },
  aws: { endpointAccess: { public: false, privateCidrs: ['10.20.0.0/16', '198.51.100.0/24'] } },
  nodePools: [{ name: 'default', desired: 2 }],
})
const stranger = { ...tenantInput(), uid: '99999999-0000-4000-8000-000000000000' }
let lab: CloudLab
let made: Made[]

beforeAll(async () => {
  lab = await cloudLab({ unbound: true })
  for (const [name, value] of Object.entries(environment(lab))) vi.stubEnv(name, value)
  ;({ made } = await fill(tenant))
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await lab?.[Symbol.asyncDispose]()
})

describe('what a crash left unrecorded', () => {
  const { signal } = new AbortController()
  /** Made again they are the same: they have neither name nor tags. */
  const harmless = [
    'aws:efs/backupPolicy:BackupPolicy',
    'aws:efs/fileSystemPolicy:FileSystemPolicy',
  ]

  test('is found by the id that the provider gave it, whatever it is', async () => {
    const sought = made.filter(({ type }) => !harmless.includes(type))
    expect(sought.length).toBeGreaterThan(40)
    for (const { type, name, id, inputs } of sought) {
      expect(
        await findCreated(type, { inputs, tenant, aws: lab.asCaller, signal }),
        `${type} ${name}`,
      ).toBe(id)
    }
  })

  test('is not found when it is another tenant’s', async () => {
    const tagged = made.filter(
      ({ inputs, type }) => 'tags' in inputs && !/iam|logs|logGroup|default/i.test(type),
    )
    for (const { type, name, inputs } of tagged) {
      expect(
        await findCreated(type, { inputs, tenant: stranger, aws: lab.asCaller, signal }),
        `${type} ${name}`,
      ).toBeUndefined()
    }
  })

  test('is not found when it was never made', async () => {
    // The default group of a VPC is there with it.
    for (const { type, name, inputs } of made.filter(
      ({ type: t }) => !harmless.includes(t) && !/default/.test(t),
    )) {
      const elsewhere = JSON.parse(
        JSON.stringify(inputs).replaceAll(/payments-0a1b2c3d|(?<=urn-name":")/g, 'other'),
      )
      if (JSON.stringify(elsewhere) === JSON.stringify(inputs)) continue
      expect(
        await findCreated(type, { inputs: elsewhere, tenant, aws: lab.asCaller, signal }),
        `${type} ${name}`,
      ).toBeUndefined()
    }
  })
})

test('deletion protection is lifted for the tenant’s own cluster only', async () => {
  const name = 'payments-0a1b2c3d'
  const isProtected = async () =>
    (await lab.eks.send(new DescribeClusterCommand({ name }))).cluster?.deletionProtection
  await lab.eks.send(new UpdateClusterConfigCommand({ name, deletionProtection: true }))
  await eventually(async () => (await isProtected()) === true)
  await liftDeletionProtection(
    { ...tenant, uid: '0a1b2c3d-ffff-4000-8000-000000000000' },
    lab.asCaller,
  )
  expect(await isProtected()).toBe(true)
  const spec = { ...tenant.spec, deletionProtection: true }
  await expect(liftDeletionProtection({ ...tenant, spec }, lab.asCaller)).rejects.toThrow(
    'deletionProtection',
  )
  expect(await isProtected()).toBe(true)
  await liftDeletionProtection(tenant, lab.asCaller)
  await eventually(async () => (await isProtected()) === false)
})

describe('sweep', () => {
  test('lists everything of the tenant and changes nothing when it only looks', async () => {
    const before = lab.aws.calls.list({ mutating: true }).length
    const remaining = await sweep(tenant, lab.asCaller, { delete: false })
    const types = new Set(remaining.map((r) => r.type))
    expect([...types].toSorted()).toEqual(
      expect.arrayContaining([
        'ec2:elastic-ip',
        'ec2:internet-gateway',
        'ec2:launch-template',
        'ec2:nat-gateway',
        'ec2:network-interface',
        'ec2:route-table',
        'ec2:security-group',
        'ec2:security-group-rule',
        'ec2:subnet',
        'ec2:vpc',
        'ec2:vpc-endpoint',
        'efs:file-system',
        'efs:mount-target',
        'eks:cluster',
        'eks:nodegroup',
        'iam:role',
        'logs:log-group',
      ]),
    )
    expect(lab.aws.calls.list({ mutating: true })).toHaveLength(before)
  })

  test('finds nothing of a tenant that never was', async () => {
    expect(await sweep(stranger, lab.asCaller, { delete: true })).toEqual([])
  })

  test('removes everything, what the cluster’s controllers made too, and proves that nothing is left', async () => {
    const subnet =
      made.find((m) => m.type === 'aws:ec2/subnet:Subnet' && m.name === 'private-0')?.id ?? ''
    await lab.ec2.send(
      new CreateNetworkInterfaceCommand({
        SubnetId: subnet,
        Description: 'leaked by a controller',
      }),
    )
    const owned = { Key: 'kubernetes.io/cluster/payments-0a1b2c3d', Value: 'owned' }
    await lab.ec2.send(
      new CreateVolumeCommand({
        AvailabilityZone: `${region}a`,
        Size: 1,
        TagSpecifications: [{ ResourceType: 'volume', Tags: [owned] }],
      }),
    )
    const foreign = await lab.ec2.send(new CreateVpcCommand({ CidrBlock: '10.77.0.0/16' }))
    expect(await sweep(tenant, lab.asCaller, { delete: true, passes: 40, pauseMs: 50 })).toEqual([])
    expect(lab.errors).toEqual([])
    const { Vpcs = [] } = await lab.ec2.send(
      new DescribeVpcsCommand({ Filters: [{ Name: 'is-default', Values: ['false'] }] }),
    )
    expect(Vpcs.map((vpc) => vpc.VpcId)).toEqual([foreign.Vpc?.VpcId])
  })

  test('rejects when AWS cannot be asked, for then nothing is proved', async () => {
    const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wrong' }
    using refused = awsClients({ region, credentials, endpoint: lab.aws.endpoint })
    await expect(sweep(tenant, refused, { delete: true })).rejects.toThrow()
  })
})

test('takes no more rights than the guide asks for, to create, to look up and to sweep', () => {
  const calls = lab.aws.calls.list()
  expect(calls.length).toBeGreaterThan(500)
  expect(beyondPolicy(calls)).toEqual(['ec2:CreateVolume']) // of this file
  const attached = made.filter(({ type }) => type.endsWith(':RolePolicyAttachment'))
  const policies = new Set(attached.map(({ inputs }) => inputs['policyArn']))
  expect(new Set<unknown>(grantablePolicies())).toEqual(policies)
})
