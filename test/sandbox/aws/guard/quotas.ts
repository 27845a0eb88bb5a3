// AWS's default quotas per region, which moto does not know; a quota fault makes the next call hit one.
import {
  DescribeAddressesCommand,
  DescribeInternetGatewaysCommand,
  DescribeVpcsCommand,
} from '@aws-sdk/client-ec2'
import { AwsError } from '../errors.ts'
import type { Call } from '../call.ts'
import type { Check } from './guard.ts'

export const quotaChecks: Record<string, Check> = {
  async CreateVpc(d, call) {
    const { Vpcs } = await d.moto.ec2(call.region).send(new DescribeVpcsCommand({}))
    if (exceeded(call, Vpcs, d.quotas.vpcsPerRegion))
      throw new AwsError('VpcLimitExceeded', 'The maximum number of VPCs has been reached.')
  },
  async AllocateAddress(d, call) {
    const { Addresses } = await d.moto.ec2(call.region).send(new DescribeAddressesCommand({}))
    if (exceeded(call, Addresses, d.quotas.addressesPerRegion))
      throw new AwsError(
        'AddressLimitExceeded',
        'The maximum number of addresses has been reached.',
      )
  },
  async CreateInternetGateway(d, call) {
    const { InternetGateways } = await d.moto
      .ec2(call.region)
      .send(new DescribeInternetGatewaysCommand({}))
    if (exceeded(call, InternetGateways, d.quotas.gatewaysPerRegion))
      throw new AwsError(
        'InternetGatewayLimitExceeded',
        'The maximum number of internet gateways has been reached.',
      )
  },
}

const exceeded = (call: Call, existing: unknown[] | undefined, limit: number) =>
  call.fault?.action.type === 'quota' || (existing ?? []).length >= limit
