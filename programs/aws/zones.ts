// Which availability zones the tenant spans: the first ones of the region, by name, that EKS can use.
import { getAvailabilityZones } from '@pulumi/aws/getAvailabilityZones.js'
import type { Provider } from '@pulumi/aws/provider.js'
import { InvalidSpec } from '../../operator/api/fault.ts'

/** Zones that EKS refuses for control planes (its user guide, "network requirements"). */
const unusableZoneIds = ['use1-az3', 'usw1-az2', 'cac1-az3']

export async function zonesOf(
  region: string,
  count: number,
  provider: Provider,
): Promise<string[]> {
  const { names } = await getAvailabilityZones(
    {
      region,
      state: 'available',
      excludeZoneIds: unusableZoneIds,
      filters: [{ name: 'opt-in-status', values: ['opt-in-not-required'] }],
    },
    { provider },
  )
  if (names.length < count) {
    throw new InvalidSpec({
      field: 'spec.provider.aws.vpc.availabilityZones',
      expected: `at most ${names.length}, the zones of ${region} that EKS can use`,
      got: count,
    })
  }
  return names.toSorted().slice(0, count)
}
