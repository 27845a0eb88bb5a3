// Which availability zones a tenant spans. The program builds in them; preflight asks AWS about them before.
import { InvalidSpec } from './fault.ts'

/** Zones that EKS refuses for control planes (its user guide, "network requirements"). */
export const unusableZoneIds = ['use1-az3', 'usw1-az2', 'cac1-az3']

/** Of the zones of a region that EKS can use the first ones by name. */
export const spannedZones = (usable: readonly string[], count: number): string[] =>
  usable.toSorted().slice(0, count)

export function tooFewZones(
  usable: readonly string[],
  { region, vpc }: { region: string; vpc: { availabilityZones: number } },
): InvalidSpec | undefined {
  if (usable.length >= vpc.availabilityZones) return undefined
  return new InvalidSpec({
    field: 'spec.provider.aws.vpc.availabilityZones',
    expected: `at most ${usable.length}, the zones of ${region} that EKS can use`,
    got: vpc.availabilityZones,
  })
}
