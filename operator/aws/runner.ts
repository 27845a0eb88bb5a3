// AWS in the runner: what is asked beside the plugins. What a crashed runner made without recording it, and whether the world
// is still the one that the state tells of. Reads the runner's own environment, which holds one tenant's credentials; the SDK
// is loaded only when something has to be asked.
import process from 'node:process'
import { awsOf } from '../api/aws/aws-of.ts'
import { OperationFault } from '../api/faults/fault.ts'
import type { TenantInput } from '../api/tenant/stack.ts'
import type { RunnerFace } from '../provider/contract.ts'
import type { Aws } from './access/clients.ts'

export const awsRunner: RunnerFace = {
  preload: async () => void (await Promise.all([worldModules(), clientModules()])),
  findCreated: async (type, inputs, tenant, signal) => {
    const lookup = await import('./world/lookup.ts')
    using aws = await clients(tenant)
    return await lookup.findCreated(type, { inputs, tenant, aws, signal })
  },
  asMade: async (tenant, records) => {
    const zones = await import('./world/remembered-zones.ts')
    return zones.asMade(tenant, records)
  },
  refusal: async (asked, records) => {
    const [{ worldFault }, { awsFault }] = await worldModules()
    using aws = await clients(asked.tenant)
    try {
      return await worldFault(records, asked, aws)
    } catch (error) {
      return awsFault('EKS', error, { region: aws.region })
    }
  },
  unaccounted: async (tenant, records, signal) => {
    const search = await import('./cleanup/unaccounted.ts')
    using aws = await clients(tenant)
    const known = new Set(records.map(({ id }) => String(id)))
    const found = await search.unaccounted(tenant, known, aws)
    signal.throwIfAborted()
    return found
  },
  explanations: async ({ spec }) => {
    const { awsProgramFaults } = await import('./faults/program-faults.ts')
    return { ...awsProgramFaults, place: awsOf(spec).region }
  },
}

const worldModules = () =>
  Promise.all([import('./world/remembered-world.ts'), import('./faults/sdk-faults.ts')])

const clientModules = () =>
  Promise.all([import('./access/clients.ts'), import('./access/credentials.ts')])

async function clients({ spec }: TenantInput): Promise<Aws> {
  const [{ awsClients }, { isFault, parseCredentials }] = await clientModules()
  const environment = process.env as Record<string, string> // only keys that are set are read
  const credentials = parseCredentials(environment, spec)
  if (isFault(credentials)) throw new OperationFault(credentials)
  const { AWS_ENDPOINT_URL: endpoint, HTTPS_PROXY, HTTP_PROXY } = environment
  const proxy = HTTPS_PROXY || HTTP_PROXY ? environment : undefined
  return awsClients({ region: awsOf(spec).region, credentials, endpoint, proxy })
}
