// What AWS says against a spec before anything is made: read-only calls, all mistakes at once, each by its field.
import { awsOf } from '../../api/aws/aws-of.ts'
import {
  DescribeAvailabilityZonesCommand,
  DescribeVpcEndpointServicesCommand,
} from '@aws-sdk/client-ec2'
import { endpointServiceName, nodeServices, unserved } from '../../api/aws/endpoint-services.ts'
import type { Fault } from '../../api/faults/fault.ts'
import type { TenantInput } from '../../api/tenant/stack.ts'
import { spannedZones, unusableZoneIds, type Zone } from '../../api/aws/zones.ts'
import { callerAccount } from '../access/account.ts'
import type { Aws } from '../access/clients.ts'
import { awsFault, errorName, type AwsService } from '../faults/sdk-faults.ts'
import { options, type Check } from './preflight-check.ts'
import { nodePoolFaults } from './preflight-node-pools.ts'
import { versionFaults } from './preflight-version.ts'

/**
 * Undefined when nothing speaks against the spec. Never rejects for what AWS answers. One that `isMade` stays in its zones,
 * in order or not: that is asked of its state.
 */
export async function preflight(
  tenant: TenantInput,
  aws: Aws,
  { isMade = false, signal }: { isMade?: boolean; signal?: AbortSignal } = {},
): Promise<Fault[] | undefined> {
  const check: Check = { tenant, aws, isMade, signal }
  const refused = await ask('STS', aws.region, async () => await identity(check))
  if (refused.length > 0) return refused
  const faults = await Promise.all([
    ask('EKS', aws.region, async () => await versionFaults(check)),
    ask('EC2', aws.region, async () => await zonesAndPools(check)),
  ])
  const found = faults.flat()
  return found.length > 0 ? found : undefined
}

async function ask(
  service: AwsService,
  region: string,
  check: () => Promise<Fault[]>,
): Promise<Fault[]> {
  try {
    return await check()
  } catch (error) {
    if (errorName(error) === 'AbortError') throw error
    return [awsFault(service, error, { region })]
  }
}

async function identity(check: Check): Promise<Fault[]> {
  await callerAccount(check.aws, check.signal)
  return []
}

async function zonesAndPools(check: Check): Promise<Fault[]> {
  const { region, vpc } = awsOf(check.tenant.spec)
  const { zones, mistakes } = spannedZones(await usableZones(check), { region, vpc })
  // What is wrong with the zones would be told again for each of them.
  const named = mistakes.length > 0 && vpc.zones !== undefined
  const known = named ? [] : zones
  const faults = await Promise.all([
    known.length > 0 ? nodePoolFaults(check, known) : [],
    known.length > 0 && vpc.natGateways === 'None' ? endpointFaults(check, known) : [],
  ])
  return [...mistakes.map(({ fault }) => fault), ...faults.flat()]
}

async function usableZones(check: Check): Promise<Zone[]> {
  const request = new DescribeAvailabilityZonesCommand({
    Filters: [
      ...(check.isMade ? [] : [{ Name: 'state', Values: ['available'] }]),
      { Name: 'opt-in-status', Values: ['opt-in-not-required'] },
    ],
  })
  const { AvailabilityZones = [] } = await check.aws.ec2.send(request, options(check))
  return AvailabilityZones.flatMap(({ ZoneName: name, ZoneId: id = '' }) =>
    name === undefined || unusableZoneIds.includes(id) ? [] : [{ name, id }],
  )
}

/** By filter: asked for by name, one that the region has not fails the whole call. */
async function endpointFaults(check: Check, zones: readonly string[]): Promise<Fault[]> {
  const { region } = awsOf(check.tenant.spec)
  const Values = nodeServices.map((service) => endpointServiceName(region, service))
  const Filters = [
    { Name: 'service-name', Values },
    { Name: 'service-type', Values: ['Interface'] },
  ]
  const request = new DescribeVpcEndpointServicesCommand({ Filters })
  const { ServiceDetails = [] } = await check.aws.ec2.send(request, options(check))
  const found = new Map(ServiceDetails.map((one) => [one.ServiceName, one.AvailabilityZones ?? []]))
  const refusal = unserved(
    zones,
    new Map(nodeServices.map((name) => [name, found.get(endpointServiceName(region, name)) ?? []])),
  )
  return refusal ? [refusal.fault] : []
}
