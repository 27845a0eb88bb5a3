// The runner's body: one operation on one stack through the Automation API, in a process that does nothing else.
// operator/bin/runner.ts wires it to IPC, signals and the process's end.
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { pulumiProject } from '../api/stack.ts'
import type { ProvidersModule } from './embedded/provider-source.ts'
import type { DerivedKey } from './embedded/secrets.ts'
import { chooseEngine } from './engine-command.ts'
import { classifyFailure } from './faults.ts'
import type {
  EngineSettings,
  OperationResult,
  ProgramsModule,
  Progress,
  StackOperation,
} from './operation.ts'
import { trackProgress, type ProgressTracker } from './progress.ts'
import { performOperation } from './perform.ts'
import { pruneRecord, removeRecord } from './prune-record.ts'
import { withLocksOfTheDeadRemoved } from './stale-locks.ts'
import { writeWorkDir } from './work-dir.ts'

export type RunnerOptions = {
  operation: StackOperation
  settings: EngineSettings
  /** Private directory of this process, which its owner removes. */
  dir: string
  derivedKeys: readonly DerivedKey[]
  onDerivedKeys: (keys: readonly DerivedKey[]) => void
  signal: AbortSignal
  onProgress: (progress: Progress) => void
  log: (level: 'info' | 'warn', message: string) => void
}

/** A worker that has more to do than this lets it rest needs its processor for that, and not for rehearsals. */
const restMs = 5_000

/** Loads what every operation needs and, after a while, rehearses with it; until `signal` is aborted. */
export async function prepare(o: {
  settings: EngineSettings
  dir: string
  signal: AbortSignal
}): Promise<void> {
  const { settings } = o
  const embedded = chooseEngine(settings, process.env['PATH'] ?? '') === 'embedded'
  const providers = embedded ? ownProviders(settings.providersModule) : undefined
  await Promise.all([
    import('@pulumi/pulumi/automation/index.js'),
    importPrograms(settings.programsModule),
    embedded && embeddedModules(),
    providers?.then((own) => own?.preload?.()),
  ])
  if (!embedded || !(await rested(o.signal))) return
  const { rehearse } = await import('./embedded/rehearsal.ts')
  await rehearse(join(o.dir, 'rehearsal'), o.signal)
  if (!o.signal.aborted) await (await providers)?.rehearse?.()
}

const rested = (signal: AbortSignal): Promise<boolean> =>
  sleep(restMs, true, { signal }).catch(() => false)

async function ownProviders(module: string | undefined): Promise<ProvidersModule | undefined> {
  if (module === undefined) return undefined
  const { importProviders } = await import('./embedded/provider-source.ts')
  return importProviders(module)
}

export async function runInThisProcess(o: RunnerOptions): Promise<OperationResult> {
  const tracker = trackProgress(o.onProgress)
  try {
    const [automation, programs] = await Promise.all([
      import('@pulumi/pulumi/automation/index.js'),
      importPrograms(o.settings.programsModule),
      writeWorkDir(o.dir, o.operation),
    ])
    const engine = chooseEngine(o.settings, process.env['PATH'] ?? '')
    const command = engine === 'embedded' ? await embedded(o, tracker.onEvent) : undefined
    const program = () => programs.programs[o.operation.program](o.operation.tenant)
    const settings = {
      workDir: o.dir,
      envVars: environment(o.settings),
      ...(command && { pulumiCommand: command }),
    }
    const inline = {
      stackName: o.operation.stack,
      projectName: pulumiProject,
      program: command?.attach(program) ?? program,
    }
    const stack = await withLocksOfTheDeadRemoved(
      () => automation.LocalWorkspace.createOrSelectStack(inline, settings),
      (error): error is Error => error instanceof automation.ConcurrentUpdateError,
    )
    await tidied(o, () => pruneRecord(o.settings.backendUrl, o.operation.stack))
    const result = await performOperation({
      ...o,
      stack,
      tracker,
      onEvent: command ? undefined : tracker.onEvent,
      findCreated: programs.findCreated,
      automation,
    })
    if (o.operation.kind === 'remove')
      await tidied(o, () => removeRecord(o.settings.backendUrl, o.operation.stack))
    if (command) o.onDerivedKeys(await command.derivedKeys())
    return result
  } catch (error) {
    if (o.signal.aborted) return { status: 'cancelled' }
    return {
      status: 'failed',
      fault: classifyFailure(error, tracker.failures(), o.operation.tenant.spec.nodePools),
    }
  }
}

/** No operation fails for what is kept of earlier ones. */
async function tidied({ operation, log }: RunnerOptions, tidy: () => Promise<void>): Promise<void> {
  await tidy().catch((error: unknown) => {
    log('warn', `the record of stack ${operation.stack} cannot be pruned: ${String(error)}`)
  })
}

async function importPrograms(path: string): Promise<ProgramsModule> {
  const module = (await import(pathToFileURL(path).href)) as Partial<ProgramsModule>
  if (!module.programs) throw new Error(`${path} does not export programs`)
  return {
    programs: module.programs,
    ...(module.findCreated ? { findCreated: module.findCreated } : {}),
  }
}

function environment(settings: EngineSettings): Record<string, string> {
  return {
    PULUMI_BACKEND_URL: settings.backendUrl,
    PULUMI_CONFIG_PASSPHRASE: settings.passphrase,
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    // Plugins are those of PULUMI_HOME: none is downloaded, and none that strays on PATH is taken for one.
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
    PULUMI_IGNORE_AMBIENT_PLUGINS: 'true',
  }
}

const embeddedModules = () =>
  Promise.all([
    import('./embedded/command.ts'),
    import('./embedded/provider-source.ts'),
    import('./embedded/sdk-errors.ts'),
  ])

async function embedded(
  { settings, dir, derivedKeys }: RunnerOptions,
  onEvent: ProgressTracker['onEvent'],
) {
  const [{ embeddedCommand }, { providerSource }, { toSdkError }] = await embeddedModules()
  return embeddedCommand({
    source: providerSource(settings.providersModule),
    runDir: dir,
    derivedKeys,
    onEvent,
    toError: toSdkError,
  })
}
