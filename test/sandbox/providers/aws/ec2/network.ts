// aws:ec2 VPC, subnet and internet gateway.
import type { ModifySubnetAttributeRequest } from '@aws-sdk/client-ec2'
import type { InternetGatewayArgs, InternetGatewayState } from '@pulumi/aws/ec2/internetGateway.js'
import type { SubnetArgs, SubnetState } from '@pulumi/aws/ec2/subnet.js'
import type { VpcArgs, VpcState } from '@pulumi/aws/ec2/vpc.js'
import { orFalse } from '../../values.ts'
import type { AwsContext } from '../context.ts'
import { ec2, ec2Arn, made, present, tagEc2, tagged } from './calls.ts'
import { ifExists, isCode } from '../errors.ts'
import { fromTagList } from '../tags.ts'
import { type AwsType, awsType, fixed, mutable } from '../type.ts'

const describeVpc = async (ctx: AwsContext, id: string) =>
  (await ifExists(ec2(ctx).describeVpcs({ VpcIds: [id] })))?.Vpcs?.[0]

const vpc = awsType<VpcArgs, VpcState>({
  label: 'EC2 VPC',
  inputs: {
    cidrBlock: fixed({ computed: true }),
    instanceTenancy: fixed({ default: 'default' }),
    enableDnsSupport: mutable({ default: true }),
    enableDnsHostnames: mutable({ computed: true }),
    enableNetworkAddressUsageMetrics: mutable({ computed: true }),
    tags: mutable(),
  },
  async create(ctx, inputs) {
    const answer = await ec2(ctx).createVpc({
      ...present({ CidrBlock: inputs.cidrBlock }),
      InstanceTenancy: inputs.instanceTenancy === 'dedicated' ? 'dedicated' : 'default',
      ...tagged(ctx, 'vpc'),
    })
    return made(answer.Vpc?.VpcId, 'VPC')
  },
  async ready(ctx, id, inputs) {
    await ctx.until('VPC to be available', async () =>
      (await describeVpc(ctx, id))?.State === 'available' ? true : undefined,
    )
    if (inputs.enableDnsHostnames === true)
      await setVpcAttribute(ctx, id, { EnableDnsHostnames: { Value: true } })
    if (inputs.enableDnsSupport === false)
      await setVpcAttribute(ctx, id, { EnableDnsSupport: { Value: false } })
    if (inputs.enableNetworkAddressUsageMetrics === true)
      await setVpcAttribute(ctx, id, { EnableNetworkAddressUsageMetrics: { Value: true } })
  },
  async read(ctx, id) {
    const found = await describeVpc(ctx, id)
    if (!found) return undefined
    const [attributes, defaults] = await Promise.all([vpcAttributes(ctx, id), vpcDefaults(ctx, id)])
    return {
      arn: ec2Arn(ctx, found.OwnerId, `vpc/${id}`),
      assignGeneratedIpv6CidrBlock: false,
      cidrBlock: found.CidrBlock,
      ...attributes,
      ...defaults,
      dhcpOptionsId: found.DhcpOptionsId,
      instanceTenancy: found.InstanceTenancy,
      ownerId: found.OwnerId,
      tagsAll: fromTagList(found.Tags),
    }
  },
  async update(ctx, id, { inputs, changed }) {
    if (changed.has('enableDnsSupport'))
      await setVpcAttribute(ctx, id, {
        EnableDnsSupport: { Value: inputs.enableDnsSupport ?? true },
      })
    if (changed.has('enableDnsHostnames'))
      await setVpcAttribute(ctx, id, {
        EnableDnsHostnames: { Value: inputs.enableDnsHostnames ?? false },
      })
    if (changed.has('enableNetworkAddressUsageMetrics'))
      await setVpcAttribute(ctx, id, {
        EnableNetworkAddressUsageMetrics: {
          Value: inputs.enableNetworkAddressUsageMetrics ?? false,
        },
      })
  },
  tag: tagEc2,
  async delete(ctx, id) {
    await deleteWhenFree(ctx, () => ec2(ctx).deleteVpc({ VpcId: id }), 300_000)
    await ctx.until('VPC to be gone', async () => ((await describeVpc(ctx, id)) ? undefined : true))
  },
})

async function vpcAttributes(ctx: AwsContext, id: string) {
  const [hostnames, support, metrics] = await Promise.all([
    ec2(ctx).describeVpcAttribute({ VpcId: id, Attribute: 'enableDnsHostnames' }),
    ec2(ctx).describeVpcAttribute({ VpcId: id, Attribute: 'enableDnsSupport' }),
    ec2(ctx).describeVpcAttribute({ VpcId: id, Attribute: 'enableNetworkAddressUsageMetrics' }),
  ])
  return {
    enableDnsHostnames: orFalse(hostnames.EnableDnsHostnames?.Value),
    enableDnsSupport: support.EnableDnsSupport?.Value ?? true,
    enableNetworkAddressUsageMetrics: orFalse(metrics.EnableNetworkAddressUsageMetrics?.Value),
  }
}

/** What AWS makes along with a VPC. */
async function vpcDefaults(ctx: AwsContext, id: string) {
  const inVpc = (Name: string, value: string) => ({
    Filters: [
      { Name: 'vpc-id', Values: [id] },
      { Name, Values: [value] },
    ],
  })
  const [groups, tables, acls] = await Promise.all([
    ec2(ctx).describeSecurityGroups(inVpc('group-name', 'default')),
    ec2(ctx).describeRouteTables(inVpc('association.main', 'true')),
    ec2(ctx).describeNetworkAcls(inVpc('default', 'true')),
  ])
  const mainTable = tables.RouteTables?.[0]?.RouteTableId
  return {
    defaultNetworkAclId: acls.NetworkAcls?.[0]?.NetworkAclId,
    defaultRouteTableId: mainTable,
    defaultSecurityGroupId: groups.SecurityGroups?.[0]?.GroupId,
    mainRouteTableId: mainTable,
  }
}

type VpcAttribute = Omit<Parameters<ReturnType<typeof ec2>['modifyVpcAttribute']>[0], 'VpcId'>

const setVpcAttribute = (ctx: AwsContext, id: string, attribute: VpcAttribute) =>
  ec2(ctx).modifyVpcAttribute({ VpcId: id, ...attribute })

/** The real provider waits for network interfaces of departing services: DependencyViolation passes. */
export async function deleteWhenFree(
  ctx: AwsContext,
  call: () => Promise<unknown>,
  timeoutMs: number,
): Promise<void> {
  await ifExists(ctx.retrying(call, (error) => isCode(error, 'DependencyViolation'), timeoutMs))
}

const describeSubnet = async (ctx: AwsContext, id: string) =>
  (await ifExists(ec2(ctx).describeSubnets({ SubnetIds: [id] })))?.Subnets?.[0]

const subnet = awsType<SubnetArgs, SubnetState>({
  label: 'EC2 Subnet',
  timeouts: { delete: 1200 },
  inputs: {
    vpcId: fixed(),
    cidrBlock: fixed({ computed: true }),
    availabilityZone: fixed({ computed: true }),
    availabilityZoneId: fixed({ computed: true }),
    mapPublicIpOnLaunch: mutable({ default: false }),
    assignIpv6AddressOnCreation: mutable({ default: false }),
    enableResourceNameDnsARecordOnLaunch: mutable({ default: false }),
    privateDnsHostnameTypeOnLaunch: mutable({ computed: true }),
    tags: mutable(),
  },
  async create(ctx, inputs) {
    const answer = await ec2(ctx).createSubnet({
      VpcId: inputs.vpcId,
      ...present({
        CidrBlock: inputs.cidrBlock,
        AvailabilityZone: inputs.availabilityZone,
        AvailabilityZoneId: inputs.availabilityZoneId,
      }),
      ...tagged(ctx, 'subnet'),
    })
    return made(answer.Subnet?.SubnetId, 'subnet')
  },
  async ready(ctx, id, inputs) {
    await ctx.until('subnet to be available', async () =>
      (await describeSubnet(ctx, id))?.State === 'available' ? true : undefined,
    )
    const wanted = Object.entries(inputs).filter(
      ([name, value]) => name in subnetAttributes && value !== false,
    )
    await setSubnetAttributes(ctx, id, { names: wanted.map(([name]) => name), inputs })
  },
  async read(ctx, id) {
    const found = await describeSubnet(ctx, id)
    if (!found) return undefined
    return {
      arn: found.SubnetArn ?? ec2Arn(ctx, found.OwnerId, `subnet/${id}`),
      assignIpv6AddressOnCreation: found.AssignIpv6AddressOnCreation ?? false,
      availabilityZone: found.AvailabilityZone,
      availabilityZoneId: found.AvailabilityZoneId,
      cidrBlock: found.CidrBlock,
      enableDns64: found.EnableDns64 ?? false,
      enableResourceNameDnsARecordOnLaunch:
        found.PrivateDnsNameOptionsOnLaunch?.EnableResourceNameDnsARecord ?? false,
      ipv6Native: found.Ipv6Native ?? false,
      mapPublicIpOnLaunch: found.MapPublicIpOnLaunch ?? false,
      ownerId: found.OwnerId,
      privateDnsHostnameTypeOnLaunch: found.PrivateDnsNameOptionsOnLaunch?.HostnameType,
      tagsAll: fromTagList(found.Tags),
      vpcId: found.VpcId,
    }
  },
  async update(ctx, id, { inputs, changed }) {
    await setSubnetAttributes(ctx, id, { names: [...changed], inputs })
  },
  tag: tagEc2,
  async delete(ctx, id) {
    await deleteWhenFree(ctx, () => ec2(ctx).deleteSubnet({ SubnetId: id }), 1_200_000)
    await ctx.until('subnet to be gone', async () =>
      (await describeSubnet(ctx, id)) ? undefined : true,
    )
  },
})

type SubnetAttribute = Omit<ModifySubnetAttributeRequest, 'SubnetId'>

const subnetAttributes: Record<string, (value: unknown) => SubnetAttribute> = {
  mapPublicIpOnLaunch: (value: unknown) => ({ MapPublicIpOnLaunch: { Value: value === true } }),
  assignIpv6AddressOnCreation: (value: unknown) => ({
    AssignIpv6AddressOnCreation: { Value: value === true },
  }),
  enableResourceNameDnsARecordOnLaunch: (value: unknown) => ({
    EnableResourceNameDnsARecordOnLaunch: { Value: value === true },
  }),
  privateDnsHostnameTypeOnLaunch: (value: unknown) => ({
    PrivateDnsHostnameTypeOnLaunch: value === 'resource-name' ? 'resource-name' : 'ip-name',
  }),
}

// AWS takes one attribute a call.
async function setSubnetAttributes(
  ctx: AwsContext,
  id: string,
  o: { names: string[]; inputs: object },
): Promise<void> {
  const values = new Map<string, unknown>(Object.entries(o.inputs))
  for (const [name, request] of Object.entries(subnetAttributes))
    if (o.names.includes(name))
      await ec2(ctx).modifySubnetAttribute({ SubnetId: id, ...request(values.get(name)) })
}

const describeGateway = async (ctx: AwsContext, id: string) =>
  (await ifExists(ec2(ctx).describeInternetGateways({ InternetGatewayIds: [id] })))
    ?.InternetGateways?.[0]

const internetGateway = awsType<InternetGatewayArgs, InternetGatewayState>({
  label: 'EC2 Internet Gateway',
  timeouts: { create: 1200, update: 1200, delete: 1200 },
  inputs: { vpcId: mutable({ computed: true }), tags: mutable() },
  async create(ctx) {
    const answer = await ec2(ctx).createInternetGateway(tagged(ctx, 'internet-gateway'))
    return made(answer.InternetGateway?.InternetGatewayId, 'internet gateway')
  },
  async ready(ctx, id, inputs) {
    if (inputs.vpcId !== undefined) await attach(ctx, id, inputs.vpcId)
  },
  async read(ctx, id) {
    const found = await describeGateway(ctx, id)
    if (!found) return undefined
    return {
      arn: ec2Arn(ctx, found.OwnerId ?? (await ctx.account()), `internet-gateway/${id}`),
      ownerId: found.OwnerId ?? (await ctx.account()),
      vpcId: found.Attachments?.[0]?.VpcId ?? '',
      tagsAll: fromTagList(found.Tags),
    }
  },
  async update(ctx, id, { olds, inputs, changed }) {
    if (!changed.has('vpcId')) return
    if (olds.vpcId) await detach(ctx, id, olds.vpcId)
    if (inputs.vpcId) await attach(ctx, id, inputs.vpcId)
  },
  tag: tagEc2,
  async delete(ctx, id, state) {
    const found = await describeGateway(ctx, id)
    if (!found) return
    const vpcId = found.Attachments?.[0]?.VpcId ?? state.vpcId
    if (found.Attachments?.length && vpcId) await detach(ctx, id, vpcId)
    await deleteWhenFree(
      ctx,
      () => ec2(ctx).deleteInternetGateway({ InternetGatewayId: id }),
      1_200_000,
    )
  },
})

async function attach(ctx: AwsContext, id: string, vpcId: string): Promise<void> {
  await ctx.retrying(
    () => ec2(ctx).attachInternetGateway({ InternetGatewayId: id, VpcId: vpcId }),
    (error) => isCode(error, 'InvalidInternetGatewayID.NotFound'),
  )
  await ctx.until('internet gateway to be attached', async () => {
    const state = (await describeGateway(ctx, id))?.Attachments?.[0]?.State
    return state === 'attached' || String(state) === 'available' ? true : undefined
  })
}

async function detach(ctx: AwsContext, id: string, vpcId: string): Promise<void> {
  try {
    await ctx.retrying(
      () => ec2(ctx).detachInternetGateway({ InternetGatewayId: id, VpcId: vpcId }),
      (error) => isCode(error, 'DependencyViolation'),
      1_200_000,
    )
  } catch (error) {
    if (!isCode(error, 'Gateway.NotAttached', 'InvalidInternetGatewayID.NotFound')) throw error
  }
  await ctx.until('internet gateway to be detached', async () =>
    (await describeGateway(ctx, id))?.Attachments?.length ? undefined : true,
  )
}

export const types: Record<string, AwsType> = {
  'aws:ec2/vpc:Vpc': vpc,
  'aws:ec2/subnet:Subnet': subnet,
  'aws:ec2/internetGateway:InternetGateway': internetGateway,
}
