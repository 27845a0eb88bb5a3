// The private doors of the VPC to AWS services. S3 always has one, for it is free and image layers come from there;
// without NAT gateways the services that a node needs to join and to pull images get one each.
import { SecurityGroup } from '@pulumi/aws/ec2/securityGroup.js'
import { VpcEndpoint } from '@pulumi/aws/ec2/vpcEndpoint.js'
import { SecurityGroupIngressRule } from '@pulumi/aws/vpc/securityGroupIngressRule.js'
import { ComponentResource, type ComponentResourceOptions, type Resource } from '@pulumi/pulumi'
import type { Identity } from './identity.ts'
import type { Network } from './network.ts'

export type EndpointsArgs = {
  identity: Identity
  region: string
  cidr: string
  network: Network
  /** Whether the nodes have no other way to AWS. */
  isolated: boolean
}

const nodeServices = ['eks', 'eks-auth', 'sts', 'ecr.api', 'ecr.dkr', 'ec2', 'logs']

export class Endpoints extends ComponentResource {
  /** What must stand before a node can join and until the last one is gone. */
  readonly egress: Resource[]
  readonly #args: EndpointsArgs

  constructor(args: EndpointsArgs, opts?: ComponentResourceOptions) {
    super('cratekube:aws:Endpoints', 'endpoints', {}, opts)
    this.#args = args
    this.egress = [this.#gateway(), ...(args.isolated ? this.#interfaces() : [])]
    this.registerOutputs({})
  }

  #gateway(): VpcEndpoint {
    const { identity, region, network } = this.#args
    return new VpcEndpoint(
      's3',
      {
        vpcId: network.vpcId,
        serviceName: `com.amazonaws.${region}.s3`,
        vpcEndpointType: 'Gateway',
        routeTableIds: network.privateRouteTableIds,
        tags: identity.tags('s3'),
      },
      { parent: this },
    )
  }

  #interfaces(): Resource[] {
    const { identity, region, cidr, network } = this.#args
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
    const doors = nodeServices.map(
      (service) =>
        new VpcEndpoint(
          service,
          {
            vpcId: network.vpcId,
            serviceName: `com.amazonaws.${region}.${service}`,
            vpcEndpointType: 'Interface',
            privateDnsEnabled: true,
            subnetIds: network.privateSubnetIds,
            securityGroupIds: [group.id],
            tags: identity.tags(service),
          },
          { parent: this },
        ),
    )
    return [rule, ...doors]
  }
}
