// The official Pulumi CLI on the cloud stack, with the provider doubles as plugins: as the worker runs it, by hand in the
// repository, and in turn with the embedded engine on one state. Runs where PATH has `pulumi` or PULUMI_CLI names it.
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { cloudOutputsSchema } from '../../../operator/api/stack.ts'
import { awsClients } from '../../../operator/aws/clients.ts'
import { sweep } from '../../../operator/aws/sweep.ts'
import { findCli } from '../../../operator/engine/engine-command.ts'
import type { EngineSettings, StackOperation } from '../../../operator/engine/index.ts'
import { installPlugins } from '../../sandbox/providers/plugins.ts'
import { tenantInput } from '../../support/tenant-input.ts'
import { awsLab, region, type Lab } from '../aws/fixture.ts'
import { environment } from './account.ts'
import { passphrase, runCloud, stack, succeed, type Where } from './cloud-stack.ts'

const cli = process.env['PULUMI_CLI'] ?? findCli(process.env['PATH'] ?? '')
const repository = fileURLToPath(new URL('../../../', import.meta.url))
const tenant = tenantInput({
  autofs: { maps: [{ name: 'home', source: 'EFS' }] },
  nodePools: [{ name: 'default', instanceTypes: ['m6i.large'], desired: 2 }],
})
const minutes = 60_000
let lab: Lab
let folder: string

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

/** Node 24 first: the CLI's language host starts the `node` of PATH. */
const searchPath = () =>
  [path.dirname(process.execPath), ...(cli ? [path.dirname(cli)] : []), '/usr/bin', '/bin'].join(
    ':',
  )

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
  o: Pick<StackOperation, 'kind' | 'refresh'>,
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

if (cli !== undefined)
  describe(`the official CLI`, () => {
    test(
      'creates, finds unchanged, refreshes and destroys as the embedded engine does',
      async () => {
        const state = await backend('worker')
        const created = await run('cli', state, { kind: 'up' })
        expect(created.changes['create']).toBeGreaterThan(50)
        expect(cloudOutputsSchema.parse(created.outputs).clusterName).toBe('payments-0a1b2c3d')
        expect(created.outputs).not.toHaveProperty('kubeconfig')
        for (const kind of ['up', 'preview', 'refresh'] as const)
          expect(Object.keys((await run('cli', state, { kind })).changes), kind).toEqual(['same'])
        expect((await run('cli', state, { kind: 'outputs' })).outputs).toEqual(created.outputs)
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
      'works by hand in the repository on what the embedded engine wrote',
      async () => {
        const state = await backend('by-hand')
        await run('embedded', state, { kind: 'up' })
        const pulumi = byHand(state)
        const listed = JSON.parse(await pulumi('stack', 'ls', '--json')) as { name: string }[]
        expect(listed.map(({ name }) => name)).toEqual([stack])
        const exported = JSON.parse(await pulumi('stack', 'export', '--stack', stack)) as {
          deployment: { resources: unknown[] }
        }
        expect(exported.deployment.resources.length).toBeGreaterThan(50)
        const onStack = ['--stack', stack, '--config-file', path.join(folder, 'by-hand.yaml')]
        await pulumi('config', 'refresh', '--force', ...onStack)
        await pulumi('preview', '--expect-no-changes', ...onStack)
        await pulumi('up', '--yes', '--skip-preview', '--expect-no-changes', ...onStack)
        await pulumi('refresh', '--yes', '--skip-preview', '--expect-no-changes', ...onStack)
        await pulumi('destroy', '--yes', '--skip-preview', ...onStack)
        await expectEmptyAccount()
        await run('embedded', state, { kind: 'remove' })
      },
      10 * minutes,
    )

    test(
      'leaves what the embedded engine takes over, changes and destroys',
      async () => {
        const state = await backend('taken-over')
        await run('cli', state, { kind: 'up' })
        for (const o of [
          { kind: 'up' },
          { kind: 'refresh' },
          { kind: 'up', refresh: true },
        ] as const)
          expect(Object.keys((await run('embedded', state, o)).changes)).toEqual(['same'])
        expect(Object.keys((await run('cli', state, { kind: 'up' })).changes)).toEqual(['same'])
        await run('embedded', state, { kind: 'destroy', refresh: true })
        await run('embedded', state, { kind: 'remove' })
        await expectEmptyAccount()
      },
      10 * minutes,
    )
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
    return (await promisify(execFile)(cli ?? 'pulumi', command, options)).stdout
  }
}
