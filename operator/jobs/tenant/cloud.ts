// What an operation needs of the cloud and of the engine, as functions that bin/worker.ts fills in.
import type { Logger } from 'pino'
import type { Fault } from '../../api/faults/fault.ts'
import type { CloudOutputs, TenantInput } from '../../api/tenant/stack.ts'
import type { Remaining } from '../../api/tenant/tenant-cluster-status.ts'
import type { OperationResult, Progress, StackOperation } from '../../engine/index.ts'
import type { Clock, Kube, TenantApi, TenantKube } from '../../framework/index.ts'

/** The decoded data of a credentials Secret that was found good. */
export type CloudCredentials = Record<string, string>

export type CloudTools = {
  /** What is wrong with the data of a credentials Secret. */
  credentialsFault(tenant: TenantInput, data: CloudCredentials): Fault | undefined
  /** What is wrong with the account that the credentials are of, where the tenant's is known. */
  accountFault(
    tenant: TenantInput,
    credentials: CloudCredentials,
    o: { remembered: string; signal: AbortSignal },
  ): Promise<Fault | undefined>
  /** What AWS says against the spec before anything is made: credentials, version, zones, types, images. */
  preflight(
    tenant: TenantInput,
    credentials: CloudCredentials,
    o: { isMade: boolean; signal: AbortSignal },
  ): Promise<Fault | undefined>
  /** Environment of the runner: credentials, region, endpoint, proxies. */
  environment(tenant: TenantInput, credentials: CloudCredentials): Record<string, string>
  /** The API server of the tenant's cluster, with a short-lived token. Throws TenantApiError when the outputs cannot be it. */
  tenantApi(
    tenant: TenantInput,
    credentials: CloudCredentials,
    cloud: CloudOutputs,
  ): Promise<TenantApi>
  /** Makes AWS let go of what it protects from deletion. */
  unprotect(tenant: TenantInput, credentials: CloudCredentials, signal: AbortSignal): Promise<void>
  /** Removes load balancers and the like that the cluster left in its network, which could not go otherwise. */
  removeStrays(
    tenant: TenantInput,
    credentials: CloudCredentials,
    signal: AbortSignal,
  ): Promise<void>
  /** The account of the credentials, and which TenantCluster its resources of the tenant's uid are tagged for, if there are any. */
  madeFor(
    tenant: TenantInput,
    credentials: CloudCredentials,
    signal: AbortSignal,
  ): Promise<{ account: string; owner: string | undefined }>
  /** What of the tenant is there; removes nothing. */
  look(
    tenant: TenantInput,
    credentials: CloudCredentials,
    signal: AbortSignal,
  ): Promise<Remaining[]>
  /** Removes what in-cluster controllers left with the tenant's tags and lists what is still there. */
  sweep(
    tenant: TenantInput,
    credentials: CloudCredentials,
    signal: AbortSignal,
  ): Promise<Remaining[]>
}

export type EngineCall = {
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
  cloud: CloudTools
  engine(operation: StackOperation, call: EngineCall): Promise<OperationResult>
  connect(api: TenantApi): TenantKube
  /** That images may come from; empty for all. */
  imageRegistries?: readonly string[]
  clock: Clock
  /** How long the tenant's own load balancers and volumes may take to go. */
  drainMs: number
}
