// What an operation needs of the world, as functions that bin/worker.ts fills in: clusters, cloud, engine, clock.
import type { Logger } from 'pino'
import type { ZodType } from 'zod'
import type { TenantInput } from '../../api/tenant/stack.ts'
import type { OperationResult, Progress, StackOperation } from '../../engine/index.ts'
import type { Clock, Kube, TenantApi, TenantKube } from '../../framework/index.ts'
import type { Chosen } from '../../provider/choose.ts'
import type { CloudTools } from './cloud.ts'

type EngineCall = {
  env: Record<string, string>
  /** By variable: content of a private file whose path the variable gets. */
  files: Record<string, string>
  signal: AbortSignal
  /** The tenant may soon be another worker's: nothing may go on, not even to end in order. */
  kill: AbortSignal
  onProgress: (progress: Progress) => void
  log: Logger
}

export type OperationTools = {
  /** The management cluster. */
  kube: Kube
  /** Of the provider that a spec names. */
  cloud: Chosen<CloudTools>
  /** Of what programs get, with the providers that `cloud` has. */
  inputSchema: ZodType<TenantInput>
  engine(operation: StackOperation, call: EngineCall): Promise<OperationResult>
  connect(api: TenantApi): TenantKube
  /** That images may come from; empty for all. */
  imageRegistries?: readonly string[]
  clock: Clock
  /** How long the tenant's own load balancers and volumes may take to go. */
  drainMs: number
}
