// The official Pulumi CLI on the cloud stack, with the provider doubles as plugins: as the worker runs it, by hand, and in
// turn with the embedded engine on one state.
// Takes minutes: the official CLI starts a plugin of each kind for every command.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { DescribeLaunchTemplatesCommand } from '@aws-sdk/client-ec2'
import { ListNodegroupsCommand } from '@aws-sdk/client-eks'
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { cloudOutputsSchema, type TenantInput } from '../../../../operator/api/tenant/stack.ts'
import { awsClients } from '../../../../operator/aws/access/clients.ts'
import { sweep } from '../../../../operator/aws/cleanup/sweep.ts'
import { plugins } from '../../../../operator/provider/registry/plugins.ts'
import type { EngineSettings, StackOperation } from '../../../../operator/engine/index.ts'
import { ownKubernetes } from '../../../sandbox/providers/eks/cluster.ts'
import { installPlugins } from '../../../sandbox/providers/plugins.ts'
import { repository } from '../../../sandbox/manifests.ts'
import { ensureTools } from '../../../sandbox/tools/ensure.ts'
import { tenantInput } from '../../../support/tenant-input.ts'
import { awsLab, region, type Lab } from '../../sandbox/aws/fixture.ts'
import { environment } from '../../aws/account.ts'
import { passphrase, runCloud, stack, succeed, type Where } from './cloud-stack.ts'

const tenant = tenantInput({
  autofs: { maps: [{ name: 'home', source: 'EFS' }] },
  nodePools: [{ name: 'default', aws: { instanceTypes: ['m6i.large'] }, desired: 2 }],
})
const minutes = 60_000
let cli: string
let lab: Lab
let folder: string

beforeAll(async () => {
  cli = (await ensureTools(['pulumi'])).path('pulumi')
})
beforeEach(async () => {
  lab = await awsLab()
  folder = await mkdtemp(path.join(tmpdir(), 'official-cli-'))
  await installPlugins(path.join(folder, 'home'))
  vi.stubEnv('PULUMI_HOME', path.join(folder, 'home'))
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await lab?.stop()
  await rm(folder, { recursive: true, force: true })
})

const searchPath = () => [path.dirname(cli), '/usr/bin', '/bin'].join(':')

async function backend(name: string): Promise<string> {
  const state = path.join(folder, name)
  await mkdir(state, { recursive: true })
  return `file://${state}`
}

const where = (engine: EngineSettings['engine'], backendUrl: string): Where => ({
  lab,
  engine,
  backendUrl,
  env: { PATH: engine === 'cli' ? searchPath() : folder },
})

const run = (
  engine: EngineSettings['engine'],
  backendUrl: string,
  o: Pick<StackOperation, 'kind' | 'refresh'> & { tenant?: TenantInput },
) => succeed({ tenant, ...o }, where(engine, backendUrl))

async function expectEmptyAccount(): Promise<void> {
  using aws = awsClients({ region, credentials: lab.aws.credentials, endpoint: lab.aws.endpoint })
  expect(await sweep(tenant, aws, { delete: false })).toEqual([])
}

test('without the official CLI an engine that is set to it fails with a clear fault', async () => {
  const there = { ...where('cli', await backend('none')), env: { PATH: folder } }
  const result = await runCloud({ kind: 'up', tenant }, there)
  expect(result).toMatchObject({
    status: 'failed',
    fault: {
      code: 'EngineMissing',
      message: expect.stringContaining('PATH has no executable `pulumi`'),
      retryable: false,
    },
  })
})

const stateFile = (name: string) =>
  path.join(folder, name, '.pulumi/stacks/cratekube', `${stack}.json`)

/** What it would be like if another release, with other plugins, had made the stack. */
async function madeWith(name: string, aws: string): Promise<void> {
  const text = await readFile(stateFile(name), 'utf8')
  const version = /"version":"7\.\d+\.\d+"/g
  expect(version.test(text)).toBe(true)
  await writeFile(stateFile(name), text.replaceAll(version, `"version":"${aws}"`))
}

test(
  'creates, finds unchanged and destroys, whatever versions of plugins the stack and a component ask for',
  async () => {
    const state = await backend('worker')
    const created = await run('cli', state, { kind: 'up' })
    expect(created.changes['create']).toBeGreaterThan(50)
    expect(cloudOutputsSchema.parse(created.outputs).clusterName).toBe('payments-0a1b2c3d')
    expect(created.outputs).not.toHaveProperty('kubeconfig')
    // No image has it.
    expect(plugins['kubernetes']).not.toBe(ownKubernetes)
    const written = await readFile(stateFile('worker'), 'utf8')
    expect(written.includes(`"version":"${ownKubernetes}"`)).toBe(true)
    for (const kind of ['up', 'preview'] as const)
      expect(Object.keys((await run('cli', state, { kind })).changes), kind).toEqual(['same'])
    expect((await run('cli', state, { kind: 'outputs' })).outputs).toEqual(created.outputs)

    await madeWith('worker', '7.1.0')
    const seen = await run('cli', state, { kind: 'refresh' })
    expect(Object.keys(seen.changes)).toEqual(['same'])
    await madeWith('worker', '7.99.0')
    const grown = tenantInput({
      ...tenant.spec,
      nodePools: [{ ...tenant.spec.nodePools[0], desired: 3 }],
    })
    const changed = await run('cli', state, { kind: 'up', refresh: true, tenant: grown })
    expect(Object.keys(changed.changes).toSorted()).toEqual(['same', 'update'])

    await madeWith('worker', '7.99.0')
    lab.aws.calls.clear()
    await run('cli', state, { kind: 'destroy', refresh: true })
    const refused = lab.aws.calls.list({ mutating: true }).filter((call) => call.error)
    expect(refused.map((call) => `${call.operation} ${call.error}`)).toEqual([])
    await run('cli', state, { kind: 'remove' })
    await expectEmptyAccount()
    const left = await readdir(path.join(folder, 'worker'), { recursive: true })
    expect(left.filter((file) => file.includes(stack) && file.includes('json'))).toEqual([])
    // Logs and workspaces went with the runs.
    expect(await readdir(path.join(folder, 'home'))).toEqual(['plugins'])
  },
  10 * minutes,
)

test(
  'is killed in mid-creation, and the embedded engine takes over, and it in turn, and a hand',
  async () => {
    const state = await backend('in-turn')
    const killed = await runCloud({ kind: 'up', tenant }, { ...where('cli', state), killAt: 25 })
    expect(killed.status).not.toBe('succeeded')
    // As long as the kernel takes to end the killed one, its lock is that of a living process: a worker tries again.
    const takeOver = async () =>
      await runCloud({ kind: 'up', tenant, refresh: true }, where('embedded', state))
    let taken = await takeOver()
    while (taken.status === 'failed' && taken.fault.code === 'ConcurrentUpdate')
      taken = await takeOver()
    expect(taken).toMatchObject({ status: 'succeeded' })
    for (const engine of ['cli', 'embedded'] as const) {
      const found = await run(engine, state, { kind: 'up', refresh: true })
      expect(Object.keys(found.changes), engine).toEqual(['same'])
    }
    const pulumi = byHand(state)
    const listed = JSON.parse(await pulumi('stack', 'ls', '--json')) as { name: string }[]
    expect(listed.map(({ name }) => name)).toEqual([stack])
    const exported = JSON.parse(await pulumi('stack', 'export', '--stack', stack)) as {
      deployment: { resources: unknown[] }
    }
    expect(exported.deployment.resources.length).toBeGreaterThan(50)
    await run('embedded', state, { kind: 'destroy', refresh: true })
    await run('embedded', state, { kind: 'remove' })
    await expectEmptyAccount()
  },
  10 * minutes,
)

test(
  'takes a replacement back that AWS had no capacity for, with the group that went on serving',
  async () => {
    const state = await backend('back')
    const of = (type: string) =>
      tenantInput({ nodePools: [{ name: 'default', aws: { instanceTypes: [type] }, desired: 1 }] })
    const groups = async () => {
      const { LaunchTemplates = [] } = await lab.ec2.send(new DescribeLaunchTemplatesCommand({}))
      const templates = LaunchTemplates.map(({ LaunchTemplateId }) => LaunchTemplateId)
      const calls = lab.aws.calls.list({ operation: 'CreateNodegroup' })
      const list = new ListNodegroupsCommand({ clusterName: 'payments-0a1b2c3d' })
      const { nodegroups = [] } = await lab.eks.send(list)
      return { templates, nodegroups, made: calls.length }
    }
    await run('cli', state, { kind: 'up', tenant: of('m6i.large') })
    const before = await groups()
    const issues = [{ code: 'AsgInstanceLaunchFailures', message: 'no capacity' }]
    lab.aws.faults.add({
      match: { operation: 'CreateNodegroup' },
      action: { type: 'fail-create', issues },
    })
    const failed = await runCloud({ kind: 'up', tenant: of('m6i.xlarge') }, where('cli', state))
    expect(failed.status).toBe('failed')
    lab.aws.faults.remove()
    const half = await groups()
    expect([half.templates.length, half.nodegroups.length, half.made]).toEqual([2, 2, 2])
    await run('cli', state, { kind: 'up', tenant: of('m6i.large') })
    expect(await groups()).toEqual({ ...before, made: 2 })
    const same = await run('cli', state, { kind: 'up', tenant: of('m6i.large') })
    expect(Object.keys(same.changes)).toEqual(['same'])
    await run('cli', state, { kind: 'destroy', refresh: true })
    await expectEmptyAccount()
  },
  10 * minutes,
)

test('without a plugin of the programs nothing is begun', async () => {
  const state = await backend('incomplete')
  await rm(path.join(folder, 'home/plugins'), { recursive: true })
  const result = await runCloud({ kind: 'up', tenant }, where('cli', state))
  expect(result).toMatchObject({ status: 'failed', fault: { code: 'PluginMissing' } })
  expect(lab.aws.calls.list({ mutating: true })).toEqual([])
})

function byHand(backendUrl: string) {
  const env = {
    ...environment(lab),
    PATH: searchPath(),
    HOME: folder,
    PULUMI_HOME: path.join(folder, 'home'),
    PULUMI_IGNORE_AMBIENT_PLUGINS: 'true',
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    PULUMI_BACKEND_URL: backendUrl,
    PULUMI_CONFIG_PASSPHRASE: passphrase,
  }
  return async (...args: string[]): Promise<string> => {
    const options = { cwd: repository, env, maxBuffer: 64 * 1024 * 1024 }
    const command = [...args, '--non-interactive']
    return (await promisify(execFile)(cli, command, options)).stdout
  }
}
