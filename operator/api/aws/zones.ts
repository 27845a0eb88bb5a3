// Which availability zones a tenant spans. The program builds in them; preflight asks AWS about them before.
import { InvalidSpec } from '../faults/fault.ts'

/** Zones that EKS refuses for control planes (its user guide, "network requirements"). */
export const unusableZoneIds = ['use1-az3', 'usw1-az2', 'cac1-az3']

/** A zone has a name of the account's own, and an id that is the same for all accounts. */
export type Zone = { readonly name: string; readonly id: string }

type Asked = {
  region: string
  vpc: { availabilityZones: number; zones?: readonly string[] | undefined }
}
type Spanned = { zones: string[]; mistakes: InvalidSpec[] }

/** By name: the zones that the spec names, else the first of those in the region that EKS can use. */
export function spannedZones(usable: readonly Zone[], { region, vpc }: Asked): Spanned {
  if (vpc.zones) return namedZones(usable, vpc.zones, region)
  const zones = usable.map(({ name }) => name).toSorted()
  const enough = zones.length >= vpc.availabilityZones
  const mistake = new InvalidSpec({
    field: 'spec.provider.aws.vpc.availabilityZones',
    expected: `at most ${usable.length}, the zones of ${region} that EKS can use`,
    got: vpc.availabilityZones,
  })
  return { zones: zones.slice(0, vpc.availabilityZones), mistakes: enough ? [] : [mistake] }
}

function namedZones(usable: readonly Zone[], wanted: readonly string[], region: string): Spanned {
  const zones = new Set<string>()
  const mistakes: InvalidSpec[] = []
  for (const [i, got] of wanted.entries()) {
    const field = `spec.provider.aws.vpc.zones[${i}]`
    const found = usable.find(({ name, id }) => got === name || got === id)
    if (!found) mistakes.push(new InvalidSpec({ field, expected: oneOf(usable, region), got }))
    else if (zones.has(found.name))
      mistakes.push(
        new InvalidSpec({ field, expected: `another zone than ${found.name}, which is named before`, got }), // prettier-ignore
      )
    else zones.add(found.name)
  }
  return { zones: [...zones].toSorted(), mistakes }
}

function oneOf(usable: readonly Zone[], region: string): string {
  const known = usable.map(({ name, id }) => `${name} (${id})`).toSorted()
  return `a zone of ${region} that EKS can use: ${known.join(', ')}`
}
