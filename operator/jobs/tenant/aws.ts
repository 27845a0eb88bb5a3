// The cloud tools of an operation on AWS: operator/aws, bound to a tenant's region and credentials.
import { callerAccount, otherAccount } from '../../aws/access/account.ts'
import { awsClients, type Aws, type AwsAccess } from '../../aws/access/clients.ts'
import {
  credentialsEnvironment,
  isFault,
  parseCredentials,
  type AwsCredentials,
} from '../../aws/access/credentials.ts'
import { liftDeletionProtection } from '../../aws/cleanup/deletion-protection.ts'
import { awsFault, type AwsService } from '../../aws/faults.ts'
import { preflight } from '../../aws/preflight/preflight.ts'
import { taggedOwner } from '../../aws/cleanup/tagged-owner.ts'
import { removeStrays, sweep } from '../../aws/cleanup/sweep.ts'
import { eksToken } from '../../aws/access/token.ts'
import { OperationFault, type Fault } from '../../api/faults/fault.ts'
import { outputsProblem } from '../../api/tenant/cloud-outputs.ts'
import { physicalName, stackNames, type TenantInput } from '../../api/tenant/stack.ts'
import { tenantApi } from '../../framework/index.ts'
import type { CloudCredentials, CloudTools } from './cloud.ts'

export type AwsWay = Pick<AwsAccess, 'endpoint' | 'proxy'>

export function awsTools(way: AwsWay): CloudTools {
  const withClients = async <T>(
    tenant: TenantInput,
    data: CloudCredentials,
    use: (aws: Aws) => Promise<T>,
  ) => {
    const credentials = credentialsOf(tenant, data)
    using aws = awsClients({ region: regionOf(tenant), credentials, ...way })
    return await use(aws)
  }
  return {
    credentialsFault: (tenant, data) => {
      const parsed = parseCredentials(data, secretOf(tenant))
      return isFault(parsed) ? parsed : undefined
    },
    accountFault: async (tenant, data, { remembered, signal }) => {
      const asked = withClients(tenant, data, (aws) => callerAccount(aws, signal))
      const given = await asked.catch(refusedBy('STS', tenant, signal))
      return otherAccount(tenant, { remembered, given })
    },
    preflight: async (tenant, data, asked) =>
      oneOf(await withClients(tenant, data, (aws) => preflight(tenant, aws, asked))),
    environment: (tenant, data) =>
      credentialsEnvironment(credentialsOf(tenant, data), { region: regionOf(tenant), ...way }),
    tenantApi: async (tenant, data, cloud) => {
      const { clusterName, endpoint: server, certificateAuthority } = cloud
      const problem = outputsProblem(cloud, {
        physicalName: physicalName(tenant),
        region: regionOf(tenant),
        sandbox: way.endpoint !== undefined,
      })
      if (problem !== undefined) throw new OperationFault(foreignOutputs(tenant, problem))
      const credentials = credentialsOf(tenant, data)
      const { token } = await eksToken({ clusterName, region: regionOf(tenant), credentials })
      return tenantApi({ server, certificateAuthority, token })
    },
    unprotect: async (tenant, data, signal) =>
      withClients(tenant, data, (aws) => liftDeletionProtection(tenant, aws, signal)).catch(
        refusedBy('EKS', tenant, signal),
      ),
    removeStrays: async (tenant, data, signal) =>
      withClients(tenant, data, (aws) => removeStrays(tenant, aws)).catch(
        refusedBy('EC2', tenant, signal),
      ),
    madeFor: async (tenant, data, signal) =>
      withClients(tenant, data, async (aws) => ({
        account: await callerAccount(aws, signal),
        owner: await taggedOwner(tenant, aws),
      })).catch(refusedBy('EC2', tenant, signal)),
    look: async (tenant, data, signal) =>
      withClients(tenant, data, (aws) => sweep(tenant, aws, { delete: false, signal })).catch(
        refusedBy('EC2', tenant, signal),
      ),
    sweep: async (tenant, data, signal) =>
      withClients(tenant, data, (aws) => sweep(tenant, aws, { delete: true, signal })).catch(
        refusedBy('EC2', tenant, signal),
      ),
  }
}

const refusedBy =
  (service: AwsService, tenant: TenantInput, signal: AbortSignal) =>
  (error: unknown): never => {
    signal.throwIfAborted()
    if (error instanceof OperationFault) throw error
    throw new OperationFault(awsFault(service, error, { region: regionOf(tenant) }))
  }

/** The state may be anybody's who reaches its backend: a token goes nowhere but to this tenant's cluster. */
const foreignOutputs = (tenant: TenantInput, problem: string): Fault => ({
  code: 'OutcomeRefused',
  message: `the outputs of stack ${stackNames(tenant).cloud} are not believed: ${problem}`,
  retryable: true,
})

const regionOf = ({ spec }: TenantInput) => spec.provider.aws.region
const secretOf = ({ spec }: TenantInput) => spec.provider.aws.credentialsRef.name

function credentialsOf(tenant: TenantInput, data: CloudCredentials): AwsCredentials {
  const parsed = parseCredentials(data, secretOf(tenant))
  if (isFault(parsed)) throw new OperationFault(parsed)
  return parsed
}

/** The status has room for one fault; the others are told with it, so that all can be put right at once. */
function oneOf(faults: Fault[] | undefined): Fault | undefined {
  const [first, ...rest] = faults ?? []
  if (!first || rest.length === 0) return first
  return { ...first, message: [first, ...rest].map(({ message }) => message).join('; ') }
}
