// What AWS says against a spec before anything is made: read-only calls, all mistakes at once, each by its field.
import {
  DescribeAvailabilityZonesCommand,
  DescribeImagesCommand,
  DescribeInstanceTypesCommand,
  type InstanceTypeInfo,
} from '@aws-sdk/client-ec2'
import { DescribeClusterVersionsCommand } from '@aws-sdk/client-eks'
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { InvalidSpec, type Fault } from '../api/fault.ts'
import { loadTestChartVersion, type TenantInput } from '../api/stack.ts'
import type { Aws } from './clients.ts'
import { awsFault, errorName, isNotFound, type AwsService } from './faults.ts'

type Check = { tenant: TenantInput; aws: Aws; signal: AbortSignal | undefined }

/** Undefined when nothing speaks against the spec. Never rejects for what AWS answers. */
export async function preflight(
  tenant: TenantInput,
  aws: Aws,
  signal?: AbortSignal,
): Promise<Fault[] | undefined> {
  const local = chartVersion(tenant)
  if (local.length > 0) return local
  const check = { tenant, aws, signal }
  const refused = await ask('STS', async () => await identity(check))
  if (refused.length > 0) return refused
  const faults = await Promise.all([
    ask('EKS', async () => await version(check)),
    ask('EC2', async () => await zones(check)),
    ask('EC2', async () => await nodePools(check)),
  ])
  const found = faults.flat()
  return found.length > 0 ? found : undefined
}

async function ask(service: AwsService, check: () => Promise<Fault[]>): Promise<Fault[]> {
  try {
    return await check()
  } catch (error) {
    if (errorName(error) === 'AbortError') throw error
    return [awsFault(service, error)]
  }
}

const invalid = (field: string, expected: string, got: unknown): Fault =>
  new InvalidSpec({ field, expected, got }).fault

function chartVersion({ spec }: TenantInput): Fault[] {
  const { enabled, version: wanted } = spec.addons.loadTesting
  if (!enabled || wanted === undefined || wanted === loadTestChartVersion) return []
  const expected = `${loadTestChartVersion}, the version that this CrateKube ships`
  return [invalid('spec.addons.loadTesting.version', expected, wanted)]
}

async function identity({ aws, signal }: Check): Promise<Fault[]> {
  await aws.sts.send(new GetCallerIdentityCommand({}), options(signal))
  return []
}

async function version({ tenant, aws, signal }: Check): Promise<Fault[]> {
  const wanted = tenant.spec.kubernetesVersion
  const answer = await aws.eks.send(new DescribeClusterVersionsCommand({}), options(signal))
  const offered = (answer.clusterVersions ?? []).flatMap((v) => v.clusterVersion ?? [])
  if (offered.includes(wanted)) return []
  const list = offered.toSorted((a, b) => minor(b) - minor(a)).join(', ')
  return [invalid('spec.kubernetesVersion', `a version that EKS offers (${list})`, wanted)]
}

const minor = (kubernetesVersion: string) => Number(kubernetesVersion.split('.')[1])

/** Zones that EKS refuses for control planes; programs/aws/zones.ts leaves out the same. */
const unusableZoneIds = ['use1-az3', 'usw1-az2', 'cac1-az3']

async function zones({ tenant, aws, signal }: Check): Promise<Fault[]> {
  const { region, vpc } = tenant.spec.provider.aws
  const request = new DescribeAvailabilityZonesCommand({
    Filters: [
      { Name: 'state', Values: ['available'] },
      { Name: 'opt-in-status', Values: ['opt-in-not-required'] },
    ],
  })
  const answer = await aws.ec2.send(request, options(signal))
  const usable = (answer.AvailabilityZones ?? []).filter(
    (zone) => !unusableZoneIds.includes(zone.ZoneId ?? ''),
  )
  if (usable.length >= vpc.availabilityZones) return []
  const expected = `at most ${usable.length}, the zones of ${region} that EKS can use`
  const field = 'spec.provider.aws.vpc.availabilityZones'
  return [invalid(field, expected, vpc.availabilityZones)]
}

async function nodePools(check: Check): Promise<Fault[]> {
  const pools = check.tenant.spec.nodePools
  const machines = await instanceTypes(check, [...new Set(pools.flatMap((p) => p.instanceTypes))])
  const faults = pools.map(async (pool, i) => {
    const path = `spec.nodePools[${i}]`
    const unknown = unknownTypes(check, path, pool.instanceTypes, machines)
    if (unknown.length > 0) return unknown
    const architectures = new Set(pool.instanceTypes.map((type) => machines.get(type)))
    if (architectures.size > 1) {
      const expected = 'instance types of one architecture'
      return [invalid(`${path}.instanceTypes`, expected, pool.instanceTypes)]
    }
    return pool.image.id ? await image(check, path, pool.image.id, [...architectures][0]) : []
  })
  return (await Promise.all(faults)).flat()
}

function unknownTypes(
  { tenant }: Check,
  path: string,
  types: string[],
  machines: Map<string, string>,
): Fault[] {
  const { region } = tenant.spec.provider.aws
  return types.flatMap((type, j) =>
    machines.has(type)
      ? []
      : [
          invalid(
            `${path}.instanceTypes[${j}]`,
            `an instance type that EC2 offers in ${region}`,
            type,
          ),
        ],
  )
}

/** Architecture of each type that the region has. By filter: asked for by name, one wrong name fails the whole call. */
async function instanceTypes(check: Check, types: string[]): Promise<Map<string, string>> {
  const found: InstanceTypeInfo[] = []
  let NextToken: string | undefined
  do {
    const request = new DescribeInstanceTypesCommand({
      Filters: [{ Name: 'instance-type', Values: types }],
      ...(NextToken && { NextToken }),
    })
    // oxlint-disable-next-line no-await-in-loop -- one page names the next
    const page = await check.aws.ec2.send(request, options(check.signal))
    found.push(...(page.InstanceTypes ?? []))
    NextToken = page.NextToken
  } while (NextToken)
  return new Map(found.map((info) => [info.InstanceType ?? '', architectureOf(info)]))
}

/** Some x86 machines run i386 too. */
const architectureOf = (info: InstanceTypeInfo): string =>
  info.ProcessorInfo?.SupportedArchitectures?.includes('arm64') ? 'arm64' : 'x86_64'

async function image(
  { aws, tenant, signal }: Check,
  path: string,
  id: string,
  architecture: string | undefined,
): Promise<Fault[]> {
  const field = `${path}.image.id`
  const { region } = tenant.spec.provider.aws
  const missing = [invalid(field, `an image that these credentials can use in ${region}`, id)]
  try {
    const answer = await aws.ec2.send(
      new DescribeImagesCommand({ ImageIds: [id] }),
      options(signal),
    )
    const [found] = answer.Images ?? []
    if (found?.State !== 'available') return missing
    if (found.Architecture === architecture) return []
    const expected = `an image for ${architecture}, as the instance types are and not ${found.Architecture}`
    return [invalid(field, expected, id)]
  } catch (error) {
    if (isNotFound(error)) return missing
    throw error
  }
}

const options = (signal: AbortSignal | undefined) => (signal ? { abortSignal: signal } : {})
