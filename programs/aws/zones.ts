// The availability zones of its region that the tenant spans.
import { getAvailabilityZones } from '@pulumi/aws/getAvailabilityZones.js'
import type { Provider } from '@pulumi/aws/provider.js'
import type { TenantInput } from '../../operator/api/stack.ts'
import { spannedZones, tooFewZones, unusableZoneIds } from '../../operator/api/zones.ts'

export async function zonesOf({ spec }: TenantInput, provider: Provider): Promise<string[]> {
  const { region, vpc } = spec.provider.aws
  const { names } = await getAvailabilityZones(
    {
      region,
      state: 'available',
      excludeZoneIds: unusableZoneIds,
      filters: [{ name: 'opt-in-status', values: ['opt-in-not-required'] }],
    },
    { provider },
  )
  const refusal = tooFewZones(names, { region, vpc })
  if (refusal) throw refusal
  return spannedZones(names, vpc.availabilityZones)
}
