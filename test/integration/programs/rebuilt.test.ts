// The state of a stack that is lost is made anew from what AWS holds, by the real runner and either engine, on the AWS
// double, which tells every call.
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DeleteNodegroupCommand } from '@aws-sdk/client-eks'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { TenantInput } from '../../../operator/api/stack.ts'
import type { EngineSettings, OperationResult } from '../../../operator/engine/index.ts'
import { installPlugins } from '../../sandbox/providers/plugins.ts'
import { ensureTools } from '../../sandbox/tools/ensure.ts'
import { beyondPolicy, boundToGuide } from '../../support/aws-policy.ts'
import { tenantInput } from '../../support/tenant-input.ts'
import { awsLab, gone, type Lab } from '../aws/fixture.ts'
import { environment } from './account.ts'
import { runCloud, stack, succeed, type Where } from './cloud-stack.ts'

const steady = { name: 'default', instanceTypes: ['m6i.large'], desired: 2 }
const spot = { name: 'spot', instanceTypes: ['m6i.large', 'm6a.large'], capacity: 'Spot' }
const { aws: place } = tenantInput({}).spec.provider
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

let lab: Lab
let folder: string
let env: Record<string, string>
let created: Extract<OperationResult, { status: 'succeeded' }>

const where = async (name: string, engine: EngineSettings['engine'] = 'embedded') => {
  await mkdir(path.join(folder, name), { recursive: true })
  return { lab, env, engine, backendUrl: `file://${path.join(folder, name)}` }
}

beforeAll(async () => {
  lab = await awsLab()
  folder = await mkdtemp(path.join(tmpdir(), 'rebuilt-'))
  await installPlugins(path.join(folder, 'home'))
  vi.stubEnv('PULUMI_HOME', path.join(folder, 'home'))
  const cli = (await ensureTools(['pulumi'])).path('pulumi')
  env = {
    ...environment(lab, boundToGuide(lab.aws)),
    PATH: [path.dirname(cli), '/usr/bin', '/bin'].join(':'),
  }
  created = await succeed({ kind: 'up', tenant }, await where('made'))
}, 3 * minutes)
afterAll(async () => {
  vi.unstubAllEnvs()
  await lab?.stop()
  await rm(folder, { recursive: true, force: true })
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
const files = (name: string) =>
  readdir(path.join(folder, name, '.pulumi/stacks/cratekube')).catch(() => [])

/** The records by URN, without what differs from run to run. */
async function stateOf(name: string): Promise<Map<string, object>> {
  const file = path.join(folder, name, `.pulumi/stacks/cratekube/${stack}.json`)
  const { checkpoint } = JSON.parse(await readFile(file, 'utf8')) as {
    checkpoint: { latest: { resources: StateRecord[] } }
  }
  const { resources } = checkpoint.latest
  return new Map(
    resources.map((record) => {
      const { id, custom, parent, deletedWith, inputs, propertyDependencies } = record
      const dependencies = ((record['dependencies'] ?? []) as string[]).toSorted()
      const isProvider = String(record['type']).startsWith('pulumi:')
      const of = { custom, parent, deletedWith, dependencies, propertyDependencies }
      return [record.urn, { ...of, ...(!isProvider && { id, inputs }) }]
    }),
  )
}

test.each(['embedded', 'cli'] as const)(
  'by %s, with nothing to change, and is then as it was',
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
    if (engine === 'embedded') expect(await stateOf(engine)).toEqual(await stateOf('made'))
    const again = await succeed({ kind: 'preview', tenant, refresh: true }, there)
    expect(Object.keys(again.changes)).toEqual(['same'])
    expect(beyondPolicy(lab.aws.calls.list())).toEqual([])
  },
  5 * minutes,
)
