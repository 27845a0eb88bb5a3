// Who reaches the private endpoint of the API server from outside the cluster: EKS's own security group lets in nobody
// but its members. One rule a range, named after it, so that another range changes none of them.
import { SecurityGroupIngressRule } from '@pulumi/aws/vpc/securityGroupIngressRule.js'
import type { ComponentResourceOptions } from '@pulumi/pulumi'
import type { ControlPlane } from './control-plane.ts'
import type { Identity } from './identity.ts'

export type PrivateAccessArgs = {
  identity: Identity
  controlPlane: ControlPlane
  cidrs: readonly string[]
}

export function privateAccess(
  { identity, controlPlane, cidrs }: PrivateAccessArgs,
  opts: ComponentResourceOptions,
): void {
  for (const cidr of cidrs) {
    const name = `api-from-${cidr.replace('/', '-')}`
    new SecurityGroupIngressRule(
      name,
      {
        securityGroupId: controlPlane.securityGroupId,
        description: 'API server, from outside the cluster',
        cidrIpv4: cidr,
        ipProtocol: 'tcp',
        fromPort: 443,
        toPort: 443,
        tags: identity.tags(name),
      },
      opts,
    )
  }
}
