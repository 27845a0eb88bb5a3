// What zones are called on AWS, and which ranges of addresses mean something there. Data.

/** Of an availability zone: `eu-west-1a` in one account, `euw1-az3` in all. */
export const zoneNameOrId = /^([a-z]{2}(-[a-z]+)+-[0-9]+[a-z]|[a-z]{2,}[0-9]+-az[0-9]+)$/

/** No packet comes from these by a route: of this network, one machine, one link, for many receivers, reserved. */
export const unroutable: readonly string[] = [
  '0.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '224.0.0.0/3',
]

/** RFC 1918, and RFC 6598 for those who have run out of it. */
export const vpcRanges: readonly string[] = [
  '10.0.0.0/8',
  '100.64.0.0/10',
  '172.16.0.0/12',
  '192.168.0.0/16',
]

/** What the internet does not reach. */
export const notPublic: readonly string[] = [...unroutable, ...vpcRanges].toSorted()
