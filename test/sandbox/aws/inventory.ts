// Everything that exists in the double's AWS account, so that a test can prove that nothing is left: defaults that every AWS
// account has (default VPC and what is in it, AWS's own policies) are not listed.
import {
  DescribeAddressesCommand,
  DescribeInternetGatewaysCommand,
  DescribeLaunchTemplatesCommand,
  DescribeNatGatewaysCommand,
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcsCommand,
} from '@aws-sdk/client-ec2'
import { DescribeFileSystemsCommand, DescribeMountTargetsCommand } from '@aws-sdk/client-efs'
import { DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { ListRolesCommand } from '@aws-sdk/client-iam'
import {
  ListAliasesCommand,
  ListKeysCommand,
  DescribeKeyCommand,
  ListResourceTagsCommand,
} from '@aws-sdk/client-kms'
import { loadBalancingIn } from '../../../operator/aws/cleanup/elastic-load-balancing.ts'
import type { EksState, Cluster } from './eks/state.ts'
import type { Moto } from './moto/moto.ts'

export type InventoryItem = {
  type: string
  id: string
  region: string
  /** Value of the tag cratekube.io/uid. */
  uid?: string
  tags: Record<string, string>
  /** Of a network interface: it says what made it. */
  description?: string
}

export type Inventory = InventoryItem[]

type Deps = { moto: Moto; state: EksState; regions: () => string[] }

/** What goes while it is listed makes a look fail half-way through: another one does not meet it. */
export async function inventory(d: Deps): Promise<Inventory> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await look(d)
    } catch (error) {
      if (attempt === looks) throw error
    }
  }
}

const looks = 10

async function look(d: Deps): Promise<Inventory> {
  const parts = await Promise.all([
    ...d.regions().map((region) => regional(d.moto, region)),
    roles(d.moto),
  ])
  return [...parts.flat(), ...d.state.all().flatMap(clusterItems)]
}

async function regional(moto: Moto, region: string): Promise<Inventory> {
  const parts = await Promise.all([
    network(moto, region),
    gateways(moto, region),
    loadBalancers(moto, region),
    fileSystems(moto, region),
    logsAndKeys(moto, region),
  ])
  return parts.flat()
}

async function network(moto: Moto, region: string): Promise<Inventory> {
  const ec2 = moto.ec2(region)
  const [vpcs, subnets, groups, rules, tables, enis] = await Promise.all([
    ec2.send(new DescribeVpcsCommand({})),
    ec2.send(new DescribeSubnetsCommand({})),
    ec2.send(new DescribeSecurityGroupsCommand({})),
    ec2.send(new DescribeSecurityGroupRulesCommand({})),
    ec2.send(new DescribeRouteTablesCommand({})),
    ec2.send(new DescribeNetworkInterfacesCommand({})),
  ])
  const defaults = new Set(vpcs.Vpcs?.filter((vpc) => vpc.IsDefault).map((vpc) => vpc.VpcId))
  const own = <T extends { VpcId?: string | undefined }>(things: T[] | undefined) =>
    (things ?? []).filter((thing) => !defaults.has(thing.VpcId))
  return [
    ...own(vpcs.Vpcs).map((vpc) => item(region, 'vpc', vpc.VpcId, vpc.Tags)),
    ...own(subnets.Subnets).map((subnet) => item(region, 'subnet', subnet.SubnetId, subnet.Tags)),
    ...own(groups.SecurityGroups)
      .filter((group) => group.GroupName !== 'default')
      .map((group) => item(region, 'security-group', group.GroupId, group.Tags)),
    // One without tags is part of its group.
    ...(rules.SecurityGroupRules ?? [])
      .filter(({ Tags = [] }) => Tags.length > 0)
      .map((rule) => item(region, 'security-group-rule', rule.SecurityGroupRuleId, rule.Tags)),
    ...own(tables.RouteTables)
      .filter((table) => !table.Associations?.some((association) => association.Main))
      .map((table) => item(region, 'route-table', table.RouteTableId, table.Tags)),
    ...own(enis.NetworkInterfaces).map((eni) => ({
      ...item(region, 'network-interface', eni.NetworkInterfaceId, eni.TagSet),
      description: eni.Description ?? '',
    })),
  ]
}

async function gateways(moto: Moto, region: string): Promise<Inventory> {
  const ec2 = moto.ec2(region)
  const [internet, addresses, nats, endpoints, templates, vpcs] = await Promise.all([
    ec2.send(new DescribeInternetGatewaysCommand({})),
    ec2.send(new DescribeAddressesCommand({})),
    ec2.send(new DescribeNatGatewaysCommand({})),
    ec2.send(new DescribeVpcEndpointsCommand({})),
    ec2.send(new DescribeLaunchTemplatesCommand({})),
    ec2.send(new DescribeVpcsCommand({ Filters: [{ Name: 'is-default', Values: ['true'] }] })),
  ])
  const defaults = new Set(vpcs.Vpcs?.map((vpc) => vpc.VpcId))
  return [
    ...(internet.InternetGateways ?? [])
      .filter(
        (gateway) => !gateway.Attachments?.some((attachment) => defaults.has(attachment.VpcId)),
      )
      .map((gateway) => item(region, 'internet-gateway', gateway.InternetGatewayId, gateway.Tags)),
    ...(addresses.Addresses ?? []).map((address) =>
      item(region, 'elastic-ip', address.AllocationId, address.Tags),
    ),
    ...(nats.NatGateways ?? [])
      .filter((nat) => nat.State !== 'deleted')
      .map((nat) => item(region, 'nat-gateway', nat.NatGatewayId, nat.Tags)),
    ...(endpoints.VpcEndpoints ?? [])
      .filter((endpoint) => endpoint.State?.toLowerCase() !== 'deleted')
      .map((endpoint) => item(region, 'vpc-endpoint', endpoint.VpcEndpointId, endpoint.Tags)),
    ...(templates.LaunchTemplates ?? []).map((template) =>
      item(region, 'launch-template', template.LaunchTemplateId, template.Tags),
    ),
  ]
}

async function loadBalancers(moto: Moto, region: string): Promise<Inventory> {
  const { Vpcs = [] } = await moto.ec2(region).send(new DescribeVpcsCommand({}))
  const vpcIds = Vpcs.flatMap(({ VpcId }) => VpcId ?? [])
  const found = await loadBalancingIn(vpcIds, {
    balancing: moto.balancing(region),
    classicBalancing: moto.classicBalancing(region),
  })
  // Their tags would take a call each; a VPC is one tenant's.
  return found.map(({ type, id, vpcId }) =>
    item(region, type.replace('elb:', ''), id, Vpcs.find((vpc) => vpc.VpcId === vpcId)?.Tags),
  )
}

async function fileSystems(moto: Moto, region: string): Promise<Inventory> {
  const efs = moto.efs(region)
  const systems = (await efs.send(new DescribeFileSystemsCommand({}))).FileSystems ?? []
  const targets = await Promise.all(
    systems.map((system) =>
      efs.send(new DescribeMountTargetsCommand({ FileSystemId: system.FileSystemId })),
    ),
  )
  return [
    ...systems.map((system) => item(region, 'file-system', system.FileSystemId, system.Tags)),
    ...targets
      .flatMap((found) => found.MountTargets ?? [])
      .map((target) => item(region, 'mount-target', target.MountTargetId, [])),
  ]
}

async function logsAndKeys(moto: Moto, region: string): Promise<Inventory> {
  const [logs, keys, aliases] = await Promise.all([
    moto.logs(region).send(new DescribeLogGroupsCommand({})),
    moto.kms(region).send(new ListKeysCommand({})),
    moto.kms(region).send(new ListAliasesCommand({})),
  ])
  return [
    ...(logs.logGroups ?? []).map((group) => item(region, 'log-group', group.logGroupName, [])),
    ...(aliases.Aliases ?? [])
      .filter((alias) => !alias.AliasName?.startsWith('alias/aws/'))
      .map((alias) => item(region, 'kms-alias', alias.AliasName, [])),
    ...(
      await Promise.all((keys.Keys ?? []).map((key) => kmsKey(moto, region, key.KeyId ?? '')))
    ).flat(),
  ]
}

/** A key that is scheduled for deletion is as gone as AWS lets it be. */
async function kmsKey(moto: Moto, region: string, KeyId: string): Promise<Inventory> {
  const { KeyMetadata } = await moto.kms(region).send(new DescribeKeyCommand({ KeyId }))
  if (KeyMetadata?.KeyState === 'PendingDeletion' || KeyMetadata?.KeyManager === 'AWS') return []
  const { Tags } = await moto.kms(region).send(new ListResourceTagsCommand({ KeyId }))
  return [
    item(
      region,
      'kms-key',
      KeyId,
      Tags?.map((tag) => ({ Key: tag.TagKey, Value: tag.TagValue })),
    ),
  ]
}

async function roles(moto: Moto): Promise<Inventory> {
  const { Roles } = await moto.iam().send(new ListRolesCommand({ MaxItems: 1000 }))
  return (Roles ?? [])
    .filter((role) => !role.Path?.startsWith('/aws-service-role/'))
    .map((role) => {
      const made = item('global', 'iam-role', role.Arn, role.Tags)
      const uid = made.uid ?? /^\/cratekube\/([^/]+)\//.exec(role.Path ?? '')?.[1]
      return uid === undefined ? made : { ...made, uid }
    })
}

function clusterItems(cluster: Cluster): Inventory {
  const { region } = cluster
  const tags = (record: Record<string, string>) =>
    Object.entries(record).map(([Key, Value]) => ({ Key, Value }))
  return [
    item(region, 'eks-cluster', cluster.arn, tags(cluster.tags)),
    ...[...cluster.nodeGroups.values()].map((group) =>
      item(region, 'eks-nodegroup', group.arn, tags(group.tags)),
    ),
    ...[...cluster.nodeGroups.values()].flatMap((group) =>
      group.nodes.map((node) => item(region, 'eks-node', node.instanceId, tags(group.tags))),
    ),
    ...[...cluster.addons.values()].map((addon) =>
      item(region, 'eks-addon', addon.arn, tags(addon.tags)),
    ),
    ...[...cluster.accessEntries.values()].map((entry) =>
      item(region, 'eks-access-entry', entry.arn, tags(entry.tags)),
    ),
    ...[...cluster.podIdentities.values()].map((identity) =>
      item(region, 'eks-pod-identity', identity.arn, tags(identity.tags)),
    ),
  ]
}

type Tag = { Key?: string | undefined; Value?: string | undefined }

function item(
  region: string,
  type: string,
  id: string | undefined,
  tags: Tag[] | undefined,
): InventoryItem {
  const record = Object.fromEntries((tags ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? '']))
  const uid = record['cratekube.io/uid']
  return { type, id: id ?? '', region, tags: record, ...(uid === undefined ? {} : { uid }) }
}
