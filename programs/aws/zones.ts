// The availability zones of its region that the tenant spans, and those of them that have the endpoints nodes need.
// What AWS offers in a zone is asked for each time: an endpoint that comes to a zone later gets a subnet there, in place.
import { awsOf } from '../../operator/api/aws/aws-of.ts'
import { getVpcEndpointService } from '@pulumi/aws/ec2/getVpcEndpointService.js'
import { getAvailabilityZones } from '@pulumi/aws/getAvailabilityZones.js'
import type { Provider } from '@pulumi/aws/provider.js'
import {
  endpointServiceName,
  nodeServices,
  unserved,
} from '../../operator/api/aws/endpoint-services.ts'
import type { TenantInput } from '../../operator/api/tenant/stack.ts'
import { spannedZones, unusableZoneIds } from '../../operator/api/aws/zones.ts'

export async function zonesOf({ spec }: TenantInput, provider: Provider): Promise<string[]> {
  const { region, vpc } = awsOf(spec)
  const { names, zoneIds } = await getAvailabilityZones(
    {
      region,
      state: 'available',
      excludeZoneIds: unusableZoneIds,
      filters: [{ name: 'opt-in-status', values: ['opt-in-not-required'] }],
    },
    { provider },
  )
  const usable = names.map((name, i) => ({ name, id: zoneIds[i] ?? '' }))
  const { zones, mistakes } = spannedZones(usable, { region, vpc })
  if (mistakes[0]) throw mistakes[0]
  return zones
}

export type Door = { readonly service: string; readonly zones: readonly string[] }

/** For each service that nodes without another way out need, the zones of the tenant that have it: one at least. */
export async function doorsIn(
  zones: readonly string[],
  region: string,
  provider: Provider,
): Promise<Door[]> {
  const asked = nodeServices.map(async (service) => {
    const serviceName = endpointServiceName(region, service)
    const args = { serviceName, serviceType: 'Interface' }
    const { availabilityZones } = await getVpcEndpointService(args, { provider })
    return [service, availabilityZones] as const
  })
  const offered = new Map(await Promise.all(asked))
  const refusal = unserved(zones, offered)
  if (refusal) throw refusal
  return nodeServices.map((service) => ({
    service,
    zones: zones.filter((zone) => offered.get(service)?.includes(zone)),
  }))
}
