// eks:index:Cluster in the strict preset: the control plane, access entries, and a kubernetes provider; no nodes, no
// add-ons, no security groups, no roles. Everything else that the real component can do is refused by name.
import { AccessEntry } from '@pulumi/aws/eks/accessEntry.js'
import { AccessPolicyAssociation } from '@pulumi/aws/eks/accessPolicyAssociation.js'
import { Cluster } from '@pulumi/aws/eks/cluster.js'
import eksPackage from '@pulumi/eks/package.json' with { type: 'json' }
import { Provider as KubernetesProvider } from '@pulumi/kubernetes/provider.js'
import {
  ComponentResource,
  type ComponentResourceOptions,
  type Inputs,
  type Output,
  all,
  output,
  secret,
} from '@pulumi/pulumi'
import type { Props } from '../../../../operator/engine/embedded/values/props.ts'
import { isObject } from '../../../../operator/engine/embedded/values/values.ts'
import { kubeconfigOf } from './kubeconfig.ts'
import { answers } from './healthz.ts'
import type { Component } from './sdk.ts'

/** Switches that must be set so, or the real component would make more than the preset has. */
const required: Record<string, unknown> = {
  authenticationMode: 'API',
  skipDefaultNodeGroup: true,
  skipDefaultSecurityGroups: true,
  createInstanceRole: false,
  useDefaultVpcCni: true,
}
const optionallyOff = ['createOidcProvider', 'gpu', 'fargate']
const disabledAddons = ['kubeProxyAddonOptions', 'corednsAddonOptions']
const passed = ['accessEntries', 'bootstrapSelfManagedAddons', 'clusterTags', 'deletionProtection', 'enabledClusterLogTypes', 'encryptionConfigKeyArn', 'endpointPrivateAccess', 'endpointPublicAccess', 'ipFamily', 'kubernetesServiceIpAddressRange', 'name', 'privateSubnetIds', 'providerCredentialOpts', 'publicAccessCidrs', 'publicSubnetIds', 'serviceRole', 'subnetIds', 'tags', 'upgradePolicy', 'version', 'vpcId'] // prettier-ignore

/**
 * The plugin that the real component asks for: that of the SDK which it was built with, and never that of the program.
 * nodejs/eks/package.json of pulumi-eks pins what the SDK's own package.json gives as a range from there.
 */
export const ownKubernetes = eksPackage.dependencies['@pulumi/kubernetes'].replace('^', '')

/** What in `args` is outside the preset, in words. */
export function outsidePreset(args: Props): string[] {
  const known = [...Object.keys(required), ...optionallyOff, ...disabledAddons, ...passed]
  const unsupported = Object.keys(args)
    .filter((name) => args[name] !== undefined && !known.includes(name))
    .map((name) => `${name} is not supported`)
  const wrong = Object.entries(required)
    .filter(([name, value]) => args[name] !== value)
    .map(([name, value]) => `${name} must be ${JSON.stringify(value)}`)
  const on = optionallyOff
    .filter((name) => args[name] !== undefined && args[name] !== false)
    .map((name) => `${name} must be off`)
  const addons = disabledAddons
    .filter((name) => !isObject(args[name]) || args[name]['enabled'] !== false)
    .map((name) => `${name}.enabled must be false`)
  return [...unsupported, ...wrong, ...on, ...addons]
}

export function strictCluster(
  name: string,
  args: Inputs,
  opts: ComponentResourceOptions,
): Component {
  const component = new ComponentResource('eks:index:Cluster', name, args, opts)
  const cluster = controlPlane(name, args, component)
  const entries = accessEntries(name, args, { cluster, parent: component })
  const kubeconfig = kubeconfigOutput(args, cluster)
  const kubeconfigJson = kubeconfig.apply((config) => JSON.stringify(config))
  const provider = new KubernetesProvider(
    `${name}-eks-k8s`,
    { kubeconfig: kubeconfigJson },
    { parent: component, dependsOn: entries, version: ownKubernetes },
  )
  const issuer = cluster.identities.apply((found) => found[0]?.oidcs?.[0]?.issuer ?? '')
  const securityGroupId = cluster.vpcConfig.apply((vpc) => vpc.clusterSecurityGroupId ?? '')
  return {
    urn: component.urn,
    outputs: {
      kubeconfig,
      kubeconfigJson: secret(kubeconfigJson),
      eksCluster: cluster,
      clusterSecurityGroupId: securityGroupId,
      nodeSecurityGroupId: '',
      clusterIngressRuleId: '',
      instanceRoles: [],
      defaultNodeGroupAsgName: '',
      autoModeNodeRoleName: '',
      fargateProfileId: '',
      fargateProfileStatus: '',
      oidcIssuer: issuer.apply((url) => url.replace('https://', '')),
      oidcProviderUrl: issuer,
      oidcProviderArn: '',
      core: coreData(args, { cluster, kubeconfig, provider }),
    },
  }
}

function controlPlane(name: string, args: Inputs, parent: ComponentResource): Cluster {
  const key = args['encryptionConfigKeyArn']
  const serviceCidr = args['kubernetesServiceIpAddressRange']
  const network = serviceCidr !== undefined || args['ipFamily'] !== undefined
  return new Cluster(
    `${name}-eksCluster`,
    {
      name: args['name'],
      roleArn: roleArn(args),
      version: args['version'],
      vpcConfig: {
        subnetIds: subnets(args),
        endpointPrivateAccess: args['endpointPrivateAccess'],
        endpointPublicAccess: args['endpointPublicAccess'],
        publicAccessCidrs: args['publicAccessCidrs'],
      },
      accessConfig: {
        authenticationMode: args['authenticationMode'],
        bootstrapClusterCreatorAdminPermissions: true,
      },
      bootstrapSelfManagedAddons: args['bootstrapSelfManagedAddons'],
      deletionProtection: args['deletionProtection'],
      enabledClusterLogTypes: args['enabledClusterLogTypes'],
      upgradePolicy: args['upgradePolicy'],
      ...(key === undefined
        ? {}
        : { encryptionConfig: { provider: { keyArn: key }, resources: ['secrets'] } }),
      ...(network
        ? { kubernetesNetworkConfig: { serviceIpv4Cidr: serviceCidr, ipFamily: args['ipFamily'] } }
        : {}),
      tags: all([args['tags'], args['clusterTags']]).apply(([tags, own]) => ({
        Name: `${name}-eksCluster`,
        ...(isObject(tags) ? texts(tags) : {}),
        ...(isObject(own) ? texts(own) : {}),
      })),
    },
    { parent, ignoreChanges: ['accessConfig.bootstrapClusterCreatorAdminPermissions'] },
  )
}

const texts = (tags: Record<string, unknown>): Record<string, string> =>
  Object.fromEntries(Object.entries(tags).map(([key, value]) => [key, String(value)]))

// A Role comes as a reference, which the SDK has made a resource again.
function roleArn(args: Inputs): Output<string> {
  return output(args['serviceRole'] as { arn: Output<string> }).apply((role) => role.arn) // an aws.iam.Role
}

function subnets(args: Inputs): Output<string[]> {
  const lists = ['subnetIds', 'publicSubnetIds', 'privateSubnetIds'].map((name) =>
    output(args[name] as string[] | undefined),
  )
  return all(lists).apply((found) => [...new Set(found.flatMap((list) => list ?? []))])
}

type Entry = {
  principalArn: string
  type?: string
  kubernetesGroups?: string[]
  username?: string
  tags?: Record<string, string>
  accessPolicies?: Record<
    string,
    { policyArn: string; accessScope: { type: string; namespaces?: string[] } }
  >
}

function accessEntries(
  name: string,
  args: Inputs,
  o: { cluster: Cluster; parent: ComponentResource },
): AccessPolicyAssociation[] {
  const entries = (args['accessEntries'] ?? {}) as Record<string, Entry> // the SDK's AccessEntryArgs
  const clusterName = o.cluster.name
  return Object.entries(entries).flatMap(([key, entry]) => {
    const { principalArn, username, accessPolicies, ...rest } = entry
    const made = new AccessEntry(
      `${name}-${key}`,
      {
        clusterName,
        principalArn,
        ...rest,
        ...(username === undefined ? {} : { userName: username }),
      },
      { parent: o.parent },
    )
    return Object.entries(accessPolicies ?? {}).map(
      ([policy, { policyArn, accessScope }]) =>
        new AccessPolicyAssociation(
          `${name}-${key}-${policy}`,
          { clusterName, principalArn, policyArn, accessScope },
          { parent: o.parent, dependsOn: [made] },
        ),
    )
  })
}

function kubeconfigOutput(args: Inputs, cluster: Cluster): Output<object> {
  const isPublic = output(args['endpointPublicAccess'] as boolean | undefined)
  const parts = all([
    cluster.name,
    cluster.arn,
    cluster.endpoint,
    cluster.certificateAuthority,
    isPublic,
  ])
  const options = args['providerCredentialOpts'] as
    | { roleArn?: string; profileName?: string }
    | undefined
  return parts.apply(async ([clusterName, arn, endpoint, authority, reachable]) => {
    // The real component asks /healthz only of a public endpoint.
    if (reachable === true) await answers(endpoint)
    const region = arn.split(':')[3] ?? ''
    return kubeconfigOf({ clusterName, region, endpoint, ca: authority.data ?? '', ...options })
  })
}

function coreData(
  args: Inputs,
  o: { cluster: Cluster; kubeconfig: Output<object>; provider: KubernetesProvider },
): Inputs {
  return {
    cluster: o.cluster,
    clusterIamRole: args['serviceRole'],
    endpoint: o.cluster.endpoint,
    instanceRoles: [],
    kubeconfig: o.kubeconfig,
    nodeGroupOptions: {},
    provider: o.provider,
    subnetIds: subnets(args),
    tags: args['tags'],
    vpcId: args['vpcId'],
  }
}
