// The way to a tenant's cluster on EKS: what its endpoint may be, and tokens that the tenant's credentials sign.
// Calls nothing: a token is signed here and checked by the API server that gets it.
import { awsOf } from '../../api/aws/aws-of.ts'
import { OperationFault } from '../../api/faults/fault.ts'
import type { ClusterAccess, ProviderSettings } from '../../provider/contract.ts'
import { isFault, parseCredentials } from './credentials.ts'
import { expectedEksEndpoint } from './endpoint.ts'
import { eksToken } from './token.ts'

/** Clusters are not at EKS's addresses where AWS answers at one of one's own. */
export const isSandbox = ({ variables }: ProviderSettings) =>
  variables['AWS_ENDPOINT_URL'] !== undefined

export const clusterAccess = (settings: ProviderSettings): ClusterAccess => ({
  credentialsFault: (spec, data) => {
    const parsed = parseCredentials(data, spec)
    return isFault(parsed) ? parsed : undefined
  },
  expectedEndpoint: (spec, endpoint) =>
    expectedEksEndpoint(endpoint, { region: awsOf(spec).region, sandbox: isSandbox(settings) }),
  mintToken: async (spec, { credentials: data, ...cluster }) => {
    const credentials = parseCredentials(data, spec)
    if (isFault(credentials)) throw new OperationFault(credentials)
    return await eksToken({ ...cluster, region: awsOf(spec).region, credentials })
  },
})
