// AWS in the worker: every call that no program makes, with a tenant's region and credentials.
import { awsOf } from '../api/aws/aws-of.ts'
import { OperationFault, type Fault } from '../api/faults/fault.ts'
import type { TenantInput } from '../api/tenant/stack.ts'
import type { Credentials, ProviderSettings, WorkerFace } from '../provider/contract.ts'
import { callerAccount, otherAccount } from './access/account.ts'
import { awsClients, type Aws } from './access/clients.ts'
import {
  credentialsEnvironment,
  isFault,
  parseCredentials,
  type AwsCredentials,
} from './access/credentials.ts'
import { clusterAccess } from './access/tenant-access.ts'
import { liftDeletionProtection } from './cleanup/deletion-protection.ts'
import { removeStrays, sweep } from './cleanup/sweep.ts'
import { taggedOwner } from './cleanup/tagged-owner.ts'
import { awsFault, type AwsService } from './faults/sdk-faults.ts'
import { outputsOf } from './outputs.ts'
import { preflight } from './preflight/preflight.ts'
import { stepOf } from './steps.ts'

export function awsWorker(settings: ProviderSettings): WorkerFace {
  const way = { endpoint: settings.variables['AWS_ENDPOINT_URL'], proxy: settings.proxy }
  const withClients = async <T>(
    tenant: TenantInput,
    data: Credentials,
    use: (aws: Aws) => Promise<T>,
  ) => {
    const credentials = credentialsOf(tenant, data)
    using aws = awsClients({ region: regionOf(tenant), credentials, ...way })
    return await use(aws)
  }
  return {
    ...clusterAccess(settings),
    outputsOf,
    stepOf,
    title: 'AWS',
    placeOf: (spec) => awsOf(spec).region,
    accountFault: async (tenant, data, { remembered, signal }) => {
      const asked = withClients(tenant, data, (aws) => callerAccount(aws, signal))
      const given = await asked.catch(refusedBy('STS', tenant, signal))
      return otherAccount(tenant, { remembered, given })
    },
    preflight: async (tenant, data, asked) =>
      oneOf(await withClients(tenant, data, (aws) => preflight(tenant, aws, asked))),
    environment: (tenant, data) =>
      credentialsEnvironment(credentialsOf(tenant, data), { region: regionOf(tenant), ...way }),
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

const regionOf = ({ spec }: TenantInput) => awsOf(spec).region

function credentialsOf({ spec }: TenantInput, data: Credentials): AwsCredentials {
  const parsed = parseCredentials(data, spec)
  if (isFault(parsed)) throw new OperationFault(parsed)
  return parsed
}

/** The status has room for one fault; the others are told with it, so that all can be put right at once. */
function oneOf(faults: Fault[] | undefined): Fault | undefined {
  const [first, ...rest] = faults ?? []
  if (!first || rest.length === 0) return first
  return { ...first, message: [first, ...rest].map(({ message }) => message).join('; ') }
}
