// What EC2 says against the node pools of a spec: machines and images that are not there, or do not go together.
import { onAws } from '../../api/aws/aws-node-pool.ts'
import { awsOf } from '../../api/aws/aws-of.ts'
import {
  DescribeImagesCommand,
  paginateDescribeInstanceTypeOfferings,
  paginateDescribeInstanceTypes,
  type InstanceTypeInfo,
} from '@aws-sdk/client-ec2'
import type { Fault } from '../../api/faults/fault.ts'
import { saysNotFound } from '../faults/sdk-faults.ts'
import { invalid, options, type Check } from './preflight-check.ts'

/** `zones` are those the nodes will be in. */
export async function nodePoolFaults(check: Check, zones: readonly string[]): Promise<Fault[]> {
  const pools = check.tenant.spec.nodePools.map(onAws)
  const types = [...new Set(pools.flatMap((pool) => pool.aws.instanceTypes))]
  const [machines, offered] = await Promise.all([
    instanceTypes(check, types),
    typesOffered(check, types, zones),
  ])
  const faults = pools.map(async (pool, i) => {
    const path = `spec.nodePools[${i}]`
    const missing = pool.aws.instanceTypes.flatMap((type, j) => {
      const at = `${path}.aws.instanceTypes[${j}]`
      return missingType(check, { at, type, zones, machines, offered })
    })
    if (missing.length > 0) return missing
    const architectures = new Set(pool.aws.instanceTypes.map((type) => machines.get(type)))
    if (architectures.size > 1) {
      const expected = 'instance types of one architecture'
      return [invalid(`${path}.aws.instanceTypes`, expected, pool.aws.instanceTypes)]
    }
    return pool.aws.image.id
      ? await image(check, path, pool.aws.image.id, [...architectures][0])
      : []
  })
  return (await Promise.all(faults)).flat()
}

type Wanted = {
  at: string
  type: string
  zones: readonly string[]
  machines: ReadonlyMap<string, string>
  offered: ReadonlySet<string>
}

function missingType({ tenant }: Check, o: Wanted): Fault[] {
  const { region } = awsOf(tenant.spec)
  if (!o.machines.has(o.type))
    return [invalid(o.at, `an instance type that EC2 offers in ${region}`, o.type)]
  if (o.offered.has(o.type)) return []
  const zones = o.zones.join(' or ')
  const expected = `an instance type that EC2 offers in ${zones}, the zones of this cluster`
  return [invalid(o.at, expected, o.type)]
}

/** Architecture of each type that the region has. By filter: asked for by name, one wrong name fails the whole call. */
async function instanceTypes(check: Check, types: string[]): Promise<Map<string, string>> {
  const found: InstanceTypeInfo[] = []
  const Filters = [{ Name: 'instance-type', Values: types }]
  const client = { client: check.aws.ec2 }
  for await (const page of paginateDescribeInstanceTypes(client, { Filters }, options(check)))
    found.push(...(page.InstanceTypes ?? []))
  return new Map(found.map((info) => [info.InstanceType ?? '', architectureOf(info)]))
}

/** Those that at least one of the zones has: not every machine of a region is in all of them. */
async function typesOffered(
  check: Check,
  types: string[],
  zones: readonly string[],
): Promise<Set<string>> {
  const found = new Set<string>()
  const request = {
    LocationType: 'availability-zone' as const,
    Filters: [
      { Name: 'instance-type', Values: types },
      { Name: 'location', Values: [...zones] },
    ],
  }
  const client = { client: check.aws.ec2 }
  for await (const page of paginateDescribeInstanceTypeOfferings(client, request, options(check)))
    for (const { InstanceType } of page.InstanceTypeOfferings ?? []) found.add(InstanceType ?? '')
  return found
}

/** Some x86 machines run i386 too. */
const architectureOf = (info: InstanceTypeInfo): string =>
  info.ProcessorInfo?.SupportedArchitectures?.includes('arm64') ? 'arm64' : 'x86_64'

async function image(
  check: Check,
  path: string,
  id: string,
  architecture: string | undefined,
): Promise<Fault[]> {
  const field = `${path}.aws.image.id`
  const { region } = awsOf(check.tenant.spec)
  const missing = [invalid(field, `an image that these credentials can use in ${region}`, id)]
  try {
    const request = new DescribeImagesCommand({ ImageIds: [id] })
    const answer = await check.aws.ec2.send(request, options(check))
    const [found] = answer.Images ?? []
    if (found?.State !== 'available') return missing
    if (found.Architecture === architecture) return []
    const expected = `an image for ${architecture}, as the instance types are and not ${found.Architecture}`
    return [invalid(field, expected, id)]
  } catch (error) {
    if (saysNotFound(error)) return missing
    throw error
  }
}
