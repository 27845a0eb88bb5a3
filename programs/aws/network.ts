// The network of a tenant: a VPC with public and private subnets in each zone, and the nodes' way out.
// Nodes live in the private subnets; the public ones hold NAT gateways and internet-facing load balancers only.
import { DefaultSecurityGroup } from '@pulumi/aws/ec2/defaultSecurityGroup.js'
import { Eip } from '@pulumi/aws/ec2/eip.js'
import { InternetGateway } from '@pulumi/aws/ec2/internetGateway.js'
import { NatGateway } from '@pulumi/aws/ec2/natGateway.js'
import { Route } from '@pulumi/aws/ec2/route.js'
import { RouteTable } from '@pulumi/aws/ec2/routeTable.js'
import { RouteTableAssociation } from '@pulumi/aws/ec2/routeTableAssociation.js'
import { Subnet } from '@pulumi/aws/ec2/subnet.js'
import { Vpc } from '@pulumi/aws/ec2/vpc.js'
import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  type Output,
  type Resource,
} from '@pulumi/pulumi'
import { planSubnets } from './cidr.ts'
import type { Identity } from './identity.ts'

export type NetworkArgs = {
  identity: Identity
  cidr: string
  zones: string[]
  natGateways: 'None' | 'Single' | 'PerZone'
}

const anywhere = '0.0.0.0/0'

export class Network extends ComponentResource {
  readonly vpcId: Output<string>
  readonly privateSubnetIds: Output<string>[]
  readonly privateRouteTableIds: Output<string>[]
  /** What must stand before a node can reach anything, and must stay until the last node is gone. */
  readonly egress: Resource[]
  readonly #args: NetworkArgs

  constructor(args: NetworkArgs, opts?: ComponentResourceOptions) {
    super('cratekube:aws:Network', 'network', {}, opts)
    this.#args = args
    const { identity, cidr, zones } = args
    const vpc = new Vpc(
      'vpc',
      {
        cidrBlock: cidr,
        enableDnsHostnames: true,
        enableDnsSupport: true,
        tags: identity.tags('vpc'),
      },
      { parent: this },
    )
    this.vpcId = vpc.id
    // The default group lets its members talk to one another. Taken over without rules, it loses those it has.
    new DefaultSecurityGroup(
      'default-security-group',
      { vpcId: vpc.id, tags: identity.tags('default-security-group') },
      { parent: this },
    )
    const plan = planSubnets(cidr, zones.length)
    const publicSubnets = this.#subnets('public', plan.public, 'kubernetes.io/role/elb')
    const privateSubnets = this.#subnets('private', plan.private, 'kubernetes.io/role/internal-elb')
    const wayOut = this.#internet(publicSubnets)
    const gateways = this.#natGateways(publicSubnets, wayOut)
    const ways = this.#privateRoutes(privateSubnets, gateways)
    this.privateSubnetIds = privateSubnets.map((subnet) => subnet.id)
    this.privateRouteTableIds = ways.tables.map((table) => table.id)
    this.egress = [...wayOut, ...gateways, ...ways.routes]
    this.registerOutputs({ vpcId: this.vpcId, privateSubnetIds: this.privateSubnetIds })
  }

  /** One subnet for each of the zones, which are of the tenant's. */
  privateSubnetsIn(zones: readonly string[]): Output<string>[] {
    return this.privateSubnetIds.filter((_, i) => zones.includes(this.#args.zones[i] ?? ''))
  }

  #subnets(kind: 'public' | 'private', cidrs: string[], loadBalancerTag: string): Subnet[] {
    const { identity, zones } = this.#args
    return zones.map((zone, i) => {
      const name = `${kind}-${i}`
      const roles = {
        [loadBalancerTag]: '1',
        [`kubernetes.io/cluster/${identity.prefix}`]: 'shared',
      }
      return new Subnet(
        name,
        {
          vpcId: this.vpcId,
          cidrBlock: cidrs[i],
          availabilityZone: zone,
          mapPublicIpOnLaunch: false,
          tags: { ...identity.tags(name), ...roles },
        },
        { parent: this },
      )
    })
  }

  #internet(publicSubnets: Subnet[]): Resource[] {
    const tags = this.#args.identity.tags('internet-gateway')
    const gateway = new InternetGateway(
      'internet-gateway',
      { vpcId: this.vpcId, tags },
      { parent: this },
    )
    const table = this.#routeTable('public')
    const route = this.#route('public', table, { gatewayId: gateway.id })
    const associations = publicSubnets.map((subnet, i) =>
      this.#associate(`public-${i}`, subnet, table),
    )
    return [gateway, route, ...associations]
  }

  /** Addresses are given back, and the internet gateway let go, only after the NAT gateways that use them. */
  #natGateways(publicSubnets: Subnet[], wayOut: Resource[]): NatGateway[] {
    const { identity, natGateways } = this.#args
    const count = { None: 0, Single: 1, PerZone: publicSubnets.length }[natGateways]
    return publicSubnets.slice(0, count).map((subnet, i) => {
      const name = `nat-${i}`
      const address = new Eip(
        name,
        { domain: 'vpc', tags: identity.tags(`${name}-address`) },
        { parent: this, dependsOn: wayOut },
      )
      return new NatGateway(
        name,
        {
          subnetId: subnet.id,
          allocationId: address.id,
          connectivityType: 'public',
          tags: identity.tags(name),
        },
        { parent: this, dependsOn: wayOut },
      )
    })
  }

  #privateRoutes(
    subnets: Subnet[],
    gateways: NatGateway[],
  ): { tables: RouteTable[]; routes: Resource[] } {
    const tables = subnets.map((_, i) => this.#routeTable(`private-${i}`))
    const routes = tables.flatMap((table, i) => {
      const gateway = gateways[i] ?? gateways[0]
      return gateway ? [this.#route(`private-${i}`, table, { natGatewayId: gateway.id })] : []
    })
    const associations = tables.flatMap((table, i) => {
      const subnet = subnets[i]
      return subnet ? [this.#associate(`private-${i}`, subnet, table)] : []
    })
    return { tables, routes: [...routes, ...associations] }
  }

  #routeTable(name: string): RouteTable {
    const tags = this.#args.identity.tags(`${name}-routes`)
    return new RouteTable(name, { vpcId: this.vpcId, tags }, { parent: this })
  }

  #route(
    name: string,
    table: RouteTable,
    via: { gatewayId?: Input<string>; natGatewayId?: Input<string> },
  ): Route {
    return new Route(
      name,
      { routeTableId: table.id, destinationCidrBlock: anywhere, ...via },
      { parent: this },
    )
  }

  #associate(name: string, subnet: Subnet, table: RouteTable): RouteTableAssociation {
    return new RouteTableAssociation(
      name,
      { subnetId: subnet.id, routeTableId: table.id },
      { parent: this },
    )
  }
}
