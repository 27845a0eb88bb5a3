// What CrateKube asks of a provider of clusters: one face for each process that loads it, in types alone. Everything outside
// of a provider's own rooms works with these. The lines that load a face stand beside this file, one file a process.
import type { Fault } from '../api/faults/fault.ts'
import type { FaultRule } from '../api/faults/fault-rule.ts'
import type { TenantInput } from '../api/tenant/stack.ts'
import type { TenantClusterSpec } from '../api/tenant/tenant-cluster.ts'
import type { Remaining, WorkerStep } from '../api/tenant/tenant-cluster-status.ts'

/** The decoded data of a credentials Secret. */
export type Credentials = Record<string, string>

/** What a process was told by its environment that is the provider's to read. */
export type ProviderSettings = {
  /** Those of `providerVariables`, by name. */
  variables: Readonly<Record<string, string | undefined>>
  /** As the variables HTTPS_PROXY, HTTP_PROXY and NO_PROXY. */
  proxy?: Record<string, string> | undefined
}

/** The way to a tenant's API server, for manager and worker. Calls nothing: tokens are signed here and checked there. */
export type ClusterAccess = {
  /** What is wrong with the data of a credentials Secret; undefined when nothing is. */
  credentialsFault(spec: TenantClusterSpec, data: Credentials): Fault | undefined
  /** What the endpoint of a cluster of this spec had to be; undefined when it is. A token is sent there. */
  expectedEndpoint(spec: TenantClusterSpec, endpoint: string): string | undefined
  /** Throws OperationFault when the credentials are not what they should be. */
  mintToken(
    spec: TenantClusterSpec,
    o: { credentials: Credentials; clusterName: string; now: Date },
  ): Promise<{ token: string; expiresAt: Date }>
}

/** For people. */
type Words = {
  /** What the provider is called. */
  title: string
  /** The place that a spec names. */
  placeOf(spec: TenantClusterSpec): string
}

/** In the manager. It loads no SDK: a manager calls no cloud. */
export type ManagerFace = ClusterAccess &
  Words & {
    /** The label that every node of a pool bears. */
    poolLabel: string
    /** The pool of a node, by the value of that label. */
    poolOf(value: string): string
    /** For people: a cluster of that name, in the words of the provider. */
    clusterCalled(name: string): string
  }

/** In the worker: every call to the cloud that no program makes. Loads nothing of Pulumi. */
export type WorkerFace = ClusterAccess &
  Words & {
    /** What is wrong with the account that the credentials are of, where the tenant's is known. */
    accountFault(
      tenant: TenantInput,
      credentials: Credentials,
      o: { remembered: string; signal: AbortSignal },
    ): Promise<Fault | undefined>
    /** What the cloud says against the spec before anything is made. */
    preflight(
      tenant: TenantInput,
      credentials: Credentials,
      o: { isMade: boolean; signal: AbortSignal },
    ): Promise<Fault | undefined>
    /** Environment of the runner: credentials, place, proxies. */
    environment(tenant: TenantInput, credentials: Credentials): Record<string, string>
    /** Outputs of the cloud stack as they are now, from those of any release that may have made it. */
    outputsOf(tenant: TenantInput, recorded: Record<string, unknown>): Record<string, unknown>
    /** The step that work on a resource of the type belongs to; undefined when it says nothing. */
    stepOf(resourceType: string): WorkerStep | undefined
    /** Makes the cloud let go of what it protects from deletion. */
    unprotect(tenant: TenantInput, credentials: Credentials, signal: AbortSignal): Promise<void>
    /** Removes load balancers and the like that the cluster left in its network, which could not go otherwise. */
    removeStrays(tenant: TenantInput, credentials: Credentials, signal: AbortSignal): Promise<void>
    /** The account of the credentials, and which TenantCluster its resources of the tenant's uid are tagged for, if there are any. */
    madeFor(
      tenant: TenantInput,
      credentials: Credentials,
      signal: AbortSignal,
    ): Promise<{ account: string; owner: string | undefined }>
    /** What of the tenant is there; removes nothing. */
    look(tenant: TenantInput, credentials: Credentials, signal: AbortSignal): Promise<Remaining[]>
    /** Removes what in-cluster controllers left with the tenant's tags and lists what is still there. */
    sweep(tenant: TenantInput, credentials: Credentials, signal: AbortSignal): Promise<Remaining[]>
  }

/** A record of a stack's state, as `pulumi stack export` has it. */
export type StateRecord = Readonly<Record<string, unknown>>

/** In the runner, which works for one tenant and has its credentials in its environment. */
export type RunnerFace = {
  /** Loads what nearly every operation asks the cloud with. */
  preload(): Promise<void>
  /** Id of a resource that a crashed predecessor may have created without recording it. */
  findCreated(
    type: string,
    inputs: Record<string, unknown>,
    tenant: TenantInput,
    signal: AbortSignal,
  ): Promise<string | undefined>
  /** The tenant with what its spec leaves open as it was chosen first. */
  asMade(tenant: TenantInput, records: readonly StateRecord[]): Promise<TenantInput>
  /** Why an operation must not touch what the state tells of. */
  refusal(
    asked: {
      tenant: TenantInput
      destroys: boolean
      changes: boolean
      recreates: string | undefined
    },
    records: readonly StateRecord[],
  ): Promise<Fault | undefined>
  /** What is the tenant's in the cloud and not among the records. */
  unaccounted(
    tenant: TenantInput,
    records: readonly StateRecord[],
    signal: AbortSignal,
  ): Promise<{ type: string; id: string }[]>
  /** What is known of errors of the tenant's programs. */
  explanations(tenant: TenantInput): Promise<ProviderFaults & { place: string }>
}

/** What the engine knows of errors is asked between these. */
export type ProviderFaults = {
  /** Errors that quote others, which stand in their text. */
  wrapped: readonly FaultRule[]
  /** Causes, once it is none that the network or the cluster itself has. */
  causes: readonly FaultRule[]
  /** What says only that something failed. */
  vague: readonly FaultRule[]
  /** The field of the spec that a resource came from. */
  inputPathOf(
    failure: { type: string; name: string; message: string },
    about: AboutTenant,
  ): string | undefined
}

/** What a fault may name of the tenant. */
export type AboutTenant = { pools?: readonly { name: string }[]; place?: string }
