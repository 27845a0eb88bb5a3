// The IAM roles of a tenant, each with the least AWS managed policies that its work needs.
// Pods get theirs by EKS Pod Identity: an OIDC provider per cluster (IRSA) runs into IAM's quota of 100 an account.
import { Role } from '@pulumi/aws/iam/role.js'
import { RolePolicyAttachment } from '@pulumi/aws/iam/rolePolicyAttachment.js'
import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi'
import type { Identity } from './identity.ts'

export type RoleArgs = {
  identity: Identity
  /** Where the sweep after deletion looks for roles. */
  path: string
  service: 'eks.amazonaws.com' | 'ec2.amazonaws.com' | 'pods.eks.amazonaws.com'
  policies: string[]
}

/** A role for an AWS service with AWS managed policies; whoever uses it depends on `attachments`. */
export class ServiceRole extends ComponentResource {
  readonly role: Role
  readonly attachments: RolePolicyAttachment[]

  constructor(name: string, args: RoleArgs, opts?: ComponentResourceOptions) {
    super('cratekube:aws:ServiceRole', name, {}, opts)
    const { identity, path, service, policies } = args
    this.role = new Role(
      name,
      {
        name: `${identity.prefix}-${name}`,
        path,
        assumeRolePolicy: trust(service),
        tags: identity.tags(name),
      },
      { parent: this },
    )
    this.attachments = policies.map(
      (policy) =>
        new RolePolicyAttachment(
          `${name}-${policy}`,
          { role: this.role.name, policyArn: `arn:aws:iam::aws:policy/${policy}` },
          { parent: this },
        ),
    )
    this.registerOutputs({ roleArn: this.role.arn })
  }
}

export type Roles = { controlPlane: ServiceRole; nodes: ServiceRole; podNetwork: ServiceRole }

export function rolesOf(identity: Identity, path: string, opts: ComponentResourceOptions): Roles {
  const role = (name: string, service: RoleArgs['service'], policies: string[]) =>
    new ServiceRole(name, { identity, path, service, policies }, opts)
  return {
    controlPlane: role('control-plane', 'eks.amazonaws.com', ['AmazonEKSClusterPolicy']),
    nodes: role('nodes', 'ec2.amazonaws.com', [
      'AmazonEKSWorkerNodePolicy',
      'AmazonEC2ContainerRegistryPullOnly',
      'AmazonSSMManagedInstanceCore',
    ]),
    // The CNI's rights over network interfaces belong to its own pods, not to every pod of a node.
    podNetwork: role('pod-network', 'pods.eks.amazonaws.com', ['AmazonEKS_CNI_Policy']),
  }
}

/** sts:TagSession is what EKS and Pod Identity ask for beside AssumeRole. */
function trust(service: RoleArgs['service']): string {
  const actions =
    service === 'ec2.amazonaws.com' ? ['sts:AssumeRole'] : ['sts:AssumeRole', 'sts:TagSession']
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: actions }],
  })
}
