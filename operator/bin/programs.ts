// What a runner runs: the programs, the plugins that they need, and the search for what a crashed runner made without recording it.
// The engine's `programsModule`. Reads the runner's own environment, which holds one tenant's credentials.
import process from 'node:process'
import type { TenantInput } from '../api/stack.ts'

export { plugins } from './plugins.ts'
export { programs } from '../../programs/index.ts'

/** The AWS SDK is loaded only when something has to be looked for: nearly never. */
export async function findCreated(
  type: string,
  inputs: Record<string, unknown>,
  tenant: TenantInput,
): Promise<string | undefined> {
  const [{ awsClients }, { isFault, parseCredentials }, lookup] = await Promise.all([
    import('../aws/clients.ts'),
    import('../aws/credentials.ts'),
    import('../aws/lookup.ts'),
  ])
  const { region, credentialsRef } = tenant.spec.provider.aws
  const environment = process.env as Record<string, string> // only keys that are set are read
  const credentials = parseCredentials(environment, credentialsRef.name)
  if (isFault(credentials)) throw new Error(credentials.message)
  const { AWS_ENDPOINT_URL: endpoint, HTTPS_PROXY, HTTP_PROXY } = environment
  const proxy = HTTPS_PROXY || HTTP_PROXY ? environment : undefined
  using aws = awsClients({ region, credentials, endpoint, proxy })
  return await lookup.findCreated(type, inputs, tenant, aws)
}
