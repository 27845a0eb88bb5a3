// What the caller of the engine says and hears: one Pulumi operation, its settings, its progress and its result.
// The worker (operator/jobs) and the runner share these types; nothing here runs.
import type { Fault } from '../api/faults/fault.ts'
import type { TenantInput } from '../api/tenant/stack.ts'
import type { ProviderFaults } from '../provider/contract.ts'
import type { DerivedKey } from './embedded/state/secrets.ts'
import type { PluginVersions } from './plugins.ts'

export type StackOperation = {
  kind: 'up' | 'preview' | 'refresh' | 'destroy' | 'remove' | 'outputs' | 'reseal'
  program: 'cloud' | 'addons'
  /** Such as team-a.payments. */
  stack: string
  /** Written to the stack's config key `cratekube:tenant`, as JSON. */
  tenant: TenantInput
  /** More plain config, such as `cratekube:cloud`. Never a secret: it is readable in the stack's history. */
  config?: Record<string, string>
  /** Refresh before up or destroy. */
  refresh?: boolean
  parallel?: number
  /** Looks at a stack that another TenantCluster made: one that is not there stays so. */
  adopts?: boolean
  /** Where it is not there, makes its state anew from what is found in the world, if that is what the program wants. */
  rebuilds?: boolean
  /** It has been applied before: a stack that has nothing in it was lost, and is not filled a second time. */
  appliedBefore?: boolean
  /** What was lost and may be made anew; for the `refusal` of the programs. */
  recreates?: string
}

/** What all runs of a worker have in common. */
export type EngineSetup = {
  /** file://... for both engines; s3://... and others with the official CLI. */
  backendUrl: string
  /** A key of a key service that seals the stacks instead of their passphrases, such as awskms://...; official CLI only. */
  secretsProvider?: string
  /** auto: the official CLI, or where there is none the embedded engine with `providersModule`. */
  engine: 'auto' | 'cli' | 'embedded'
  /** Embedded: module exporting `providers`; a package that it does not name is looked for as a plugin. */
  providersModule?: string
  /** Module exporting `programs` and optionally `preload`, `plugins` and what is asked of the cloud. */
  programsModule: string
}

export type EngineSettings = EngineSetup & {
  /** Of this stack; empty where a key service seals it. */
  passphrase: string
  /** To reseal: what the stack may be sealed with. */
  older?: readonly string[]
}

export type Progress = {
  done: number
  total: number
  /** Names of the resources being worked on. */
  running: string[]
  /** Type of the resource being worked on. */
  step?: string
  /** Something that stands is being changed or deleted, not only made. */
  changing?: boolean
  message: string
}

/** One thing that an operation would change. */
export type Planned = {
  op: string
  type: string
  name: string
  /** Top-level properties that differ, where it is an update or a replacement. */
  fields: readonly string[]
}

export type OperationResult =
  | {
      status: 'succeeded'
      changes: Record<string, number>
      /** Outputs that are not secret. */
      outputs: Record<string, unknown>
      /** Of a preview: what would be done, in order. */
      planned?: readonly Planned[]
    }
  | { status: 'failed'; fault: Fault }
  | { status: 'cancelled' }

/** What `programsModule` exports. */
export type ProgramsModule = {
  programs: Record<
    StackOperation['program'],
    (tenant: TenantInput) => Promise<Record<string, unknown>>
  >
  /** Loads what the functions below work with. */
  preload?: () => Promise<void>
  /** The provider plugins that the programs need, by package. */
  plugins?: PluginVersions
  /** Id of a resource that a crashed predecessor may have created without recording it. May take as long as its creation. */
  findCreated?: (
    type: string,
    inputs: Record<string, unknown>,
    tenant: TenantInput,
    signal: AbortSignal,
  ) => Promise<string | undefined>
  /** The tenant that the program is run for: as the operation says, or as the state tells that it was made. */
  asMade?: (
    operation: StackOperation,
    records: readonly Record<string, unknown>[],
  ) => Promise<TenantInput>
  /** Why the operation must not touch what the state tells of; asked before anything is touched. */
  refusal?: (
    operation: StackOperation,
    records: readonly Record<string, unknown>[],
  ) => Promise<Fault | undefined>
  /** What is the tenant's in the world and not among the records, as what would be lost sight of. */
  unaccounted?: (
    tenant: TenantInput,
    records: readonly Record<string, unknown>[],
    signal: AbortSignal,
  ) => Promise<Planned[]>
  /** What the tenant's provider knows of errors of its programs. */
  explanations?: (tenant: TenantInput) => Promise<ProviderFaults & { place: string }>
}

/** Parent to runner, over IPC: nothing of it stands on a command line or in an environment. */
export type StartMessage = {
  type: 'start'
  operation: StackOperation
  settings: EngineSettings
  /** Of the one tenant: credentials, and where it is. */
  env: Record<string, string>
  /** Of the one tenant, by variable: content of a private file whose path the variable gets. */
  files: Record<string, string>
  /** Of the stack's secrets, where an earlier runner has derived them. */
  derivedKeys: readonly DerivedKey[]
}

/** To a runner that waits for its operation: load what any operation needs, and answer `prepared`. */
export type PrepareMessage = { type: 'prepare'; settings: EngineSetup }

/** Runner to parent. */
export type RunnerMessage =
  /** Every module is there. */
  | { type: 'loaded' }
  | { type: 'prepared' }
  | { type: 'derivedKeys'; keys: readonly DerivedKey[] }
  | { type: 'progress'; progress: Progress }
  | { type: 'log'; level: 'info' | 'warn'; message: string }
  | { type: 'result'; result: OperationResult }
