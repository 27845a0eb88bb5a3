// The order of deletion, as AWS enforces it and moto does not: nothing goes while something else stands on it.
import {
  DescribeAddressesCommand,
  DescribeInternetGatewaysCommand,
  DescribeNatGatewaysCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeVpcEndpointsCommand,
} from '@aws-sdk/client-ec2'
import { DescribeFileSystemsCommand, DescribeMountTargetsCommand } from '@aws-sdk/client-efs'
import type { SecurityGroup } from '@aws-sdk/client-ec2'
import type { Call } from '../call.ts'
import type { Cluster } from '../eks/state.ts'
import { AwsError } from '../errors.ts'
import { dependencyViolation } from './guard.ts'
import type { Check, GuardDeps } from './guard.ts'
import { ofLoadBalancer } from './load-balancers.ts'

export const deletionChecks: Record<string, Check> = {
  async DeleteSubnet(d, call) {
    const id = call.form.get('SubnetId') ?? ''
    if ((await interfaces(d, call, { Name: 'subnet-id', Values: [id] })).length > 0)
      throw dependencyViolation(`The subnet '${id}' has dependencies and cannot be deleted.`)
  },

  async DeleteSecurityGroup(d, call) {
    const id = call.form.get('GroupId')
    if (id === null) return
    const groups =
      (await d.moto.ec2(call.region).send(new DescribeSecurityGroupsCommand({}))).SecurityGroups ??
      []
    const group = groups.find((candidate) => candidate.GroupId === id)
    if (group?.GroupName === 'default')
      throw new AwsError(
        'CannotDelete',
        `the specified group: "${id}" name: "default" cannot be deleted by a user`,
      )
    const referenced = groups.some((other) => other.GroupId !== id && references(other, id))
    if (referenced || (await interfaces(d, call, { Name: 'group-id', Values: [id] })).length > 0)
      throw dependencyViolation(`resource ${id} has a dependent object`)
  },

  async DeleteNetworkInterface(d, call) {
    const id = call.form.get('NetworkInterfaceId') ?? ''
    const [eni] = await interfaces(d, call, { Name: 'network-interface-id', Values: [id] })
    const ofCluster = d.state
      .all()
      .some(
        (cluster) =>
          cluster.eniIds.includes(id) || nodesOf(cluster).some((node) => node.eniId === id),
      )
    if (
      ofCluster ||
      ofLoadBalancer(eni?.Description) ||
      eni?.Association?.PublicIp !== undefined ||
      (await managed(d, call)).has(id)
    )
      throw new AwsError('InvalidParameterValue', `Network interface '${id}' is currently in use.`)
  },

  async DetachInternetGateway(d, call) {
    const vpcId = call.form.get('VpcId') ?? ''
    const found = await interfaces(d, call, { Name: 'vpc-id', Values: [vpcId] })
    if (found.some((eni) => eni.Association?.PublicIp !== undefined))
      throw dependencyViolation(
        `Network ${vpcId} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.`,
      )
  },

  async AttachInternetGateway(d, call) {
    const vpcId = call.form.get('VpcId') ?? ''
    if ((await gatewaysOf(d, call, vpcId)).length > 0)
      throw new AwsError(
        'InvalidParameterValue',
        `Network ${vpcId} already has an internet gateway attached`,
      )
  },

  async ReleaseAddress(d, call) {
    const id = call.form.get('AllocationId')
    if (id === null) return
    const { Addresses } = await d.moto
      .ec2(call.region)
      .send(new DescribeAddressesCommand({ Filters: [{ Name: 'allocation-id', Values: [id] }] }))
    const used = Addresses?.find((address) => address.AssociationId)
    if (used) throw new AwsError('InvalidIPAddress.InUse', `Address ${used.PublicIp} is in use.`)
  },

  async DeleteVpc(d, call) {
    const vpcId = call.form.get('VpcId') ?? ''
    if (await isUsed(d, call, vpcId))
      throw dependencyViolation(`The vpc '${vpcId}' has dependencies and cannot be deleted.`)
  },
}

/** The interfaces of mount targets and of interface endpoints. */
async function managed(d: GuardDeps, call: Call): Promise<Set<string | undefined>> {
  const [efs, ec2] = [d.moto.efs(call.region), d.moto.ec2(call.region)]
  const [{ FileSystems = [] }, { VpcEndpoints = [] }] = await Promise.all([
    efs.send(new DescribeFileSystemsCommand({})),
    ec2.send(new DescribeVpcEndpointsCommand({})),
  ])
  const targets = await Promise.all(
    FileSystems.map(({ FileSystemId }) =>
      efs.send(new DescribeMountTargetsCommand({ FileSystemId })),
    ),
  )
  return new Set([
    ...targets.flatMap(({ MountTargets = [] }) => MountTargets.map((t) => t.NetworkInterfaceId)),
    ...VpcEndpoints.filter((e) => e.State?.toLowerCase() !== 'deleted').flatMap(
      (endpoint) => endpoint.NetworkInterfaceIds ?? [],
    ),
  ])
}

const nodesOf = (cluster: Cluster) =>
  [...cluster.nodeGroups.values()].flatMap((group) => group.nodes)

async function isUsed(d: GuardDeps, call: Call, vpcId: string): Promise<boolean> {
  const ec2 = d.moto.ec2(call.region)
  const Filters = [{ Name: 'vpc-id', Values: [vpcId] }]
  const [enis, gateways, groups, tables, endpoints, nats] = await Promise.all([
    interfaces(d, call, { Name: 'vpc-id', Values: [vpcId] }),
    gatewaysOf(d, call, vpcId),
    ec2.send(new DescribeSecurityGroupsCommand({ Filters })),
    ec2.send(new DescribeRouteTablesCommand({ Filters })),
    ec2.send(new DescribeVpcEndpointsCommand({ Filters })),
    ec2.send(new DescribeNatGatewaysCommand({ Filter: Filters })),
  ])
  return (
    enis.length > 0 ||
    gateways.length > 0 ||
    (groups.SecurityGroups ?? []).some((group) => group.GroupName !== 'default') ||
    (tables.RouteTables ?? []).some(
      (table) => !table.Associations?.some((association) => association.Main),
    ) ||
    (endpoints.VpcEndpoints ?? []).some(
      (endpoint) => endpoint.State?.toLowerCase() !== 'deleted',
    ) ||
    (nats.NatGateways ?? []).some((nat) => nat.State !== 'deleted')
  )
}

const interfaces = async (d: GuardDeps, call: Call, filter: { Name: string; Values: string[] }) =>
  (await d.moto.ec2(call.region).send(new DescribeNetworkInterfacesCommand({ Filters: [filter] })))
    .NetworkInterfaces ?? []

const gatewaysOf = async (d: GuardDeps, call: Call, vpcId: string) =>
  (
    await d.moto.ec2(call.region).send(
      new DescribeInternetGatewaysCommand({
        Filters: [{ Name: 'attachment.vpc-id', Values: [vpcId] }],
      }),
    )
  ).InternetGateways ?? []

const references = (group: SecurityGroup, id: string) =>
  [...(group.IpPermissions ?? []), ...(group.IpPermissionsEgress ?? [])].some((rule) =>
    rule.UserIdGroupPairs?.some((pair) => pair.GroupId === id),
  )
