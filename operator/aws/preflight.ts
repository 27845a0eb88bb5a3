// What AWS says against a spec before anything is made: read-only calls, all mistakes at once, each by its field.
import { DescribeAvailabilityZonesCommand } from '@aws-sdk/client-ec2'
import type { Fault } from '../api/fault.ts'
import { loadTestChartVersion, type TenantInput } from '../api/stack.ts'
import { spannedZones, tooFewZones, unusableZoneIds } from '../api/zones.ts'
import { callerAccount } from './account.ts'
import type { Aws } from './clients.ts'
import { awsFault, errorName, type AwsService } from './faults.ts'
import { invalid, options, type Check } from './preflight-check.ts'
import { nodePoolFaults } from './preflight-node-pools.ts'
import { versionFaults } from './preflight-version.ts'

/** Undefined when nothing speaks against the spec. Never rejects for what AWS answers. */
export async function preflight(
  tenant: TenantInput,
  aws: Aws,
  signal?: AbortSignal,
): Promise<Fault[] | undefined> {
  const local = chartVersion(tenant)
  if (local.length > 0) return local
  const check: Check = { tenant, aws, signal }
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

function chartVersion({ spec }: TenantInput): Fault[] {
  const { enabled, version: wanted } = spec.addons.loadTesting
  if (!enabled || wanted === undefined || wanted === loadTestChartVersion) return []
  const expected = `${loadTestChartVersion}, the version that this CrateKube ships`
  return [invalid('spec.addons.loadTesting.version', expected, wanted)]
}

async function identity(check: Check): Promise<Fault[]> {
  await callerAccount(check.aws, check.signal)
  return []
}

async function zonesAndPools(check: Check): Promise<Fault[]> {
  const { region, vpc } = check.tenant.spec.provider.aws
  const usable = await usableZones(check)
  const refusal = tooFewZones(usable, { region, vpc })
  const zones = spannedZones(usable, vpc.availabilityZones)
  const faults = zones.length > 0 ? await nodePoolFaults(check, zones) : []
  return [...(refusal ? [refusal.fault] : []), ...faults]
}

async function usableZones(check: Check): Promise<string[]> {
  const request = new DescribeAvailabilityZonesCommand({
    Filters: [
      { Name: 'state', Values: ['available'] },
      { Name: 'opt-in-status', Values: ['opt-in-not-required'] },
    ],
  })
  const { AvailabilityZones = [] } = await check.aws.ec2.send(request, options(check))
  return AvailabilityZones.flatMap(({ ZoneName, ZoneId = '' }) =>
    ZoneName === undefined || unusableZoneIds.includes(ZoneId) ? [] : [ZoneName],
  )
}
