// How each kind of EC2 resource that a tenant may have is listed and removed. Ordered as they can be removed: what uses
// others comes before them. Read by the sweep after deletion and by the search for what a crash left unrecorded.
import * as ec2 from '@aws-sdk/client-ec2'

export type Found = {
  id: string
  tags: Record<string, string>
  /** Of a network interface: nothing has it attached. */
  idle?: boolean
}
export type Ec2Kind = {
  /** As status.remaining shows it. */
  type: string
  /** Pulumi's name for it, when our program makes it. */
  pulumi?: string
  list(client: ec2.EC2Client, filters: ec2.Filter[]): Promise<Found[]>
  remove(client: ec2.EC2Client, id: string): Promise<unknown>
  /** Whether one that has no tag of ours but is in the tenant's VPC is its too: in-cluster controllers make such. */
  byVpc?: boolean
}

const tagsOf = (tags: ec2.Tag[] | undefined) =>
  Object.fromEntries((tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]))

const found = (id: string | undefined, tags: ec2.Tag[] | undefined): Found[] =>
  id === undefined ? [] : [{ id, tags: tagsOf(tags) }]

async function every<Page>(
  pages: AsyncIterable<Page>,
  of: (page: Page) => Found[],
): Promise<Found[]> {
  const all: Found[] = []
  for await (const page of pages) all.push(...of(page))
  return all
}

const alive = (name: string, states: string[]): ec2.Filter => ({ Name: name, Values: states })

export const ec2Kinds: Ec2Kind[] = [
  {
    type: 'ec2:instance',
    byVpc: true,
    list: async (client, Filters) =>
      await every(
        ec2.paginateDescribeInstances(
          { client },
          {
            Filters: [
              ...Filters,
              alive('instance-state-name', [
                'pending',
                'running',
                'shutting-down',
                'stopping',
                'stopped',
              ]),
            ],
          },
        ),
        (page) =>
          (page.Reservations ?? []).flatMap((r) =>
            (r.Instances ?? []).flatMap((i) => found(i.InstanceId, i.Tags)),
          ),
      ),
    remove: async (client, id) =>
      await client.send(new ec2.TerminateInstancesCommand({ InstanceIds: [id] })),
  },
  {
    type: 'ec2:nat-gateway',
    pulumi: 'aws:ec2/natGateway:NatGateway',
    list: async (client, Filter) =>
      await every(
        ec2.paginateDescribeNatGateways(
          { client },
          { Filter: [...Filter, alive('state', ['pending', 'available', 'deleting'])] },
        ),
        (page) => (page.NatGateways ?? []).flatMap((n) => found(n.NatGatewayId, n.Tags)),
      ),
    remove: async (client, id) =>
      await client.send(new ec2.DeleteNatGatewayCommand({ NatGatewayId: id })),
  },
  {
    type: 'ec2:vpc-endpoint',
    pulumi: 'aws:ec2/vpcEndpoint:VpcEndpoint',
    byVpc: true,
    list: async (client, Filters) =>
      await every(ec2.paginateDescribeVpcEndpoints({ client }, { Filters }), (page) =>
        (page.VpcEndpoints ?? [])
          .filter((e) => e.State?.toLowerCase() !== 'deleted')
          .flatMap((e) => found(e.VpcEndpointId, e.Tags)),
      ),
    remove: async (client, id) =>
      await client.send(new ec2.DeleteVpcEndpointsCommand({ VpcEndpointIds: [id] })),
  },
  {
    type: 'ec2:elastic-ip',
    pulumi: 'aws:ec2/eip:Eip',
    list: async (client, Filters) => {
      const { Addresses = [] } = await client.send(new ec2.DescribeAddressesCommand({ Filters }))
      return Addresses.flatMap((a) => found(a.AllocationId, a.Tags))
    },
    remove: async (client, id) =>
      await client.send(new ec2.ReleaseAddressCommand({ AllocationId: id })),
  },
  {
    type: 'ec2:network-interface',
    byVpc: true,
    list: async (client, Filters) =>
      await every(ec2.paginateDescribeNetworkInterfaces({ client }, { Filters }), (page) =>
        (page.NetworkInterfaces ?? []).flatMap((n) =>
          found(n.NetworkInterfaceId, n.TagSet).map((f) => ({
            ...f,
            idle: n.Status === 'available',
          })),
        ),
      ),
    remove: async (client, id) =>
      await client.send(new ec2.DeleteNetworkInterfaceCommand({ NetworkInterfaceId: id })),
  },
  {
    type: 'ec2:volume',
    list: async (client, Filters) =>
      await every(ec2.paginateDescribeVolumes({ client }, { Filters }), (page) =>
        (page.Volumes ?? []).flatMap((v) => found(v.VolumeId, v.Tags)),
      ),
    remove: async (client, id) => await client.send(new ec2.DeleteVolumeCommand({ VolumeId: id })),
  },
  {
    type: 'ec2:security-group-rule',
    pulumi: 'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule',
    list: async (client, Filters) =>
      await every(ec2.paginateDescribeSecurityGroupRules({ client }, { Filters }), (page) =>
        (page.SecurityGroupRules ?? []).flatMap((r) =>
          found(r.GroupId && `${r.GroupId}/${r.SecurityGroupRuleId}`, r.Tags),
        ),
      ),
    remove: async (client, id) => {
      const [GroupId, rule = ''] = id.split('/')
      await client.send(
        new ec2.RevokeSecurityGroupIngressCommand({ GroupId, SecurityGroupRuleIds: [rule] }),
      )
    },
  },
  {
    type: 'ec2:security-group',
    pulumi: 'aws:ec2/securityGroup:SecurityGroup',
    byVpc: true,
    list: async (client, Filters) =>
      await every(ec2.paginateDescribeSecurityGroups({ client }, { Filters }), (page) =>
        // The default group goes with its VPC.
        (page.SecurityGroups ?? [])
          .filter((g) => g.GroupName !== 'default')
          .flatMap((g) => found(g.GroupId, g.Tags)),
      ),
    remove: async (client, id) =>
      await client.send(new ec2.DeleteSecurityGroupCommand({ GroupId: id })),
  },
  {
    type: 'ec2:launch-template',
    pulumi: 'aws:ec2/launchTemplate:LaunchTemplate',
    list: async (client, Filters) =>
      await every(ec2.paginateDescribeLaunchTemplates({ client }, { Filters }), (page) =>
        (page.LaunchTemplates ?? []).flatMap((t) => found(t.LaunchTemplateId, t.Tags)),
      ),
    remove: async (client, id) =>
      await client.send(new ec2.DeleteLaunchTemplateCommand({ LaunchTemplateId: id })),
  },
  {
    type: 'ec2:subnet',
    pulumi: 'aws:ec2/subnet:Subnet',
    byVpc: true,
    list: async (client, Filters) =>
      await every(ec2.paginateDescribeSubnets({ client }, { Filters }), (page) =>
        (page.Subnets ?? []).flatMap((s) => found(s.SubnetId, s.Tags)),
      ),
    remove: async (client, id) => await client.send(new ec2.DeleteSubnetCommand({ SubnetId: id })),
  },
  {
    type: 'ec2:route-table',
    pulumi: 'aws:ec2/routeTable:RouteTable',
    byVpc: true,
    list: async (client, Filters) =>
      await every(ec2.paginateDescribeRouteTables({ client }, { Filters }), (page) =>
        // The main table goes with its VPC.
        (page.RouteTables ?? [])
          .filter((t) => !t.Associations?.some((a) => a.Main))
          .flatMap((t) => found(t.RouteTableId, t.Tags)),
      ),
    remove: removeRouteTable,
  },
  {
    type: 'ec2:internet-gateway',
    pulumi: 'aws:ec2/internetGateway:InternetGateway',
    list: async (client, Filters) =>
      await every(ec2.paginateDescribeInternetGateways({ client }, { Filters }), (page) =>
        (page.InternetGateways ?? []).flatMap((g) => found(g.InternetGatewayId, g.Tags)),
      ),
    remove: removeInternetGateway,
  },
  {
    type: 'ec2:vpc',
    pulumi: 'aws:ec2/vpc:Vpc',
    list: async (client, Filters) =>
      await every(ec2.paginateDescribeVpcs({ client }, { Filters }), (page) =>
        (page.Vpcs ?? []).flatMap((v) => found(v.VpcId, v.Tags)),
      ),
    remove: async (client, id) => await client.send(new ec2.DeleteVpcCommand({ VpcId: id })),
  },
]

async function removeRouteTable(client: ec2.EC2Client, id: string): Promise<void> {
  const request = new ec2.DescribeRouteTablesCommand({ RouteTableIds: [id] })
  const { RouteTables = [] } = await client.send(request)
  const free = (RouteTables[0]?.Associations ?? []).map(
    async ({ RouteTableAssociationId: AssociationId }) =>
      await client.send(new ec2.DisassociateRouteTableCommand({ AssociationId })),
  )
  await Promise.all(free)
  await client.send(new ec2.DeleteRouteTableCommand({ RouteTableId: id }))
}

async function removeInternetGateway(client: ec2.EC2Client, id: string): Promise<void> {
  const request = new ec2.DescribeInternetGatewaysCommand({ InternetGatewayIds: [id] })
  const { InternetGateways = [] } = await client.send(request)
  for (const { VpcId } of InternetGateways[0]?.Attachments ?? []) {
    // oxlint-disable-next-line no-await-in-loop -- a gateway is attached to one VPC at most
    await client.send(new ec2.DetachInternetGatewayCommand({ InternetGatewayId: id, VpcId }))
  }
  await client.send(new ec2.DeleteInternetGatewayCommand({ InternetGatewayId: id }))
}

/** Those that bear all the tags: not every implementation of EC2 heeds the filter, and a foreign thing must not be taken. */
export async function listByTags(
  kind: Ec2Kind,
  client: ec2.EC2Client,
  tags: Record<string, string>,
): Promise<Found[]> {
  const wanted = Object.entries(tags)
  const filters = wanted.map(([key, value]) => ({ Name: `tag:${key}`, Values: [value] }))
  const listed = await kind.list(client, filters)
  return listed.filter((one) => wanted.every(([key, value]) => one.tags[key] === value))
}
