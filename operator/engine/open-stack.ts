// Opens a stack through the Automation API, by the official CLI or the embedded engine, under a passphrase that reaches
// either by a private file: an environment can be read by whoever runs as the same user.
import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type * as Automation from '@pulumi/pulumi/automation/index.js'
import { pulumiProject } from '../api/tenant/stack.ts'
import type { EmbeddedCommand } from './embedded/cli/command.ts'
import type { OnEvent } from './embedded/wire/events.ts'
import type { DerivedKey } from './embedded/state/secrets.ts'
import { chooseEngine } from './engine-command.ts'
import type { EngineSetup } from './operation.ts'
import type { Plugin } from './plugins.ts'
import { withLocksOfTheDeadRemoved } from './recovery/stale-locks.ts'

export type StackToOpen = {
  automation: typeof Automation
  settings: EngineSetup
  stack: string
  /** Empty: a key service seals the stack. */
  passphrase: string
  /** Private directory of this process; the stack's config stands in it already. */
  dir: string
  /** For the embedded engine; the CLI reads them in the directory. */
  plugins: readonly Plugin[]
  program: () => Promise<Record<string, unknown>>
  derivedKeys: readonly DerivedKey[]
  onEvent: OnEvent
}

/** An absent stack is made. `command` is the embedded engine where that is the one. */
export async function openStack(
  o: StackToOpen,
): Promise<{ stack: Automation.Stack; command: EmbeddedCommand | undefined }> {
  const { automation, settings, dir } = o
  const engine = chooseEngine(settings, process.env['PATH'] ?? '')
  const command = engine === 'embedded' ? await embedded(o) : undefined
  const { secretsProvider } = settings
  const options = {
    workDir: dir,
    envVars: { ...environment(settings), ...(await passphraseIn(dir, o)) },
    ...(secretsProvider !== undefined && { secretsProvider }),
    ...(command && { pulumiCommand: command }),
  }
  const inline = {
    stackName: o.stack,
    projectName: pulumiProject,
    program: command?.attach(o.program) ?? o.program,
  }
  const stack = await withLocksOfTheDeadRemoved(
    () => automation.LocalWorkspace.createOrSelectStack(inline, options),
    (error): error is Error => error instanceof automation.ConcurrentUpdateError,
  )
  return { stack, command }
}

const environment = ({ backendUrl }: EngineSetup): Record<string, string> => ({
  PULUMI_BACKEND_URL: backendUrl,
  PULUMI_SKIP_UPDATE_CHECK: 'true',
  // Plugins are those of PULUMI_HOME: none is downloaded, and none that strays on PATH is taken for one.
  PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
  PULUMI_IGNORE_AMBIENT_PLUGINS: 'true',
})

async function passphraseIn(dir: string, { passphrase }: StackToOpen) {
  if (passphrase === '') return {}
  const file = join(dir, `passphrase-${randomUUID()}`)
  await writeFile(file, passphrase, { mode: 0o600 })
  return { PULUMI_CONFIG_PASSPHRASE_FILE: file }
}

export const embeddedModules = () =>
  Promise.all([
    import('./embedded/cli/command.ts'),
    import('./embedded/providers/provider-source.ts'),
    import('./embedded/cli/sdk-errors.ts'),
  ])

async function embedded({ settings, dir, plugins, derivedKeys, onEvent }: StackToOpen) {
  const [{ embeddedCommand }, { providerSource }, { toSdkError }] = await embeddedModules()
  return embeddedCommand({
    source: providerSource(settings.providersModule, plugins),
    runDir: dir,
    derivedKeys,
    onEvent,
    toError: toSdkError,
  })
}
