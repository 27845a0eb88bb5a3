// The cloud as an operation has it: the face of its provider, and the way to the tenant's cluster, which every provider has alike.
import { OperationFault, type Fault } from '../../api/faults/fault.ts'
import { outputsProblem } from '../../api/tenant/cloud-outputs.ts'
import {
  physicalName,
  stackNames,
  type CloudOutputs,
  type TenantInput,
} from '../../api/tenant/stack.ts'
import { tenantApi, type TenantApi } from '../../framework/index.ts'
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
