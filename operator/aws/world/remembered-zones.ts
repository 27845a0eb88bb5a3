// The availability zones that a cluster was made in, by its state. They are kept whatever AWS offers now: with others its
// subnets would be made anew, and all that is in them. Nothing is changed while one of them is out of order.
import { awsOf } from '../../api/aws/aws-of.ts'
import { DescribeAvailabilityZonesCommand } from '@aws-sdk/client-ec2'
import type { Fault } from '../../api/faults/fault.ts'
import type { TenantInput } from '../../api/tenant/stack.ts'
import type { Aws } from '../access/clients.ts'
import type { RecordedResource } from './state-record.ts'

/** The tenant with the zones that its spec left open, as they were chosen at first. */
export function asMade(tenant: TenantInput, records: readonly RecordedResource[]): TenantInput {
  const zones = zonesIn(records)
  const asked = awsOf(tenant.spec).vpc.availabilityZones
  if (zones.length !== asked) return tenant // half a network, or none: the others are chosen as at first
  const aws = awsOf(tenant.spec)
  const vpc = { ...aws.vpc, zones }
  return { ...tenant, spec: { ...tenant.spec, provider: { aws: { ...aws, vpc } } } }
}

export function zonesIn(records: readonly RecordedResource[]): string[] {
  const zones = records.flatMap(({ type, custom, delete: condemned, outputs }) => {
    const zone = outputs?.['availabilityZone']
    const isOurs = type === 'aws:ec2/subnet:Subnet' && custom && !condemned
    return isOurs && typeof zone === 'string' ? zone : []
  })
  return [...new Set(zones)].toSorted()
}

/** Of EC2's states only `available` promises that what is begun in the zone ends. */
export async function zoneFault(
  zones: readonly string[],
  { ec2, region }: Pick<Aws, 'ec2' | 'region'>,
): Promise<Fault | undefined> {
  if (zones.length === 0) return undefined
  // By filter: asked for by name, one that is gone fails the whole call.
  const Filters = [{ Name: 'zone-name', Values: [...zones] }]
  const { AvailabilityZones = [] } = await ec2.send(
    new DescribeAvailabilityZonesCommand({ Filters }),
  )
  const states = zones.map((zone) => {
    const found = AvailabilityZones.find(({ ZoneName }) => ZoneName === zone)
    return { zone, state: found ? (found.State ?? 'unknown') : 'not there', found }
  })
  const bad = states.filter(({ state }) => state !== 'available')
  if (bad.length === 0) return undefined
  const says = bad.map(({ zone, state, found }) =>
    [`${zone} is ${state}`, ...(found?.Messages ?? []).map(({ Message }) => Message)].join(': '),
  )
  return {
    code: 'AWS.ZoneImpaired',
    message: `the cluster is in availability zones of ${region} that AWS has not in order: ${says.join('; ')}; nothing is changed meanwhile`,
    retryable: true,
  }
}
