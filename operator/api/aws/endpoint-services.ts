// The AWS services that nodes without another way out reach by endpoints in their own network, and the zones of a tenant
// in which AWS has these. Nodes of a zone without one reach it in another, over the network of the tenant.
import { InvalidSpec } from '../faults/fault.ts'

/** What a node needs to join and to pull images. */
export const nodeServices = ['eks', 'eks-auth', 'sts', 'ecr.api', 'ecr.dkr', 'ec2', 'logs']

export const endpointServiceName = (region: string, service: string): string =>
  `com.amazonaws.${region}.${service}`

/** The zones in which a region has an endpoint service, for each service. */
export type Offered = ReadonlyMap<string, readonly string[]>

/** Undefined when each service is in one of the tenant's zones at least. */
export function unserved(zones: readonly string[], offered: Offered): InvalidSpec | undefined {
  const lacking = nodeServices.filter(
    (service) => !zones.some((zone) => offered.get(service)?.includes(zone)),
  )
  if (lacking.length === 0) return undefined
  const where = lacking.map((service) => {
    const elsewhere = offered.get(service) ?? []
    return `${service} (${elsewhere.length > 0 ? `only ${elsewhere.join(', ')}` : 'no zone'})`
  })
  return new InvalidSpec({
    field: 'spec.provider.aws.vpc.natGateways',
    expected: `Single or PerZone, or zones that have what nodes need: none of ${zones.join(', ')} has an endpoint for ${where.join(', ')}`,
    got: 'None',
  })
}
