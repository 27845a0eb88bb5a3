// aws:ec2 elastic IP and NAT gateway.
import type { EipArgs, EipState } from '@pulumi/aws/ec2/eip.js'
import type { NatGatewayArgs, NatGatewayState } from '@pulumi/aws/ec2/natGateway.js'
import { orEmpty } from '../../values.ts'
import type { AwsContext } from '../context.ts'
import { ec2, ec2Arn, made, present, tagEc2, tagged } from './calls.ts'
import { ifExists, isCode } from '../errors.ts'
import { fromTagList } from '../tags.ts'
import { type AwsType, awsType, fixed, mutable } from '../type.ts'

const describeAddress = async (ctx: AwsContext, id: string) =>
  (await ifExists(ec2(ctx).describeAddresses({ AllocationIds: [id] })))?.Addresses?.[0]

const eip = awsType<EipArgs, EipState>({
  label: 'EC2 EIP',
  timeouts: { create: 900, update: 300, delete: 180 },
  inputs: {
    domain: fixed({ computed: true }),
    networkBorderGroup: fixed({ computed: true }),
    publicIpv4Pool: fixed({ computed: true }),
    tags: mutable(),
  },
  async create(ctx, inputs) {
    const answer = await ec2(ctx).allocateAddress({
      Domain: inputs.domain === 'standard' ? 'standard' : 'vpc',
      ...present({
        NetworkBorderGroup: inputs.networkBorderGroup,
        PublicIpv4Pool: inputs.publicIpv4Pool,
      }),
      ...tagged(ctx, 'elastic-ip'),
    })
    return made(answer.AllocationId, 'address')
  },
  async read(ctx, id) {
    const found = await describeAddress(ctx, id)
    if (!found) return undefined
    return {
      allocationId: id,
      arn: ec2Arn(ctx, await ctx.account(), `elastic-ip/${id}`),
      associationId: orEmpty(found.AssociationId),
      domain: found.Domain,
      instance: orEmpty(found.InstanceId),
      networkBorderGroup: found.NetworkBorderGroup,
      networkInterface: orEmpty(found.NetworkInterfaceId),
      privateIp: orEmpty(found.PrivateIpAddress),
      publicIp: found.PublicIp,
      publicIpv4Pool: found.PublicIpv4Pool,
      tagsAll: fromTagList(found.Tags),
    }
  },
  tag: tagEc2,
  async delete(ctx, id) {
    await ifExists(
      ctx.retrying(
        () => ec2(ctx).releaseAddress({ AllocationId: id }),
        // A NAT gateway that is going holds it a moment longer.
        (error) => isCode(error, 'InvalidIPAddress.InUse', 'AuthFailure'),
        180_000,
      ),
    )
    await ctx.until('EIP to be gone', async () =>
      (await describeAddress(ctx, id)) ? undefined : true,
    )
  },
})

const describeNat = async (ctx: AwsContext, id: string) => {
  const answer = await ifExists(ec2(ctx).describeNatGateways({ NatGatewayIds: [id] }))
  const found = answer?.NatGateways?.[0]
  return found?.State === 'deleted' ? undefined : found
}

const natGateway = awsType<NatGatewayArgs, NatGatewayState>({
  label: 'EC2 NAT Gateway',
  timeouts: { create: 600, update: 600, delete: 1800 },
  inputs: {
    allocationId: fixed({ computed: true }),
    connectivityType: fixed({ default: 'public' }),
    privateIp: fixed({ computed: true }),
    subnetId: fixed({ computed: true }),
    tags: mutable(),
  },
  async create(ctx, inputs) {
    const answer = await ec2(ctx).createNatGateway({
      ClientToken: ctx.token,
      ConnectivityType: inputs.connectivityType === 'private' ? 'private' : 'public',
      ...present({
        AllocationId: inputs.allocationId,
        PrivateIpAddress: inputs.privateIp,
        SubnetId: inputs.subnetId,
      }),
      ...tagged(ctx, 'natgateway'),
    })
    return made(answer.NatGateway?.NatGatewayId, 'NAT gateway')
  },
  async ready(ctx, id) {
    await ctx.until(`EC2 NAT Gateway (${id}) to be available`, async () => {
      const found = await describeNat(ctx, id)
      if (found?.State === 'available') return true
      if (found?.State === 'failed')
        throw new Error(
          `waiting for EC2 NAT Gateway (${id}) create: unexpected state 'failed', wanted target 'available'. last error: ${found.FailureCode}: ${found.FailureMessage}`,
        )
      return undefined
    })
  },
  async read(ctx, id) {
    const found = await describeNat(ctx, id)
    if (!found || found.State === 'deleting' || found.State === 'failed') return undefined
    const address = found.NatGatewayAddresses?.[0]
    return {
      allocationId: orEmpty(address?.AllocationId),
      associationId: orEmpty(address?.AssociationId),
      connectivityType: found.ConnectivityType,
      networkInterfaceId: orEmpty(address?.NetworkInterfaceId),
      privateIp: orEmpty(address?.PrivateIp),
      publicIp: orEmpty(address?.PublicIp),
      subnetId: found.SubnetId,
      vpcId: found.VpcId,
      tagsAll: fromTagList(found.Tags),
    }
  },
  tag: tagEc2,
  async delete(ctx, id) {
    await ifExists(ec2(ctx).deleteNatGateway({ NatGatewayId: id }))
    await ctx.until('NAT gateway to be gone', async () =>
      (await describeNat(ctx, id)) ? undefined : true,
    )
  },
})

export const types: Record<string, AwsType> = {
  'aws:ec2/eip:Eip': eip,
  'aws:ec2/natGateway:NatGateway': natGateway,
}
