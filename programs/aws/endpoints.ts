// The private doors of the VPC to AWS services. S3 always has one, for it is free and image layers come from there;
// without NAT gateways the services that a node needs to join and to pull images get one each.
import { SecurityGroup } from '@pulumi/aws/ec2/securityGroup.js'
import { VpcEndpoint } from '@pulumi/aws/ec2/vpcEndpoint.js'
import { SecurityGroupIngressRule } from '@pulumi/aws/vpc/securityGroupIngressRule.js'
import { ComponentResource, type ComponentResourceOptions, type Resource } from '@pulumi/pulumi'
import { endpointServiceName } from '../../operator/api/aws/endpoint-services.ts'
import type { Identity } from './identity.ts'
import type { Network } from './network.ts'
import type { Door } from './zones.ts'

export type EndpointsArgs = {
  identity: Identity
  region: string
  cidr: string
  network: Network
  /** The services that nodes reach by no other way; none where they have one. */
  doors: readonly Door[]
}

export class Endpoints extends ComponentResource {
  /** What must stand before a node can join and until the last one is gone. */
  readonly egress: Resource[]
  readonly #args: EndpointsArgs

  constructor(args: EndpointsArgs, opts?: ComponentResourceOptions) {
    super('cratekube:aws:Endpoints', 'endpoints', {}, opts)
    this.#args = args
    this.egress = [this.#gateway(), ...(args.doors.length > 0 ? this.#interfaces() : [])]
    this.registerOutputs({})
  }

  #gateway(): VpcEndpoint {
    const { identity, region, network } = this.#args
    return new VpcEndpoint(
      's3',
      {
        vpcId: network.vpcId,
        serviceName: endpointServiceName(region, 's3'),
        vpcEndpointType: 'Gateway',
        routeTableIds: network.privateRouteTableIds,
        tags: identity.tags('s3'),
      },
      { parent: this },
    )
  }

  #interfaces(): Resource[] {
    const { identity, region, cidr, network, doors } = this.#args
    const name = 'endpoints'
    const group = new SecurityGroup(
      name,
      {
        name: `${identity.prefix}-${name}`,
        description: 'AWS services, reached from inside the VPC',
        vpcId: network.vpcId,
        tags: identity.tags(name),
      },
      { parent: this },
    )
    const rule = new SecurityGroupIngressRule(
      `${name}-https`,
      {
        securityGroupId: group.id,
        cidrIpv4: cidr,
        ipProtocol: 'tcp',
        fromPort: 443,
        toPort: 443,
        tags: identity.tags(`${name}-https`),
      },
      { parent: this },
    )
    const made = doors.map(
      ({ service, zones }) =>
        new VpcEndpoint(
          service,
          {
            vpcId: network.vpcId,
            serviceName: endpointServiceName(region, service),
            vpcEndpointType: 'Interface',
            privateDnsEnabled: true,
            // AWS refuses a subnet in a zone that lacks the service.
            subnetIds: network.privateSubnetsIn(zones),
            securityGroupIds: [group.id],
            tags: identity.tags(service),
          },
          { parent: this },
        ),
    )
    return [rule, ...made]
  }
}
