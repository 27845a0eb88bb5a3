// A replacement of node pools that failed, was killed or suspended, and what the user wants next, on the AWS double.
// Takes minutes: each case makes node pools, fails to replace them, and ends with an empty account.
import { mkdir, mkdtemp } from 'node:fs/promises'
import path from 'node:path'
import { DescribeLaunchTemplatesCommand } from '@aws-sdk/client-ec2'
import { DescribeNodegroupCommand, ListNodegroupsCommand } from '@aws-sdk/client-eks'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { TenantInput } from '../../../../operator/api/tenant/stack.ts'
import { sweep } from '../../../../operator/aws/cleanup/sweep.ts'
import type { OperationResult } from '../../../../operator/engine/index.ts'
import { tenantInput } from '../../../support/tenant-input.ts'
import { awsLab, type Lab } from '../../sandbox/aws/fixture.ts'
import { environment } from '../../aws/account.ts'
import { cloudLab, type CloudLab } from '../../aws/cloud-lab.ts'
import { runCloud, whereIn, type Where } from './cloud-stack.ts'

const clusterName = 'payments-0a1b2c3d'
let own: CloudLab
let lab: Lab
let state: string
let where: Where

beforeAll(async () => {
  own = await cloudLab()
  lab = own
})
beforeEach(async () => {
  state = await mkdtemp(path.join(own.folder, 'state-'))
  where = { ...whereIn(own), backendUrl: `file://${state}` }
})
/** Whatever state it was left in, the deletion of the TenantCluster leaves nothing. */
afterEach(async () => {
  lab.aws.faults.remove()
  const tenant = pools('m6i.large')
  expect(await runCloud({ kind: 'destroy', tenant, refresh: true }, where)).toMatchObject({
    status: 'succeeded',
  })
  expect(await sweep(tenant, own.asCaller, { delete: false })).toEqual([])
})
afterAll(() => own?.[Symbol.asyncDispose]())

/** Pools `a`, `b` … of one type each. */
const pools = (...types: string[]): TenantInput =>
  tenantInput({
    nodePools: types.map((type, at) => ({
      name: 'abc'[at],
      aws: { instanceTypes: [type] },
      desired: 1,
    })),
  })

type How = Partial<Where> & { refresh?: boolean }
const attempt = ({ refresh = false, ...how }: How, ...types: string[]): Promise<OperationResult> =>
  runCloud({ kind: 'up', tenant: pools(...types), refresh }, { ...where, ...how })

async function up(...types: string[]) {
  const result = await attempt({}, ...types)
  if (result.status !== 'succeeded') throw new Error(JSON.stringify(result))
  return result.changes
}

/** AWS has no capacity for any node group that is made while `body` runs. */
async function withoutCapacity<T>(body: () => Promise<T>): Promise<T> {
  const issues = [
    {
      code: 'AsgInstanceLaunchFailures',
      message: 'InsufficientInstanceCapacity - We currently do not have sufficient capacity',
    },
  ]
  lab.aws.faults.add({
    match: { operation: 'CreateNodegroup' },
    action: { type: 'fail-create', issues },
  })
  try {
    return await body()
  } finally {
    lab.aws.faults.remove()
  }
}

const fails = async (...types: string[]) =>
  expect(await withoutCapacity(() => attempt({}, ...types))).toMatchObject({
    status: 'failed',
    fault: { code: 'AWS.InsufficientCapacity' },
  })

/** Each with the time it was made at: a group that was made again has another. */
async function groups(): Promise<Record<string, string>> {
  const { nodegroups = [] } = await lab.eks.send(new ListNodegroupsCommand({ clusterName }))
  const described = nodegroups.map(async (nodegroupName) => {
    const { nodegroup } = await lab.eks.send(
      new DescribeNodegroupCommand({ clusterName, nodegroupName }),
    )
    return [nodegroup?.instanceTypes?.join() ?? '', nodegroup?.nodegroupArn ?? ''] as const
  })
  return Object.fromEntries(await Promise.all(described))
}

async function templates(): Promise<number> {
  const { LaunchTemplates = [] } = await lab.ec2.send(new DescribeLaunchTemplatesCommand({}))
  return LaunchTemplates.length
}

/** The very groups that were there, a template for each, and nothing left to do. */
async function expectBack(before: Record<string, string>, ...types: string[]) {
  expect(await groups()).toEqual(before)
  expect(await templates()).toBe(Object.keys(before).length)
  expect(Object.keys(await up(...types))).toEqual(['same'])
}

test('a type without capacity is taken back in one operation, twice', async () => {
  await up('m6i.large')
  const before = await groups()
  for (const hopeless of ['m6i.xlarge', 'r6i.large']) {
    /* oxlint-disable no-await-in-loop -- one after the other */
    await fails(hopeless)
    expect(await groups()).toMatchObject(before)
    await up('m6i.large')
    await expectBack(before, 'm6i.large')
    /* oxlint-enable no-await-in-loop */
  }
})

test('another type, and the same one again, get past the failed one', async () => {
  await up('m6i.large')
  await fails('m6i.xlarge')
  await fails('m6i.xlarge')
  await up('m6i.xlarge')
  expect(Object.keys(await groups())).toEqual(['m6i.xlarge'])
  await fails('r6i.large')
  await up('c6i.large')
  await expectBack(await groups(), 'c6i.large')
  expect(Object.keys(await groups())).toEqual(['c6i.large'])
})

test('after two failures the second last is wanted, or the first', async () => {
  await up('m6i.large')
  const before = await groups()
  await fails('m6i.xlarge')
  await fails('r6i.large')
  expect(await groups()).toMatchObject(before)
  await up('m6i.xlarge')
  expect(Object.keys(await groups())).toEqual(['m6i.xlarge'])
  const now = await groups()
  await fails('c6i.large')
  await fails('r6i.large')
  await up('m6i.xlarge')
  await expectBack(now, 'm6i.xlarge')
})

test('two pools are taken back at once, one of them, and with other changes', async () => {
  await up('m6i.large', 'c6i.large')
  const before = await groups()
  await fails('m6i.xlarge', 'c6i.xlarge')
  await up('m6i.large', 'c6i.large')
  await expectBack(before, 'm6i.large', 'c6i.large')
  await fails('m6i.xlarge', 'c6i.xlarge')
  await up('m6i.large', 'r6i.large')
  const { 'm6i.large': kept } = await groups()
  expect(kept).toBe(before['m6i.large'])
  expect(Object.keys(await groups()).toSorted()).toEqual(['m6i.large', 'r6i.large'])
  await fails('m6i.xlarge', 'r6i.large')
  const grown = tenantInput({
    nodePools: [
      { name: 'a', aws: { instanceTypes: ['m6i.large'] }, desired: 2, labels: { x: 'y' } },
    ],
  })
  expect(await runCloud({ kind: 'up', tenant: grown }, where)).toMatchObject({
    status: 'succeeded',
  })
  expect(await groups()).toEqual({ 'm6i.large': kept })
  expect(await templates()).toBe(1)
})

/** Ends the run when the call was made: at once, or as a suspension does. */
async function broken(
  how: 'kill' | 'cancel',
  operation: string,
  ...types: string[]
): Promise<void> {
  const end = new AbortController()
  const seen = lab.aws.calls.list({ mutating: true }).length
  const made = () => lab.aws.calls.list({ mutating: true }).slice(seen)
  const timer = setInterval(() => {
    if (made().some((call) => call.operation === operation)) end.abort()
  }, 5)
  try {
    const result = await attempt({ [how]: end.signal }, ...types)
    expect(result.status).not.toBe('succeeded')
  } finally {
    clearInterval(timer)
  }
}

const moments = [
  ['kill', 'CreateLaunchTemplate'],
  ['kill', 'CreateNodegroup'],
  ['cancel', 'CreateNodegroup'],
  ['kill', 'DeleteNodegroup'],
  ['cancel', 'DeleteNodegroup'],
  ['kill', 'DeleteLaunchTemplate'],
] as const

for (const [how, operation] of moments) {
  test(`a replacement that met a ${how} at ${operation} is taken back in one operation`, async () => {
    await up('m6i.large')
    const before = await groups()
    await broken(how, operation, 'm6i.xlarge')
    await up('m6i.large')
    const lost = operation.startsWith('Delete')
    await expectBack(lost ? await groups() : before, 'm6i.large')
    expect(Object.keys(await groups())).toEqual(['m6i.large'])
  })
}

test('a replacement whose template alone was made is gone on with', async () => {
  await up('m6i.large')
  await broken('kill', 'CreateLaunchTemplate', 'm6i.xlarge')
  await up('m6i.xlarge')
  expect(Object.keys(await groups())).toEqual(['m6i.xlarge'])
  await expectBack(await groups(), 'm6i.xlarge')
})

test('an old group that is being deleted already is waited for, and made again', async () => {
  const swift = lab
  const slow = await awsLab({ speed: 60 })
  try {
    where = { ...where, lab: slow, env: environment(slow), backendUrl: `${where.backendUrl}/slow` }
    lab = slow
    await mkdir(path.join(state, 'slow'))
    await up('m6i.large')
    const before = await groups()
    await broken('kill', 'DeleteNodegroup', 'm6i.xlarge')
    expect(await groups()).toMatchObject(before)
    await up('m6i.large')
    const { 'm6i.large': made, ...others } = await groups()
    expect([made === before['m6i.large'], others, await templates()]).toEqual([false, {}, 1])
  } finally {
    lab = swift
    where = { ...whereIn(own), backendUrl: `file://${state}` }
    await slow.stop()
  }
})

test('a failed replacement is deleted with what it was to replace', async () => {
  await up('m6i.large', 'c6i.large')
  await fails('m6i.xlarge', 'c6i.xlarge')
})
