// What a runner runs: the programs, the plugins that they need, and what they ask AWS beside the plugins: what a crashed
// runner made without recording it, and whether the world is still the one that the state tells of.
// The engine's `programsModule`. Reads the runner's own environment, which holds one tenant's credentials.
import process from 'node:process'
import { OperationFault, type Fault } from '../api/faults/fault.ts'
import type { TenantInput } from '../api/tenant/stack.ts'
import type { Aws } from '../aws/access/clients.ts'
import type { Planned, StackOperation } from '../engine/index.ts'

export { plugins } from './plugins.ts'
export { programs } from '../../programs/index.ts'

export async function findCreated(
  type: string,
  inputs: Record<string, unknown>,
  tenant: TenantInput,
  signal: AbortSignal,
): Promise<string | undefined> {
  const lookup = await import('../aws/world/lookup.ts')
  using aws = await clients(tenant)
  return await lookup.findCreated(type, { inputs, tenant, aws, signal })
}

/** What the spec leaves open stays as it was chosen first. */
export async function asMade(
  { program, tenant }: StackOperation,
  records: readonly Record<string, unknown>[],
): Promise<TenantInput> {
  if (program !== 'cloud' || records.length === 0) return tenant
  const zones = await import('../aws/world/remembered-zones.ts')
  return zones.asMade(tenant, records)
}

/** Add-ons are in a cluster that the cloud stack answers for. */
export async function refusal(
  { program, kind, tenant, recreates }: StackOperation,
  records: readonly Record<string, unknown>[],
): Promise<Fault | undefined> {
  if (program !== 'cloud' || records.length === 0) return undefined
  const [{ worldFault }, { awsFault }] = await worldModules()
  using aws = await clients(tenant)
  try {
    const asked = {
      tenant,
      destroys: kind === 'destroy',
      changes: kind === 'up' || kind === 'preview',
      recreates,
    }
    return await worldFault(records, asked, aws)
  } catch (error) {
    return awsFault('EKS', error, { region: aws.region })
  }
}

/** All of it is in the cloud. */
export async function unaccounted(
  tenant: TenantInput,
  records: readonly Record<string, unknown>[],
  signal: AbortSignal,
): Promise<Planned[]> {
  const search = await import('../aws/cleanup/unaccounted.ts')
  using aws = await clients(tenant)
  const known = new Set(records.map(({ id }) => String(id)))
  const found = await search.unaccounted(tenant, known, aws)
  signal.throwIfAborted()
  return found.map(({ type, id }) => ({ op: 'lose sight of', type, name: id, fields: [] }))
}

/** What nearly every operation asks AWS with: a runner that waits for its operation has the time to load it. */
export async function preload(): Promise<void> {
  await Promise.all([worldModules(), clientModules()])
}

const worldModules = () =>
  Promise.all([import('../aws/world/remembered-world.ts'), import('../aws/faults.ts')])

const clientModules = () =>
  Promise.all([import('../aws/access/clients.ts'), import('../aws/access/credentials.ts')])

/** The AWS SDK is loaded only when something has to be asked. */
async function clients(tenant: TenantInput): Promise<Aws> {
  const [{ awsClients }, { isFault, parseCredentials }] = await clientModules()
  const { region, credentialsRef } = tenant.spec.provider.aws
  const environment = process.env as Record<string, string> // only keys that are set are read
  const credentials = parseCredentials(environment, credentialsRef.name)
  if (isFault(credentials)) throw new OperationFault(credentials)
  const { AWS_ENDPOINT_URL: endpoint, HTTPS_PROXY, HTTP_PROXY } = environment
  const proxy = HTTPS_PROXY || HTTP_PROXY ? environment : undefined
  return awsClients({ region, credentials, endpoint, proxy })
}
