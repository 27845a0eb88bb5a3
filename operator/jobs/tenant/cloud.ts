// What an operation needs of the cloud and of the engine, as functions that bin/worker.ts fills in.
import type { Logger } from 'pino'
import type { ZodType } from 'zod'
import { OperationFault, type Fault } from '../../api/faults/fault.ts'
import { outputsProblem } from '../../api/tenant/cloud-outputs.ts'
import {
  physicalName,
  stackNames,
  type CloudOutputs,
  type TenantInput,
} from '../../api/tenant/stack.ts'
import type { OperationResult, Progress, StackOperation } from '../../engine/index.ts'
import {
  tenantApi,
  type Clock,
  type Kube,
  type TenantApi,
  type TenantKube,
} from '../../framework/index.ts'
import type { Chosen } from '../../provider/choose.ts'
import type { Credentials, WorkerFace } from '../../provider/contract.ts'

export type CloudTools = WorkerFace & {
  /** The API server of the tenant's cluster, with a short-lived token. Throws TenantApiError when the outputs cannot be it. */
  tenantApi(tenant: TenantInput, credentials: Credentials, cloud: CloudOutputs): Promise<TenantApi>
}

/** The state may be anybody's who reaches its backend: a token goes nowhere but to this tenant's cluster. */
export const cloudTools = (face: WorkerFace, now = () => new Date()): CloudTools => ({
  ...face,
  tenantApi: async (tenant, credentials, cloud) => {
    const { clusterName, endpoint: server, certificateAuthority } = cloud
    const problem = outputsProblem(cloud, {
      physicalName: physicalName(tenant),
      expectedEndpoint: (endpoint) => face.expectedEndpoint(tenant.spec, endpoint),
    })
    if (problem !== undefined) throw new OperationFault(foreignOutputs(tenant, problem))
    const { token } = await face.mintToken(tenant.spec, { credentials, clusterName, now: now() })
    return tenantApi({ server, certificateAuthority, token })
  },
})

const foreignOutputs = (tenant: TenantInput, problem: string): Fault => ({
  code: 'OutcomeRefused',
  message: `the outputs of stack ${stackNames(tenant).cloud} are not believed: ${problem}`,
  retryable: true,
})

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
