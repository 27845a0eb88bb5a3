// The provider interface of the embedded engine: what it asks of a resource provider, in process.
// A superset of @pulumi/pulumi's public `provider.Provider`, which throws configuration away and knows no preview,
// timeouts or old inputs. `serveProvider` (serve-provider.ts) makes the same object an official plugin.
//
// Values are plain JSON. Secrets are wrapped as { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value };
// a value that preview does not know yet is the string "04da6b54-80e4-46f7-96ec-b56ff0331ba9".

import type { Props } from '../values/props.ts'
import type { InlineCalls } from '../wire/inline-calls.ts'

export type CheckFailure = { property: string; reason: string }

export type Checked = { inputs: Props; failures?: CheckFailure[] }

export type DiffResult = {
  /** undefined: the provider cannot tell, and the engine compares inputs. */
  changes?: boolean
  /** Inputs whose change needs a replacement. */
  replaces?: string[]
  /** All inputs that changed. */
  diffs?: string[]
  /** Outputs that an update keeps. */
  stables?: string[]
  deleteBeforeReplace?: boolean
}

export type ResourceRef = { urn: string; id: string }

export interface EngineProvider {
  readonly version: string
  /** Whether create and update honour `preview`; without it preview does not call them. */
  readonly supportsPreview?: boolean
  checkConfig?(urn: string, olds: Props, news: Props): Promise<Checked>
  /** Which changes of the provider's own configuration replace its resources. */
  diffConfig?(urn: string, olds: Props, news: Props): Promise<DiffResult>
  /** Called once before any other call that needs credentials; `inputs` holds no unknowns. */
  configure?(inputs: Props): Promise<void>
  check?(urn: string, olds: Props, news: Props): Promise<Checked>
  diff?(
    resource: ResourceRef,
    oldOutputs: Props,
    news: Props,
    options: { oldInputs: Props; ignoreChanges: string[] },
  ): Promise<DiffResult>
  /** Rejects with InitError when the resource exists but did not become healthy. */
  create?(
    urn: string,
    inputs: Props,
    options: OperationOptions,
  ): Promise<{ id: string; outputs: Props }>
  /** Resolves with no id when the resource is gone. */
  read?(
    resource: ResourceRef,
    outputs: Props,
    inputs: Props,
  ): Promise<{ id?: string; outputs?: Props; inputs?: Props }>
  update?(
    resource: ResourceRef,
    oldOutputs: Props,
    news: Props,
    options: OperationOptions & { oldInputs: Props; ignoreChanges: string[] },
  ): Promise<{ outputs: Props }>
  delete?(resource: ResourceRef, outputs: Props, options: { timeoutSeconds: number }): Promise<void>
  invoke?(token: string, args: Props): Promise<{ outputs?: Props; failures?: CheckFailure[] }>
  /** Remote components: registers its children with the engine at `monitor` and returns their URN and outputs. */
  construct?(request: ConstructRequest): Promise<Constructed>
  /** Asks calls that are under way to end early. */
  cancel?(): Promise<void>
}

export type OperationOptions = {
  /** 0: the provider's own default. */
  timeoutSeconds: number
  preview: boolean
  /** Aborted by cancel(). */
  signal?: AbortSignal
}

/** `stateDependencies`: URNs of the resources that each output comes from, so that whoever uses it goes before them. */
export type Constructed = {
  urn: string
  state: Props
  stateDependencies?: Record<string, string[]>
}

export type ConstructRequest = {
  type: string
  name: string
  inputs: Props
  parent: string
  /** Address of the engine's ResourceMonitor, for the SDK running inside the provider. */
  monitorAddress: string
  engineAddress: string
  /** For a component in the engine's process, instead of the addresses; a plugin does not get it. */
  attach?: InlineCalls['attach']
  project: string
  stack: string
  dryRun: boolean
  parallel: number
  config: Record<string, string>
  configSecretKeys: string[]
  /** URNs that each input comes from. */
  inputDependencies: Record<string, string[]>
  /** References of explicit providers, by package. */
  providers: Record<string, string>
  dependencies: string[]
  /** Former URNs. */
  aliases: string[]
  protect?: boolean
}

/** The resource was made but is not healthy: the engine keeps it in the state with `reasons` and fails the operation. */
export class InitError extends Error {
  override readonly name = 'InitError'
  readonly id: string
  readonly properties: Props
  readonly reasons: string[]
  constructor(message: string, o: { id: string; properties: Props; reasons: string[] }) {
    super(message)
    this.id = o.id
    this.properties = o.properties
    this.reasons = o.reasons
  }
}
