// Which installed plugin a run takes, and what is said when one is missing.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { OperationFault } from '../../../operator/api/faults/fault.ts'
import type { EngineSettings } from '../../../operator/engine/index.ts'
import { chooseEngine, engineWarning } from '../../../operator/engine/engine-command.ts'
import { findPlugins } from '../../../operator/engine/plugins.ts'
import { findImageFault } from '../../../operator/engine/preflight.ts'
import { plugins } from '../../../operator/provider/registry/plugins.ts'

function homeWith(...installed: string[]): string {
  const home = mkdtempSync(join(tmpdir(), 'plugins-'))
  onTestFinished(() => rmSync(home, { recursive: true }))
  for (const entry of installed) {
    const folder = join(home, 'plugins', entry)
    mkdirSync(folder, { recursive: true })
    const name = /^resource-(.+)-v/.exec(entry)?.[1]
    if (name !== undefined)
      writeFileSync(join(folder, `pulumi-resource-${name}`), '', { mode: 0o755 })
  }
  return home
}

const versions = async (wanted: Record<string, string>, home: string) =>
  (await findPlugins(wanted, home)).map(({ name, version }) => `${name} ${version}`)

test.each<[what: string, installed: string[], taken: string]>([
  ['the SDK’s own', ['resource-aws-v7.48.0', 'resource-aws-v7.50.0'], 'aws 7.48.0'],
  [
    'the newest where its own is missing',
    ['resource-aws-v7.49.0', 'resource-aws-v7.100.0'],
    'aws 7.100.0',
  ],
  [
    'one whose name begins alike is another',
    ['resource-aws-native-v7.48.0', 'resource-aws-v7.49.0'],
    'aws 7.49.0',
  ],
])('a run takes %s', async (_, installed, taken) => {
  expect(await versions({ aws: '7.48.0' }, homeWith(...installed))).toEqual([taken])
})

test.each<[what: string, installed: string[]]>([
  ['nothing is installed', []],
  ['it is older than the SDK', ['resource-aws-v7.47.9']],
  ['it is of another major version', ['resource-aws-v8.0.0']],
  ['it is being installed', ['resource-aws-v7.48.0', 'resource-aws-v7.48.0.partial']],
  ['it is of another kind', ['language-aws-v7.48.0']],
])('a plugin is missing when %s', async (_, installed) => {
  await expect(versions({ aws: '7.48.0' }, homeWith(...installed))).rejects.toThrow(
    'The worker’s image lacks plugin pulumi-resource-aws 7.48.0',
  )
})

test('a plugin without its executable is missing', async () => {
  const home = homeWith('resource-aws-v7.48.0')
  rmSync(join(home, 'plugins/resource-aws-v7.48.0/pulumi-resource-aws'))
  await expect(versions({ aws: '7.48.0' }, home)).rejects.toThrow(OperationFault)
})

test('the fault names every plugin that is missing, what is there instead, and the image', async () => {
  const home = homeWith('resource-aws-v7.40.0', 'resource-eks-v4.3.0')
  const wanted = { aws: '7.48.0', eks: '4.3.0', kubernetes: '4.34.2' }
  const error = await findPlugins(wanted, home).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(OperationFault)
  expect((error as OperationFault).fault).toMatchObject({
    code: 'PluginMissing',
    message:
      'The worker’s image lacks plugin pulumi-resource-aws 7.48.0 (it has 7.40.0) and plugin pulumi-resource-kubernetes 4.34.2 in PULUMI_HOME/plugins.',
    action: expect.stringContaining('image'),
    retryable: true,
  })
})

const settings = (o: Partial<EngineSettings>): EngineSettings => ({
  engine: 'auto',
  backendUrl: 'file:///state',
  passphrase: 'x',
  programsModule: '/programs.ts',
  ...o,
})

const allPlugins = Object.entries(plugins).map(([name, version]) => `resource-${name}-v${version}`)
const own = { providersModule: '/own.ts' }

test('the embedded engine runs plugins by a word of its own alone, and the worker warns of it', () => {
  for (const [o, engine, warns] of [
    [{}, 'cli', false],
    [own, 'embedded', false],
    [{ engine: 'embedded' }, 'embedded', true],
    [{ engine: 'embedded', ...own }, 'embedded', false],
  ] as const) {
    expect(chooseEngine(settings(o), '/nowhere')).toBe(engine)
    expect(engineWarning(settings(o)) !== undefined, JSON.stringify(o)).toBe(warns)
  }
})

test.each<[what: string, code: string | undefined, o: Partial<EngineSettings>, home: string[]]>([
  ['has no CLI', 'EngineMissing', {}, allPlugins],
  ['has no CLI though it is set to it', 'EngineMissing', { engine: 'cli' }, allPlugins],
  ['has no plugins for the embedded engine', 'PluginMissing', { engine: 'embedded' }, []],
  ['has all plugins for it', undefined, { engine: 'embedded' }, allPlugins],
  ['is set to providers of its own', undefined, { engine: 'embedded', ...own }, []],
  ['has providers of its own', undefined, own, []],
])('a worker that %s: %s', async (_, code, o, installed) => {
  const env = { PATH: '/nowhere', PULUMI_HOME: homeWith(...installed) }
  const fault = await findImageFault({ settings: settings(o), plugins, env })
  expect(fault?.code).toBe(code)
})
