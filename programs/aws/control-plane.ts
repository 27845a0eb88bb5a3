// The EKS control plane, through @pulumi/eks. Only this file imports that package: everything it would add by itself
// (node group, security groups, add-ons, roles, OIDC provider, aws-auth) is switched off and made by our own components.
// eks.Cluster always makes its creator an administrator of the cluster (bootstrapClusterCreatorAdminPermissions); that
// is the operator's own principal, so no access entry of its own is needed and a second one would be refused.
import type { Provider } from '@pulumi/aws/provider.js'
import { Cluster } from '@pulumi/eks/cluster.js'
import { AuthenticationMode } from '@pulumi/eks/types/enums/index.js'
import {
  all,
  ComponentResource,
  secret,
  unsecret,
  type ComponentResourceOptions,
  type Output,
  type Resource,
} from '@pulumi/pulumi'
import { serviceCidr } from '../../operator/api/aws/names.ts'
import type { AwsSpec } from '../../operator/api/aws/aws-provider.ts'
import type { ServiceRole } from './iam.ts'
import type { Identity } from './identity.ts'
import type { Network } from './network.ts'

export type ControlPlaneArgs = {
  identity: Identity
  region: string
  version: string
  endpointAccess: AwsSpec['endpointAccess']
  deletionProtection: boolean
  network: Network
  role: ServiceRole
  logs: Resource
  /** A remote component takes its providers from its own options, not from its parent's. */
  provider: Provider
}

/** The part we read of the kubeconfig that eks.Cluster gives. */
type Kubeconfig = {
  clusters: { cluster: { server: string; 'certificate-authority-data': string } }[]
}

export class ControlPlane extends ComponentResource {
  /** Known once the API server answers: whoever takes the name waits for the cluster and is deleted before it. */
  readonly clusterName: Output<string>
  readonly arn: Output<string>
  readonly endpoint: Output<string>
  readonly certificateAuthority: Output<string>
  readonly securityGroupId: Output<string>
  readonly kubeconfig: Output<unknown>

  constructor(args: ControlPlaneArgs, opts?: ComponentResourceOptions) {
    super('cratekube:aws:ControlPlane', 'control-plane', {}, opts)
    const name = args.identity.prefix
    const cluster = strictCluster(args, this)
    this.securityGroupId = cluster.clusterSecurityGroupId
    this.kubeconfig = secret(cluster.kubeconfig)
    const api = unsecret(cluster.kubeconfig).apply(apiServer)
    this.endpoint = api.apply(({ server }) => server)
    this.certificateAuthority = api.apply((cluster) => cluster['certificate-authority-data'])
    this.clusterName = all([cluster.clusterSecurityGroupId, api]).apply(() => name)
    this.arn = args.role.role.arn.apply((role) => clusterArn(role, args.region, name))
    this.registerOutputs({ clusterName: this.clusterName, endpoint: this.endpoint })
  }
}

function strictCluster(args: ControlPlaneArgs, parent: ControlPlane): Cluster {
  const { identity, version, endpointAccess, network, role, logs } = args
  return new Cluster(
    'cluster',
    {
      name: identity.prefix,
      version,
      vpcId: network.vpcId,
      subnetIds: network.privateSubnetIds,
      serviceRole: role.role,
      kubernetesServiceIpAddressRange: serviceCidr,
      endpointPublicAccess: endpointAccess.public,
      endpointPrivateAccess: endpointAccess.private,
      ...(endpointAccess.public && { publicAccessCidrs: endpointAccess.publicCidrs }),
      enabledClusterLogTypes: ['api', 'audit', 'authenticator'],
      deletionProtection: args.deletionProtection,
      upgradePolicy: { supportType: 'STANDARD' },
      authenticationMode: AuthenticationMode.Api,
      bootstrapSelfManagedAddons: false,
      skipDefaultNodeGroup: true,
      skipDefaultSecurityGroups: true,
      createInstanceRole: false,
      createOidcProvider: false,
      // The option's name misleads: true leaves the CNI to us.
      useDefaultVpcCni: true,
      kubeProxyAddonOptions: { enabled: false },
      corednsAddonOptions: { enabled: false },
      tags: identity.tags('cluster'),
    },
    { parent, providers: { aws: args.provider }, dependsOn: [...role.attachments, logs] },
  )
}

function apiServer(kubeconfig: Kubeconfig) {
  const first = kubeconfig.clusters[0]
  if (!first) throw new Error('the kubeconfig of eks.Cluster names no cluster')
  return first.cluster
}

/** The account stands in the ARN of any of its roles. */
function clusterArn(roleArn: string, region: string, name: string): string {
  const [, partition, , , account] = roleArn.split(':')
  return `arn:${partition}:eks:${region}:${account}:cluster/${name}`
}
