// aws:ec2 VPC endpoint (Gateway and Interface) and flow log.
import type { ModifyVpcEndpointRequest, VpcEndpointType } from '@aws-sdk/client-ec2'
import type { FlowLogArgs, FlowLogState } from '@pulumi/aws/ec2/flowLog.js'
import type { VpcEndpointArgs, VpcEndpointState } from '@pulumi/aws/ec2/vpcEndpoint.js'
import type { AwsContext } from '../context.ts'
import { ec2, ec2Arn, made, present, tagEc2, tagged } from './calls.ts'
import { ifExists, isCode } from '../errors.ts'
import { fromTagList } from '../tags.ts'
import { type AwsType, awsType, fixed, mutable } from '../type.ts'

const describeEndpoint = async (ctx: AwsContext, id: string) => {
  const answer = await ifExists(ec2(ctx).describeVpcEndpoints({ VpcEndpointIds: [id] }))
  const found = answer?.VpcEndpoints?.[0]
  return found?.State?.toLowerCase() === 'deleted' ? undefined : found
}

const vpcEndpoint = awsType<VpcEndpointArgs, VpcEndpointState>({
  label: 'EC2 VPC Endpoint',
  timeouts: { create: 600, update: 600, delete: 600 },
  inputs: {
    vpcId: fixed(),
    serviceName: fixed(),
    vpcEndpointType: fixed({ default: 'Gateway' }),
    policy: mutable({ computed: true, json: true }),
    privateDnsEnabled: mutable({ computed: true }),
    routeTableIds: mutable({ computed: true }),
    securityGroupIds: mutable({ computed: true }),
    subnetIds: mutable({ computed: true }),
    tags: mutable(),
  },
  async create(ctx, inputs) {
    const answer = await ec2(ctx).createVpcEndpoint({
      ClientToken: ctx.token,
      VpcId: inputs.vpcId,
      // AWS refuses what is not one of its endpoint types.
      VpcEndpointType: inputs.vpcEndpointType as VpcEndpointType,
      ...present({
        ServiceName: inputs.serviceName,
        PolicyDocument: inputs.policy,
        PrivateDnsEnabled:
          inputs.vpcEndpointType === 'Interface' ? (inputs.privateDnsEnabled ?? false) : undefined,
        RouteTableIds: inputs.routeTableIds,
        SecurityGroupIds: inputs.securityGroupIds,
        SubnetIds: inputs.subnetIds,
      }),
      ...tagged(ctx, 'vpc-endpoint'),
    })
    return made(answer.VpcEndpoint?.VpcEndpointId, 'VPC endpoint')
  },
  ready: (ctx, id) => untilAvailable(ctx, id),
  async read(ctx, id) {
    const found = await describeEndpoint(ctx, id)
    if (!found) return undefined
    return {
      arn: ec2Arn(ctx, found.OwnerId ?? (await ctx.account()), `vpc-endpoint/${id}`),
      dnsEntries: (found.DnsEntries ?? []).map((entry) => ({
        dnsName: entry.DnsName,
        hostedZoneId: entry.HostedZoneId,
      })),
      networkInterfaceIds: found.NetworkInterfaceIds ?? [],
      ownerId: found.OwnerId ?? (await ctx.account()),
      policy: found.PolicyDocument ?? '',
      privateDnsEnabled: found.PrivateDnsEnabled ?? false,
      requesterManaged: found.RequesterManaged ?? false,
      routeTableIds: found.RouteTableIds ?? [],
      securityGroupIds: (found.Groups ?? []).flatMap((group) => group.GroupId ?? []),
      serviceName: found.ServiceName,
      state: found.State,
      subnetIds: found.SubnetIds ?? [],
      vpcEndpointType: found.VpcEndpointType,
      vpcId: found.VpcId,
      tagsAll: fromTagList(found.Tags),
    }
  },
  async update(ctx, id, { olds, inputs, changed }) {
    const request: ModifyVpcEndpointRequest = { VpcEndpointId: id }
    const lists = { routeTableIds: 'RouteTableIds', subnetIds: 'SubnetIds', securityGroupIds: 'SecurityGroupIds' } as const // prettier-ignore
    for (const [name, Name] of Object.entries(lists) as [
      keyof typeof lists,
      (typeof lists)[keyof typeof lists],
    ][]) {
      if (!changed.has(name)) continue
      const before = olds[name] ?? []
      const after = inputs[name] ?? []
      request[`Add${Name}`] = after.filter((item) => !before.includes(item))
      request[`Remove${Name}`] = before.filter((item) => !after.includes(item))
    }
    if (changed.has('policy')) {
      if (inputs.policy) request.PolicyDocument = inputs.policy
      else request.ResetPolicy = true
    }
    if (changed.has('privateDnsEnabled')) request.PrivateDnsEnabled = inputs.privateDnsEnabled
    if (Object.keys(request).length === 1) return
    await ec2(ctx).modifyVpcEndpoint(request)
    await untilAvailable(ctx, id)
  },
  tag: tagEc2,
  async delete(ctx, id) {
    const answer = await ifExists(ec2(ctx).deleteVpcEndpoints({ VpcEndpointIds: [id] }))
    const refused = answer?.Unsuccessful?.[0]?.Error
    if (refused && !/NotFound/i.test(refused.Code ?? ''))
      throw new Error(`${refused.Code}: ${refused.Message}`)
    await ctx.until('VPC endpoint to be gone', async () =>
      (await describeEndpoint(ctx, id)) ? undefined : true,
    )
  },
})

async function untilAvailable(ctx: AwsContext, id: string): Promise<void> {
  await ctx.until('VPC endpoint to be available', async () => {
    const found = await describeEndpoint(ctx, id)
    const state = found?.State?.toLowerCase()
    if (state === 'available' || state === 'pendingacceptance') return true
    if (state === 'failed' || state === 'rejected')
      throw new Error(
        `waiting for EC2 VPC Endpoint (${id}) create: unexpected state '${state}', wanted target 'available'. last error: ${found?.LastError?.Code}: ${found?.LastError?.Message}`,
      )
    return undefined
  })
}

const describeFlowLog = async (ctx: AwsContext, id: string) =>
  (await ifExists(ec2(ctx).describeFlowLogs({ FlowLogIds: [id] })))?.FlowLogs?.[0]

const flowLog = awsType<FlowLogArgs, FlowLogState>({
  label: 'Flow Log',
  inputs: {
    vpcId: fixed(),
    subnetId: fixed(),
    iamRoleArn: fixed(),
    logDestination: fixed({ computed: true }),
    logDestinationType: fixed({ default: 'cloud-watch-logs' }),
    logFormat: fixed({ computed: true }),
    maxAggregationInterval: fixed({ default: 600 }),
    trafficType: fixed(),
    tags: mutable(),
  },
  async create(ctx, inputs) {
    const kind = inputs.vpcId === undefined ? 'Subnet' : 'VPC'
    const answer = await ctx.retrying(
      () =>
        ec2(ctx).createFlowLogs({
          ClientToken: ctx.token,
          ResourceType: kind,
          ResourceIds: [inputs.vpcId ?? inputs.subnetId ?? ''],
          LogDestinationType: inputs.logDestinationType === 's3' ? 's3' : 'cloud-watch-logs',
          TrafficType: trafficType(inputs.trafficType),
          ...present({
            DeliverLogsPermissionArn: inputs.iamRoleArn,
            LogDestination: inputs.logDestination,
            LogFormat: inputs.logFormat,
            MaxAggregationInterval: inputs.maxAggregationInterval,
          }),
          ...tagged(ctx, 'vpc-flow-log'),
        }),
      (error) =>
        isCode(error, 'InvalidParameter') && /Unable to assume given IAM role/i.test(String(error)),
    )
    const refused = answer.Unsuccessful?.[0]?.Error
    if (refused) throw new Error(`${refused.Code}: ${refused.Message}`)
    return made(answer.FlowLogIds?.[0], 'flow log')
  },
  async read(ctx, id) {
    const found = await describeFlowLog(ctx, id)
    if (!found) return undefined
    const isVpc = found.ResourceId?.startsWith('vpc-') === true
    return {
      arn: ec2Arn(ctx, await ctx.account(), `vpc-flow-log/${id}`),
      iamRoleArn: found.DeliverLogsPermissionArn ?? '',
      ...present({ logDestination: found.LogDestination }),
      logDestinationType: found.LogDestinationType,
      logFormat: found.LogFormat,
      maxAggregationInterval: found.MaxAggregationInterval,
      subnetId: isVpc ? '' : (found.ResourceId ?? ''),
      trafficType: found.TrafficType,
      vpcId: isVpc ? (found.ResourceId ?? '') : '',
      tagsAll: fromTagList(found.Tags),
    }
  },
  tag: tagEc2,
  async delete(ctx, id) {
    await ifExists(ec2(ctx).deleteFlowLogs({ FlowLogIds: [id] }))
    await ctx.until('flow log to be gone', async () =>
      (await describeFlowLog(ctx, id)) ? undefined : true,
    )
  },
})

const trafficType = (value: string | undefined) =>
  value === 'ACCEPT' || value === 'REJECT' ? value : 'ALL'

export const types: Record<string, AwsType> = {
  'aws:ec2/vpcEndpoint:VpcEndpoint': vpcEndpoint,
  'aws:ec2/flowLog:FlowLog': flowLog,
}
