// The stack of the scenarios on the official CLI, with the fake provider as an installed plugin.
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LocalWorkspace, PulumiCommand } from '@pulumi/pulumi/automation/index.js'
import { installPlugin } from '../../../sandbox/providers/plugins.ts'
import type { Call } from './fake-provider.ts'
import type { Player } from './play.ts'
import type { Program } from './stack-harness.ts'

const serve = fileURLToPath(new URL('serve-fake.ts', import.meta.url))

export type OfficialStack = AsyncDisposable & Player & { /** As in 3.260.0. */ version: string }

/** `cli` is the path of an executable named pulumi. */
export async function openOfficialStack(cli: string): Promise<OfficialStack> {
  const folder = await mkdtemp(join(tmpdir(), 'official-stack-'))
  const [home, state, workDir] = [join(folder, 'home'), join(folder, 'state'), join(folder, 'work')]
  await Promise.all([mkdir(state), mkdir(workDir)])
  await installPlugin(home, { name: 'fake', version: '1.2.3', script: [serve, folder] })
  // The SDK takes a CLI from the `bin` of an installation.
  await symlink(dirname(cli), join(folder, 'bin'))
  const pulumiCommand = await PulumiCommand.get({ root: folder })
  const envVars = {
    HOME: folder,
    PULUMI_HOME: home,
    PULUMI_BACKEND_URL: `file://${state}`,
    PULUMI_CONFIG_PASSPHRASE: 'secret',
    PULUMI_IGNORE_AMBIENT_PLUGINS: 'true',
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
    PULUMI_SKIP_UPDATE_CHECK: 'true',
  }
  let current: Program = async () => ({})
  const stack = await LocalWorkspace.createOrSelectStack(
    { stackName: 'dev', projectName: 'proj', program: () => current() },
    { workDir, pulumiCommand, envVars },
  )
  const calls = join(folder, 'calls.jsonl')
  return {
    version: String(pulumiCommand.version),
    stack,
    use(program) {
      current = program
    },
    async arrange(world) {
      await writeFile(join(folder, 'world.json'), JSON.stringify(world))
      await writeFile(calls, '')
    },
    async calls() {
      const lines = (await readFile(calls, 'utf8')).split('\n').filter((line) => line !== '')
      return lines.map((line) => JSON.parse(line) as Call) // serve-fake.ts wrote it
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}
