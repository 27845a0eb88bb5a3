// The runner's body: one operation on one stack through the Automation API, in a process that does nothing else.
// operator/engine/process/entry.ts wires it to IPC, signals and the process's end.
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import type { Fault } from '../api/faults/fault.ts'
import { directoryOf } from './embedded/state/file-backend.ts'
import type { ProvidersModule } from './embedded/providers/provider-source.ts'
import type { DerivedKey } from './embedded/state/secrets.ts'
import { chooseEngine } from './engine-command.ts'
import { classifyFailure, type About } from './faults/faults.ts'
import type {
  EngineSettings,
  EngineSetup,
  OperationResult,
  ProgramsModule,
  Progress,
  StackOperation,
} from './operation.ts'
import { embeddedModules, openStack } from './open-stack.ts'
import { openScratch } from './recovery/scratch.ts'
import { findPlugins, pulumiHome, type Plugin } from './plugins.ts'
import { trackProgress } from './progress.ts'
import { perform } from './perform.ts'
import { pruneRecord, removeRecord } from './prune-record.ts'
import { reseal } from './seal/reseal.ts'
import { damageOf } from './recovery/state-damage.ts'
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

const isEmbedded = (settings: EngineSetup) =>
  chooseEngine(settings, process.env['PATH'] ?? '') === 'embedded'

/** Loads what every operation needs. */
export async function load(settings: EngineSetup): Promise<void> {
  const embedded = isEmbedded(settings)
  await Promise.all([
    import('@pulumi/pulumi/automation/index.js'),
    importPrograms(settings.programsModule).then((programs) => programs.preload?.()),
    embedded && embeddedModules(),
    embedded && ownProviders(settings.providersModule).then((own) => own?.preload?.()),
  ])
}

/** After a while, plays an operation with what was loaded; until `signal` is aborted. */
export async function rehearse(o: {
  settings: EngineSetup
  dir: string
  signal: AbortSignal
}): Promise<void> {
  if (!isEmbedded(o.settings) || !(await rested(o.signal))) return
  const rehearsal = await import('./embedded/run/rehearsal.ts')
  await rehearsal.playRounds(join(o.dir, 'rehearsal'), o.signal)
  const providers = await ownProviders(o.settings.providersModule)
  if (!o.signal.aborted) await providers?.rehearse?.()
}

const rested = (signal: AbortSignal): Promise<boolean> =>
  sleep(restMs, true, { signal }).catch(() => false)

async function ownProviders(module: string | undefined): Promise<ProvidersModule | undefined> {
  if (module === undefined) return undefined
  const { importProviders } = await import('./embedded/providers/provider-source.ts')
  return importProviders(module)
}

export async function runInThisProcess(o: RunnerOptions): Promise<OperationResult> {
  const tracker = trackProgress(o.onProgress, { previews: o.operation.kind === 'preview' })
  try {
    const [automation, programs] = await Promise.all([
      import('@pulumi/pulumi/automation/index.js'),
      importPrograms(o.settings.programsModule),
    ])
    const { operation, settings, dir } = o
    const plugins = await pluginsFor(o, programs)
    await writeWorkDir(dir, operation, { plugins, secretsProvider: settings.secretsProvider })
    let { tenant } = operation
    const common = {
      automation,
      settings,
      dir,
      plugins,
      stack: operation.stack,
      program: () => programs.programs[operation.program](tenant),
      derivedKeys: o.derivedKeys,
      onEvent: tracker.onEvent,
    }
    const open = (passphrase: string) => openStack({ ...common, passphrase })
    if (operation.kind === 'reseal') {
      await reseal(async (passphrase) => (await open(passphrase)).stack, settings)
      return { status: 'succeeded', changes: {}, outputs: {} }
    }
    // Before anything is written: a volume may be full of what is pruned.
    await tidied(o, () => pruneRecord(o.settings.backendUrl, o.operation.stack))
    const { stack, command } = await open(settings.passphrase)
    const result = await perform({
      ...o,
      stack,
      tracker,
      onEvent: command ? undefined : tracker.onEvent,
      findCreated: programs.findCreated,
      refusal: programs.refusal,
      onState: async (records) =>
        void (tenant = (await programs.asMade?.(operation, records)) ?? tenant),
      unaccounted: programs.unaccounted,
      openScratch: () => openScratch({ ...common, passphrase: settings.passphrase }, operation),
      automation,
    })
    if (o.operation.kind === 'remove')
      await tidied(o, () => removeRecord(o.settings.backendUrl, o.operation.stack))
    if (command) o.onDerivedKeys(await command.derivedKeys())
    return result
  } catch (error) {
    if (o.signal.aborted) return { status: 'cancelled' }
    return await failed(o, classifyFailure(error, tracker.failures(), await aboutTenant(o)))
  }
}

async function aboutTenant({ operation: { tenant }, settings }: RunnerOptions): Promise<About> {
  // Where it is missing or broken, that is the failure.
  const programs = await importPrograms(settings.programsModule).catch(() => undefined)
  const provider = await programs?.explanations?.(tenant)
  const pools = tenant.spec.nodePools
  return provider ? { pools, provider, place: provider.place } : { pools }
}

/** A stack that is to be removed needs no state that can be read; whoever removes it knows that nothing is left of it. */
async function failed(o: RunnerOptions, fault: Fault): Promise<OperationResult> {
  if (fault.code !== 'StateDamaged') return { status: 'failed', fault }
  const { backendUrl } = o.settings
  const { kind, stack } = o.operation
  if (kind === 'remove' && directoryOf(backendUrl) !== undefined) {
    o.log('warn', `removing the files of stack ${stack}: ${fault.message}`)
    await removeRecord(backendUrl, stack)
    return { status: 'succeeded', changes: {}, outputs: {} }
  }
  const damage = await damageOf(backendUrl, stack)
  return { status: 'failed', fault: { ...fault, message: `${damage} ${fault.message}` } }
}

/** Those that call providers; the others look into the state, or away from it. */
const callProviders = new Set<StackOperation['kind']>(['up', 'preview', 'refresh', 'destroy'])

/** The embedder's own providers need none. */
async function pluginsFor(
  { operation, settings }: RunnerOptions,
  { plugins = {} }: ProgramsModule,
): Promise<Plugin[]> {
  if (!callProviders.has(operation.kind)) return []
  const embedded = chooseEngine(settings, process.env['PATH'] ?? '') === 'embedded'
  const own = embedded ? (await ownProviders(settings.providersModule))?.providers : undefined
  const wanted = Object.entries(plugins).filter(([name]) => own?.[name] === undefined)
  return findPlugins(Object.fromEntries(wanted), pulumiHome(process.env))
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
  return { ...module, programs: module.programs }
}
