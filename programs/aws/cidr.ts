// How the VPC's range is divided over the zones. The plan never depends on the number of zones, so it is stable.

export type SubnetPlan = { private: string[]; public: string[] }

/**
 * Eighths of the range: one for the nodes and pods of each zone, the last one for the public subnets of all zones.
 * A /16 gives a zone 8,192 private addresses and 1,024 public ones; a /20 gives 512 and 64.
 */
export function planSubnets(vpcCidr: string, zones: number): SubnetPlan {
  const eighths = split(vpcCidr, 3)
  return {
    private: eighths.slice(0, zones),
    public: split(eighths[7] ?? vpcCidr, 3).slice(0, zones),
  }
}

/** Divides a range into 2^bits equal ones. */
export function split(cidr: string, bits: number): string[] {
  const [address = '', length = ''] = cidr.split('/')
  const prefixLength = Number(length) + bits
  const base = address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0)
  const size = 2 ** (32 - prefixLength)
  return Array.from({ length: 2 ** bits }, (_, i) => `${dotted(base + i * size)}/${prefixLength}`)
}

const dotted = (n: number) => [24, 16, 8, 0].map((shift) => (n / 2 ** shift) & 255).join('.')
