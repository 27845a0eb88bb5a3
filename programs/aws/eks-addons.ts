// The EKS add-ons of a tenant cluster, each at the version that EKS holds to be right for the cluster's version,
// so that they follow an upgrade. Nodes need the first three to become Ready; DNS needs nodes.
import { Addon } from '@pulumi/aws/eks/addon.js'
import { getAddonVersionOutput } from '@pulumi/aws/eks/getAddonVersion.js'
import { ComponentResource, type ComponentResourceOptions, type Resource } from '@pulumi/pulumi'
import { takersOf, type Placement } from '../../operator/api/tenant/placement.ts'
import type { NodePool } from '../../operator/api/tenant/tenant-cluster.ts'
import type { ControlPlane } from './control-plane.ts'
import type { ServiceRole } from './iam.ts'
import type { Identity } from './identity.ts'

export type EksAddonsArgs = {
  identity: Identity
  version: string
  controlPlane: ControlPlane
}

/** Everything a node needs to become Ready. */
export class NodeAddons extends ComponentResource {
  readonly addons: Addon[]

  constructor(args: EksAddonsArgs & { podNetwork: ServiceRole }, opts?: ComponentResourceOptions) {
    super('cratekube:aws:NodeAddons', 'node-addons', {}, opts)
    const { podNetwork } = args
    const dependsOn = podNetwork.attachments
    this.addons = [
      addon('eks-pod-identity-agent', args, { parent: this }),
      addon('kube-proxy', args, { parent: this }),
      addon(
        'vpc-cni',
        { ...args, podIdentity: { serviceAccount: 'aws-node', role: podNetwork } },
        { parent: this, dependsOn },
      ),
    ]
    this.registerOutputs({})
  }
}

/** DNS never becomes healthy without a node that takes it, and EKS waits for it: no such node, no DNS. */
export function clusterDns(
  args: EksAddonsArgs & { pools: NodePool[]; nodes: Resource[] },
  opts: ComponentResourceOptions,
): Addon[] {
  const takers = takersOf(args.pools, coreDns)
  return takers.length > 0 ? [addon('coredns', args, { ...opts, dependsOn: args.nodes })] : []
}

/** As EKS deploys it. */
const coreDns: Placement = { tolerations: [{ key: 'CriticalAddonsOnly', operator: 'Exists' }] }

function addon(
  name: string,
  args: EksAddonsArgs & { podIdentity?: { serviceAccount: string; role: ServiceRole } },
  opts: ComponentResourceOptions,
): Addon {
  const { identity, version, controlPlane, podIdentity } = args
  const offered = getAddonVersionOutput({ addonName: name, kubernetesVersion: version }, opts)
  return new Addon(
    name,
    {
      clusterName: controlPlane.clusterName,
      addonName: name,
      addonVersion: offered.version,
      resolveConflictsOnCreate: 'OVERWRITE',
      resolveConflictsOnUpdate: 'PRESERVE',
      preserve: false,
      ...(podIdentity && {
        podIdentityAssociations: [
          { serviceAccount: podIdentity.serviceAccount, roleArn: podIdentity.role.role.arn },
        ],
      }),
      tags: identity.tags(`addon-${name}`),
    },
    opts,
  )
}
