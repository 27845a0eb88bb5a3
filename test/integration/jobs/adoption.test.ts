// A cluster whose TenantCluster is gone is taken over by another of its namespace and name: what a worker does of it, on the
// AWS double, which tells every call.
// Takes minutes: each of twenty-two cases takes over a cluster that was made for it.
import { cp, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { CreateTagsCommand, DescribeVpcsCommand } from '@aws-sdk/client-ec2'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Ending } from '../../../operator/jobs/worker/operation.ts'
import { beyondPolicy } from '../../support/aws-policy.ts'
import { minimalSpec } from '../../support/tenant-cluster.ts'
import { cloudLab, type CloudLab } from '../aws/cloud-lab.ts'
import { work, type Asked } from './worker-operation.ts'

const lost = '0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9'
const heir = '11111111-4e5f-6071-8293-a4b5c6d7e8f9'
const other = '22222222-4e5f-6071-8293-a4b5c6d7e8f9'
const pools = [{ name: 'default', aws: { instanceTypes: ['m6i.large'] }, desired: 2 }]
const spec = { ...minimalSpec, nodePools: pools }
const adopting = { ...spec, adopt: { uid: lost } }
const minutes = 60_000

let lab: CloudLab
let state: string

beforeAll(async () => {
  lab = await cloudLab()
  state = path.join(lab.folder, 'state')
  await mkdir(state)
  const made = await perform({ kind: 'Create', uid: lost, spec })
  expect(made).toMatchObject({ result: 'Succeeded', outputs: { clusterName: 'payments-0a1b2c3d' } })
}, 2 * minutes)
afterAll(() => lab?.[Symbol.asyncDispose]())

const perform = (asked: Asked, by = lab.caller) =>
  work(asked, { lab, keys: by, engine: 'embedded', backendUrl: `file://${state}` })

/** The ending, and what was changed in AWS on the way. */
async function watched(
  asked: Asked,
  by = lab.caller,
): Promise<{ ending: Ending; calls: string[] }> {
  const before = lab.aws.calls.list({ mutating: true }).length
  const ending = await perform(asked, by)
  const calls = lab.aws.calls.list({ mutating: true }).slice(before)
  return { ending, calls: calls.map(({ service, operation }) => `${service}:${operation}`) }
}

/** AWS sees no change, and holds what it held. */
async function expectTakenOver(asked: Asked): Promise<void> {
  const inventory = await lab.aws.inventory()
  const { ending, calls } = await watched(asked)
  expect(ending).toMatchObject({
    result: 'Succeeded',
    adopted: lost,
    outputs: { clusterName: 'payments-0a1b2c3d' },
  })
  expect(calls).toEqual([])
  expect(await lab.aws.inventory()).toEqual(inventory)
}

const refusedWith = (code: string, message: RegExp) => ({
  ending: {
    result: 'Failed',
    fault: { code, retryable: false, message: expect.stringMatching(message) as string },
  },
  calls: [],
})

const stacks = async () =>
  (await readdir(path.join(state, '.pulumi/stacks/cratekube')).catch(() => [])).filter((file) =>
    file.endsWith('.json'),
  )

describe('is not taken over, and nothing is changed,', () => {
  test('without spec.adopt, which is what the refusal tells of', async () => {
    expect(await watched({ kind: 'Create', uid: heir, spec })).toMatchObject({
      ...refusedWith('StackNameClash', new RegExp(lost)),
      ending: { fault: { action: expect.stringContaining(`spec.adopt.uid to ${lost}`) as string } },
    })
  })

  test.each<[string, object, RegExp]>([
    [
      'other nodes',
      { nodePools: [{ ...pools[0], desired: 3 }] },
      /nothing was changed; it would update aws:eks\/nodeGroup:NodeGroup \S+ \(scalingConfig\)$/,
    ],
    [
      'another pool',
      { nodePools: [...pools, { name: 'more', aws: { instanceTypes: ['m6i.large'] } }] },
      /create aws:eks\/nodeGroup:NodeGroup/,
    ],
    [
      'another network',
      { provider: { aws: { ...spec.provider.aws, vpc: { cidr: '10.9.0.0/16' } } } },
      /replace aws:ec2\/vpc:Vpc .* and \d+ more$/,
    ],
    [
      'a file system',
      { autofs: { maps: [{ name: 'home', source: 'EFS' }] } },
      /create aws:efs\/fileSystem:FileSystem/,
    ],
  ])('by a spec with %s', async (_, change, message) => {
    const asked = { ...adopting, ...change }
    const seen = await watched({ kind: 'Create', uid: heir, spec: asked })
    expect(seen).toMatchObject(refusedWith('AdoptionDiffers', message))
    expect(seen.ending.fault?.message.length).toBeLessThan(2_000)
  })

  test('by one whose status was restored with that of an earlier one', async () => {
    const status = { appliedGeneration: 1, adopted: lost, physicalName: 'payments-0a1b2c3d' }
    const grown = { ...adopting, nodePools: [{ ...pools[0], desired: 3 }] }
    const seen = await watched({ kind: 'Update', uid: heir, spec: grown, status })
    expect(seen).toMatchObject(refusedWith('AdoptionDiffers', /nothing was changed/))
  })

  test('under the uid of another', async () => {
    const wrong = { ...spec, adopt: { uid: other } }
    const seen = await watched({ kind: 'Create', uid: heir, spec: wrong })
    expect(seen).toMatchObject(
      refusedWith('AdoptionRefused', new RegExp(`expected ${lost}.*got ${other}`)),
    )
  })

  test('from another namespace, nor under another name; and no stack is left of it', async () => {
    const before = await stacks()
    for (const place of [{ namespace: 'evil' }, { name: 'other' }]) {
      const seen = await watched({ kind: 'Create', uid: heir, spec: adopting, ...place })
      expect(seen).toMatchObject(
        refusedWith(
          'AdoptionRefused',
          /that of team-payments\/payments, whose cluster is in account 123456789012 in eu-west-1/,
        ),
      )
    }
    expect(await stacks()).toEqual(before)
  })

  test('where there is nothing, and no stack is left of it', async () => {
    const before = await stacks()
    const asked = { ...spec, adopt: { uid: other } }
    const seen = await watched({ kind: 'Create', uid: heir, spec: asked, name: 'nothing' })
    expect(seen).toMatchObject(
      refusedWith('NothingToAdopt', /nothing in account 123456789012 in eu-west-1 has the tag/),
    )
    expect(await stacks()).toEqual(before)
  })

  test('with credentials of another account', async () => {
    const stranger = { arn: 'arn:aws:iam::210987654321:user/other', userId: 'AIDAOTHER' }
    const others = lab.aws.keys.create(stranger)
    const seen = await watched({ kind: 'Create', uid: heir, spec: adopting }, others)
    expect(seen).toMatchObject(refusedWith('AccountMismatch', /in account 123456789012$/))
  })

  test('by one that is deleted before, which is let go', async () => {
    const { ending, calls } = await watched({ kind: 'Delete', uid: heir, spec: adopting })
    expect(ending).toEqual({ result: 'Succeeded', credentialsVersion: '7' })
    expect(calls).toEqual([])
  })

  test('while it differs in AWS from what was made', async () => {
    const { Vpcs } = await lab.ec2.send(
      new DescribeVpcsCommand({ Filters: [{ Name: 'tag:cratekube.io/uid', Values: [lost] }] }),
    )
    const Resources = [Vpcs?.[0]?.VpcId ?? '']
    const tag = (Value: string) =>
      lab.ec2.send(new CreateTagsCommand({ Resources, Tags: [{ Key: 'Name', Value }] }))
    await tag('somebody’s')
    const seen = await watched({ kind: 'Create', uid: heir, spec: adopting })
    expect(seen).toMatchObject(refusedWith('AdoptionDiffers', /update aws:ec2\/vpc:Vpc vpc \(tags/))
    await tag('payments-0a1b2c3d-vpc')
  })
})

describe('whose stacks are lost', () => {
  const applied = { appliedGeneration: 1, physicalName: 'payments-0a1b2c3d' }
  let kept: string
  beforeEach(async () => {
    kept = await mkdtemp(path.join(tmpdir(), 'adoption-kept-'))
    await cp(state, kept, { recursive: true })
  })
  afterEach(async () => {
    await rm(state, { recursive: true })
    await rename(kept, state)
  })
  const lose = (which: RegExp) =>
    Promise.all(
      ['stacks', 'history', 'backups'].map(async (kind) => {
        const folder = path.join(state, '.pulumi', kind, 'cratekube')
        const names = (await readdir(folder).catch(() => [])).filter((name) => which.test(name))
        await Promise.all(names.map((name) => rm(path.join(folder, name), { recursive: true })))
      }),
    )
  const all = /./
  const addons = /\.addons/
  const cloud = /payments(?!\.addons)/

  test('is not made a second time without spec.adopt', async () => {
    await lose(all)
    const seen = await watched({ kind: 'Update', uid: lost, spec, status: applied })
    expect(seen).toMatchObject(
      refusedWith('StackLost', /not there; but account 123456789012 holds .*uid=0a1b2c3d/),
    )
    expect(await stacks()).toEqual([])
  })

  test.each<[string, RegExp, Omit<Asked, 'kind'>]>([
    ['that of an earlier one, both lost,', all, { uid: heir, spec: adopting }],
    ['that of an earlier one, the cloud’s lost,', cloud, { uid: heir, spec: adopting }],
    ['that of an earlier one, the add-ons’ lost,', addons, { uid: heir, spec: adopting }],
    ['its own', all, { uid: lost, spec: adopting, status: applied }],
    [
      'one that was taken over before',
      all,
      { uid: heir, adopted: lost, spec: adopting, status: applied },
    ],
  ])(
    '%s is taken over without a change',
    async (_, which, asked) => {
      await lose(which)
      await expectTakenOver({ kind: 'Update', ...asked })
      expect(await stacks()).toHaveLength(2)
    },
    2 * minutes,
  )

  test.each<[string, object, RegExp]>([
    [
      'other nodes',
      { nodePools: [{ ...pools[0], desired: 3 }] },
      /nothing was changed; it would update aws:eks\/nodeGroup:NodeGroup default \(scalingConfig\)$/,
    ],
    [
      'another pool alone',
      { nodePools: [{ ...pools[0], name: 'more' }] },
      /create aws:ec2\/launchTemplate:LaunchTemplate more, lose sight of eks:nodegroup payments-0a1b2c3d\/default-/,
    ],
  ])('is not taken over by a spec with %s', async (_, change, message) => {
    await lose(all)
    const seen = await watched({ kind: 'Create', uid: heir, spec: { ...adopting, ...change } })
    expect(seen).toMatchObject(refusedWith('AdoptionDiffers', message))
    expect(await stacks()).toEqual([])
  })

  test('is not taken over from another namespace', async () => {
    await lose(all)
    const seen = await watched({ kind: 'Create', uid: heir, spec: adopting, namespace: 'evil' })
    expect(seen).toMatchObject(refusedWith('AdoptionRefused', /that of team-payments\/payments/))
    expect(await stacks()).toEqual([])
  })
})

test(
  'is taken over without a change, and then changed and destroyed as one’s own',
  async () => {
    await expectTakenOver({ kind: 'Create', uid: heir, spec: adopting })
    const taken = { uid: heir, adopted: lost }
    const grown = { ...adopting, nodePools: [{ ...pools[0], desired: 3 }] }
    const changed = await watched({ ...taken, kind: 'Update', spec: grown })
    expect(changed).toMatchObject({
      ending: { result: 'Succeeded', adopted: lost },
      calls: ['eks:UpdateNodegroupConfig'],
    })
    const without = await watched({ ...taken, kind: 'Update', spec })
    expect(without).toMatchObject(
      refusedWith('AdoptionRefused', new RegExp(`expected ${lost}.*got none`)),
    )

    const removed = await watched({ ...taken, kind: 'Delete', spec: grown })
    expect(removed.ending).toMatchObject({ result: 'Succeeded', adopted: lost })
    expect(JSON.stringify(await lab.aws.inventory())).not.toContain(lost)
    expect(await stacks()).toEqual([])
    expect(beyondPolicy(lab.aws.calls.list())).toEqual([])
  },
  2 * minutes,
)
