// The aws provider's functions that our programs, and @pulumi/eks, call.
import type { ClusterVersionInformation } from '@aws-sdk/client-eks'
import type { Props } from '../../../../operator/engine/embedded/values/props.ts'
import { isObject } from '../../../../operator/engine/embedded/values/values.ts'
import { type AwsContext, type Clients, partitionOf } from './context.ts'
import { ec2, ec2Arn } from './ec2/calls.ts'
import { eks } from './eks/calls.ts'
import { describeError } from './errors.ts'
import { getParameter } from './ssm.ts'
import { fromTagList } from './tags.ts'

type Call = { ctx: AwsContext; clients: Clients }
type Function = (args: Props, call: Call) => Promise<Props>

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [])

const functions: Record<string, Function> = {
  'aws:index/getPartition:getPartition': (_args, { ctx }) => {
    const partition = partitionOf(ctx.region)
    const china = partition === 'aws-cn'
    return Promise.resolve({
      id: partition,
      partition,
      dnsSuffix: china ? 'amazonaws.com.cn' : 'amazonaws.com',
      reverseDnsPrefix: china ? 'cn.com.amazonaws' : 'com.amazonaws',
    })
  },

  'aws:index/getCallerIdentity:getCallerIdentity': async (_args, { clients }) => {
    const me = await clients.identity()
    return { id: me.account, accountId: me.account, arn: me.arn, userId: me.userId }
  },

  'aws:index/getRegion:getRegion': (args, { ctx }) => {
    const region = text(args['region']) ?? text(args['name']) ?? ctx.region
    const endpoint = `ec2.${region}.amazonaws.com`
    return Promise.resolve({ id: region, region, name: region, description: region, endpoint })
  },

  'aws:index/getAvailabilityZones:getAvailabilityZones': async (args, { ctx }) => {
    const filters = filtersOf(args['filters'])
    const state = text(args['state'])
    if (state !== undefined) filters.push({ Name: 'state', Values: [state] })
    const answer = await ec2(ctx).describeAvailabilityZones({
      AllAvailabilityZones: args['allAvailabilityZones'] === true,
      ...(filters.length > 0 ? { Filters: filters } : {}),
    })
    const zones = (answer.AvailabilityZones ?? [])
      .filter((zone) => !texts(args['excludeNames']).includes(zone.ZoneName ?? ''))
      .filter((zone) => !texts(args['excludeZoneIds']).includes(zone.ZoneId ?? ''))
      .toSorted((a, b) => ((a.ZoneName ?? '') < (b.ZoneName ?? '') ? -1 : 1))
    return {
      ...args,
      id: ctx.region,
      region: ctx.region,
      names: zones.map((zone) => zone.ZoneName ?? ''),
      zoneIds: zones.map((zone) => zone.ZoneId ?? ''),
      groupNames: [...new Set(zones.map((zone) => zone.GroupName ?? ''))],
    }
  },

  'aws:ssm/getParameter:getParameter': async (args, { ctx, clients }) => {
    const name = String(args['name'])
    const decrypt = args['withDecryption'] !== false
    const endpoint = clients.config.endpoints['ssm'] ?? process.env['AWS_ENDPOINT_URL']
    const found = await getParameter(ctx, { name, decrypt, ...(endpoint ? { endpoint } : {}) })
    return {
      id: found.Name,
      name: found.Name,
      arn: found.ARN,
      type: found.Type,
      value: found.Value,
      insecureValue: found.Type === 'SecureString' ? '' : found.Value,
      version: found.Version,
      withDecryption: decrypt,
      region: ctx.region,
    }
  },

  'aws:ec2/getAmi:getAmi': getAmi,
  'aws:ec2/getVpcEndpointService:getVpcEndpointService': getVpcEndpointService,

  'aws:eks/getAddonVersion:getAddonVersion': async (args, { ctx }) => {
    const addonName = String(args['addonName'])
    const kubernetesVersion = String(args['kubernetesVersion'])
    const answer = await eks(ctx).describeAddonVersions({ addonName, kubernetesVersion })
    const versions = answer.addons?.[0]?.addonVersions ?? []
    const isDefault = (version: (typeof versions)[number]) =>
      version.compatibilities?.some((c) => c.defaultVersion === true) === true
    const chosen = args['mostRecent'] === true ? versions[0] : versions.find(isDefault)
    if (chosen?.addonVersion === undefined)
      throw new Error(
        `reading EKS Add-On version info (${addonName}, ${kubernetesVersion}): empty result`,
      )
    return { ...args, id: addonName, version: chosen.addonVersion, region: ctx.region }
  },

  'aws:eks/getClusterVersions:getClusterVersions': async (args, { ctx }) => {
    const found = await clusterVersions(ctx, {
      ...(text(args['clusterType']) ? { clusterType: String(args['clusterType']) } : {}),
      ...(args['defaultOnly'] === true ? { defaultOnly: true } : {}),
      ...(args['includeAll'] === true ? { includeAll: true } : {}),
      ...(texts(args['clusterVersionsOnlies']).length > 0
        ? { clusterVersions: texts(args['clusterVersionsOnlies']) }
        : {}),
    })
    const wanted = text(args['versionStatus'])
    const shown = found.filter((v) => wanted === undefined || v.versionStatus === wanted)
    return { ...args, region: ctx.region, clusterVersions: shown.map(versionOutput) }
  },
}

export async function invokeFunction(token: string, args: Props, call: Call): Promise<Props> {
  const run = functions[token]
  if (!run) throw new Error(`the aws provider double does not know the function ${token}`)
  try {
    return await run(args, call)
  } catch (error) {
    throw describeError(`invoking ${token}`, error)
  }
}

async function clusterVersions(
  ctx: AwsContext,
  request: object,
  nextToken?: string,
): Promise<ClusterVersionInformation[]> {
  const page = await eks(ctx).describeClusterVersions({
    ...request,
    ...(nextToken ? { nextToken } : {}),
  })
  const rest = page.nextToken ? await clusterVersions(ctx, request, page.nextToken) : []
  return [...(page.clusterVersions ?? []), ...rest]
}

const versionOutput = (found: ClusterVersionInformation): Props => ({
  clusterType: found.clusterType,
  clusterVersion: found.clusterVersion,
  controlPlaneComponentConfigs: [],
  controlPlaneScalingTiers: [],
  defaultPlatformVersion: found.defaultPlatformVersion,
  defaultVersion: found.defaultVersion ?? false,
  endOfExtendedSupportDate: found.endOfExtendedSupportDate?.toISOString(),
  endOfStandardSupportDate: found.endOfStandardSupportDate?.toISOString(),
  kubernetesPatchVersion: found.kubernetesPatchVersion,
  releaseDate: found.releaseDate?.toISOString(),
  versionStatus: found.versionStatus,
})

function filtersOf(value: unknown): { Name: string; Values: string[] }[] {
  const filters = Array.isArray(value) ? value.filter(isObject) : []
  return filters.map((filter) => ({
    Name: String(filter['name']),
    Values: texts(filter['values']),
  }))
}

/** As the official provider asks: one that the region has not is an error of EC2's, one that is filtered out of its own. */
async function getVpcEndpointService(args: Props, { ctx }: Call): Promise<Props> {
  const type = text(args['serviceType'])
  const answer = await ec2(ctx).describeVpcEndpointServices({
    ServiceNames: [text(args['serviceName']) ?? `com.amazonaws.${ctx.region}.${String(args['service'])}`], // prettier-ignore
    ...(type ? { Filters: [{ Name: 'service-type', Values: [type] }] } : {}),
  })
  const found = answer.ServiceDetails?.[0]
  if (!found) throw new Error('no matching EC2 VPC Endpoint Service found')
  return {
    ...args,
    id: found.ServiceId,
    serviceId: found.ServiceId,
    serviceName: found.ServiceName,
    serviceType: found.ServiceType?.[0]?.ServiceType,
    acceptanceRequired: found.AcceptanceRequired ?? false,
    availabilityZones: (found.AvailabilityZones ?? []).toSorted(),
    baseEndpointDnsNames: found.BaseEndpointDnsNames ?? [],
    managesVpcEndpoints: found.ManagesVpcEndpoints ?? false,
    owner: found.Owner,
    privateDnsName: found.PrivateDnsName,
    region: ctx.region,
    vpcEndpointPolicySupported: found.VpcEndpointPolicySupported ?? false,
  }
}

async function getAmi(args: Props, { ctx }: Call): Promise<Props> {
  const owners = texts(args['owners'])
  const filters = filtersOf(args['filters'])
  const answer = await ec2(ctx).describeImages({
    ...(owners.length > 0 ? { Owners: owners } : {}),
    ...(filters.length > 0 ? { Filters: filters } : {}),
  })
  const pattern = text(args['nameRegex'])
  const images = (answer.Images ?? [])
    .filter((image) => pattern === undefined || new RegExp(pattern).test(image.Name ?? ''))
    .toSorted((a, b) => ((a.CreationDate ?? '') < (b.CreationDate ?? '') ? 1 : -1))
  const image = images[0]
  if (!image)
    throw new Error(
      'Your query returned no results. Please change your search criteria and try again.',
    )
  if (images.length > 1 && args['mostRecent'] !== true)
    throw new Error('Your query returned more than one result. Please try a more specific search criteria, or set `mostRecent` attribute to true.') // prettier-ignore
  return {
    ...args,
    id: image.ImageId,
    imageId: image.ImageId,
    architecture: image.Architecture,
    arn: ec2Arn(ctx, undefined, `image/${image.ImageId}`),
    creationDate: image.CreationDate,
    description: image.Description ?? '',
    name: image.Name,
    ownerId: image.OwnerId,
    public: image.Public ?? false,
    rootDeviceName: image.RootDeviceName,
    rootDeviceType: image.RootDeviceType,
    state: image.State,
    tags: fromTagList(image.Tags),
    virtualizationType: image.VirtualizationType,
    region: ctx.region,
  }
}
