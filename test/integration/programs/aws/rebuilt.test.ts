// The state of a stack that is lost is made anew from what AWS holds, by the real runner and either engine, on the AWS
// double, which tells every call.
// Takes minutes: a state is made anew by looking up every resource, by either engine.
import { awsOf } from '../../../../operator/api/aws/aws-of.ts'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import {
  DeleteNodegroupCommand,
  DescribeNodegroupCommand,
  ListNodegroupsCommand,
} from '@aws-sdk/client-eks'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { TenantInput } from '../../../../operator/api/tenant/stack.ts'
import { awsClients } from '../../../../operator/aws/access/clients.ts'
import { sweep } from '../../../../operator/aws/cleanup/sweep.ts'
import type { EngineSettings, OperationResult } from '../../../../operator/engine/index.ts'
import { installPlugins } from '../../../sandbox/providers/plugins.ts'
import { ensureTools } from '../../../sandbox/tools/ensure.ts'
import { beyondPolicy } from '../../../support/aws-policy.ts'
import { tenantInput } from '../../../support/tenant-input.ts'
import { eventually, gone, region } from '../../sandbox/aws/fixture.ts'
import { environment } from '../../aws/account.ts'
import { cloudLab, type CloudLab } from '../../aws/cloud-lab.ts'
import { runCloud, stack, succeed, type Where } from './cloud-stack.ts'

const steady = { name: 'default', aws: { instanceTypes: ['m6i.large'] }, desired: 2 }
const spot = { name: 'spot', aws: { instanceTypes: ['m6i.large', 'm6a.large'], capacity: 'Spot' } }
const place = awsOf(tenantInput({}).spec)
const spec = {
  nodePools: [steady, spot],
  autofs: { maps: [{ name: 'home', source: 'EFS' }] },
  provider: {
    aws: {
      ...place,
      endpointAccess: { public: true, private: true, privateCidrs: ['10.1.0.0/16'] },
    },
  },
}
const tenant = tenantInput(spec)
const clusterName = 'payments-0a1b2c3d'
const minutes = 60_000

let lab: CloudLab
let env: Record<string, string>
let created: Extract<OperationResult, { status: 'succeeded' }>

const where = async (name: string, engine: EngineSettings['engine'] = 'embedded') => {
  await mkdir(path.join(lab.folder, name), { recursive: true })
  return { lab, env, engine, backendUrl: `file://${path.join(lab.folder, name)}` }
}

beforeAll(async () => {
  lab = await cloudLab()
  await installPlugins(path.join(lab.folder, 'home'))
  vi.stubEnv('PULUMI_HOME', path.join(lab.folder, 'home'))
  const cli = (await ensureTools(['pulumi'])).path('pulumi')
  env = {
    ...environment(lab, lab.caller),
    PATH: [path.dirname(cli), '/usr/bin', '/bin'].join(':'),
  }
  created = await succeed({ kind: 'up', tenant }, await where('made'))
}, 3 * minutes)
afterAll(async () => {
  vi.unstubAllEnvs()
  await lab?.[Symbol.asyncDispose]()
})

const rebuild = (there: Where, wanted: TenantInput = tenant) =>
  runCloud({ kind: 'preview', tenant: wanted, refresh: true, adopts: true, rebuilds: true }, there)

/** What was changed in AWS meanwhile. */
async function changed<T>(act: () => Promise<T>): Promise<{ value: T; calls: string[] }> {
  const before = lab.aws.calls.list({ mutating: true }).length
  const value = await act()
  const calls = lab.aws.calls.list({ mutating: true }).slice(before)
  return { value, calls: calls.map(({ service, operation }) => `${service}:${operation}`) }
}

type StateRecord = Record<string, unknown> & { urn: string }
const files = async (name: string) => {
  const found = await readdir(path.join(lab.folder, name, '.pulumi/stacks/cratekube')).catch(
    () => [],
  )
  return found.filter((file) => file.endsWith('.json'))
}

/** What is in AWS, by URN, without what the engines write differently. */
async function stateOf(name: string): Promise<Map<string, object>> {
  const file = path.join(lab.folder, name, `.pulumi/stacks/cratekube/${stack}.json`)
  const { checkpoint } = JSON.parse(await readFile(file, 'utf8')) as {
    checkpoint: { latest: { resources: StateRecord[] } }
  }
  const records = checkpoint.latest.resources.filter(
    ({ custom, type }) => custom === true && !String(type).startsWith('pulumi:'),
  )
  return new Map(
    records.map(({ urn, id, parent, deletedWith, inputs, dependencies = [] }) => [
      urn,
      { id, parent, deletedWith, inputs, dependencies: (dependencies as string[]).toSorted() },
    ]),
  )
}

test.each(['embedded', 'cli'] as const)(
  'is made anew by %s, with nothing to change, and is then as it was',
  async (engine) => {
    const inventory = await lab.aws.inventory()
    const there = await where(engine, engine)
    const { value, calls } = await changed(() => rebuild(there))
    expect(value).toMatchObject({ status: 'succeeded', planned: [] })
    expect(calls).toEqual([])

    const taken = await changed(() => succeed({ kind: 'up', tenant, refresh: true }, there))
    expect(taken.calls).toEqual([])
    expect(taken.value.outputs).toEqual(created.outputs)
    expect(await lab.aws.inventory()).toEqual(inventory)
    expect(await stateOf(engine)).toEqual(await stateOf('made'))
    const again = await succeed({ kind: 'preview', tenant, refresh: true }, there)
    expect(Object.keys(again.changes)).toEqual(['same'])
    expect(beyondPolicy(lab.aws.calls.list())).toEqual([])
  },
  5 * minutes,
)

test.each<[string, object, object]>([
  [
    'other nodes',
    { nodePools: [{ ...steady, desired: 3 }, spot] },
    { op: 'update', type: 'aws:eks/nodeGroup:NodeGroup', name: 'default' },
  ],
  [
    'another pool',
    { nodePools: [steady, spot, { ...steady, name: 'more' }] },
    { op: 'create', type: 'aws:ec2/launchTemplate:LaunchTemplate', name: 'more' },
  ],
  [
    'a pool less, which would run on',
    { nodePools: [steady] },
    { op: 'lose sight of', type: 'eks:nodegroup' },
  ],
  [
    'no file system, which would stay',
    {
      autofs: {
        maps: [{ name: 'tools', entries: [{ key: 'bin', location: 'nfs.example:/bin' }] }],
      },
    },
    { op: 'lose sight of', type: 'efs:file-system' },
  ],
  [
    'a range less, whose rule would stay',
    { provider: { aws: place } },
    { op: 'lose sight of', type: 'ec2:security-group-rule' },
  ],
  [
    'another network',
    { provider: { aws: { ...spec.provider.aws, vpc: { ...place.vpc, cidr: '10.9.0.0/16' } } } },
    { op: 'replace', type: 'aws:ec2/vpc:Vpc', name: 'vpc' },
  ],
])(
  'is not made anew for a spec with %s, and nothing is written',
  async (name, change, difference) => {
    const there = await where(name)
    const { value, calls } = await changed(() =>
      rebuild(there, tenantInput({ ...spec, ...change })),
    )
    expect(value).toMatchObject({ status: 'succeeded' })
    expect(value).toHaveProperty(
      'planned',
      expect.arrayContaining([expect.objectContaining(difference)]),
    )
    expect(calls).toEqual([])
    expect(await files(name)).toEqual([])
  },
  minutes,
)

test(
  'is made anew after a run that was killed in the middle of it',
  async () => {
    const there = await where('killed')
    const killed = await rebuild({ ...there, killAt: 30 })
    expect(killed.status).not.toBe('succeeded')
    const { value, calls } = await changed(() => rebuild(there))
    expect(value).toMatchObject({ status: 'succeeded', planned: [] })
    expect(calls).toEqual([])
  },
  minutes,
)

test(
  'is not made anew of half a cluster; what was made of a whole one is destroyed to the last thing',
  async () => {
    const there = await where('half')
    expect(await rebuild(there)).toMatchObject({ planned: [] })
    const { nodegroups = [] } = await lab.eks.send(new ListNodegroupsCommand({ clusterName }))
    const nodegroupName = nodegroups.find((name) => name.startsWith('spot')) ?? ''
    await lab.eks.send(new DeleteNodegroupCommand({ clusterName, nodegroupName }))
    const group = new DescribeNodegroupCommand({ clusterName, nodegroupName })
    await eventually(() => gone(lab.eks.send(group)))
    const missing = { op: 'create', type: 'aws:eks/nodeGroup:NodeGroup', name: 'spot', fields: [] }
    expect(await rebuild(await where('less'))).toMatchObject({ planned: [missing] })
    expect(await files('less')).toEqual([])

    // With the state of before, to which nothing was applied.
    const { calls } = await changed(() =>
      succeed({ kind: 'destroy', tenant, refresh: true }, there),
    )
    expect(calls.filter((call) => call.startsWith('eks:Delete'))).toContain('eks:DeleteCluster')
    using aws = awsClients({ region, credentials: lab.aws.credentials, endpoint: lab.aws.endpoint })
    expect(await sweep(tenant, aws, { delete: false })).toEqual([])
    expect(await rebuild(await where('nothing'))).toMatchObject({
      status: 'failed',
      fault: { code: 'NothingToAdopt' },
    })
  },
  minutes,
)
