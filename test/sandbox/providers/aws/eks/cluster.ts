// aws:eks/cluster:Cluster.
import type { Cluster, CreateClusterRequest, LogType } from '@aws-sdk/client-eks'
import type { Unwrap } from '@pulumi/pulumi'
import type { ClusterArgs, ClusterState } from '@pulumi/aws/eks/cluster.js'
import { orEmpty, orFalse } from '../../values.ts'
import { isObject } from '../../../../../operator/engine/embedded/values/values.ts'
import type { AwsContext } from '../context.ts'
import { present } from '../ec2/calls.ts'
import { eks, isBusy, roleNotSpread, tagByArn, unexpectedState } from './calls.ts'
import { changeCluster } from './cluster-update.ts'
import { ifExists, isCode } from '../errors.ts'
import { withoutSystemTags } from '../tags.ts'
import { type AwsType, awsType, fixed, mutable } from '../type.ts'

type Args = Unwrap<ClusterArgs>
const logTypes: LogType[] = ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler']

const member = (value: unknown, name: string): unknown =>
  isObject(value) ? value[name] : undefined
const creatorAdmin = 'bootstrapClusterCreatorAdminPermissions'

const cluster = awsType<ClusterArgs, ClusterState>({
  label: 'EKS Cluster',
  timeouts: { create: 1800, update: 3600, delete: 900 },
  inputs: {
    name: fixed({ autoname: { max: 100 } }),
    roleArn: fixed(),
    version: mutable({ computed: true }),
    vpcConfig: mutable(),
    accessConfig: {
      computed: true,
      replace: (before, after) =>
        member(after, creatorAdmin) !== undefined &&
        member(before, creatorAdmin) !== member(after, creatorAdmin),
    },
    bootstrapSelfManagedAddons: fixed({ default: true, local: true }),
    controlPlaneScalingConfig: mutable({ computed: true }),
    deletionProtection: mutable({ computed: true }),
    enabledClusterLogTypes: mutable(),
    encryptionConfig: { computed: true, replace: (before) => isObject(before) },
    forceUpdateVersion: mutable({ local: true }),
    kubernetesNetworkConfig: fixed({ computed: true }),
    upgradePolicy: mutable({ computed: true }),
    zonalShiftConfig: mutable({ computed: true }),
    tags: mutable(),
  },
  async create(ctx, inputs) {
    const request = createRequest(ctx, inputs)
    await ctx.retrying(() => eks(ctx).createCluster(request), roleNotSpread)
    return request.name ?? ''
  },
  ready: (ctx, id) => untilActive(ctx, id),
  async read(ctx, id) {
    const found = await describe(ctx, id)
    return found && outputs(found)
  },
  async update(ctx, id, change) {
    await untilActive(ctx, id)
    await changeCluster(ctx, id, change)
  },
  tag: tagByArn,
  async delete(ctx, id) {
    await ifExists(
      ctx
        .retrying(() => eks(ctx).deleteCluster({ name: id }), isBusy, 3_600_000)
        .catch((error: unknown) => {
          if (!isCode(error, 'ResourceInUseException') || !String(error).includes('DELETING'))
            throw error
        }),
    )
    await ctx.until('EKS Cluster to be gone', async () =>
      (await describe(ctx, id)) ? undefined : true,
    )
  },
  broken: (state) => state.status === 'FAILED',
})

const describe = async (ctx: AwsContext, name: string): Promise<Cluster | undefined> =>
  (await ifExists(eks(ctx).describeCluster({ name })))?.cluster

async function untilActive(ctx: AwsContext, id: string): Promise<void> {
  await ctx.until(`EKS Cluster (${id}) to be active`, async () => {
    const found = await describe(ctx, id)
    if (found?.status === 'ACTIVE') return true
    if (found?.status === 'FAILED' || found?.status === 'DELETING')
      throw unexpectedState({
        what: `EKS Cluster (${id}) create`,
        status: found.status,
        wanted: 'ACTIVE',
        issues: found.health?.issues,
      })
    return undefined
  })
}

// The SDK's enums are narrower than Pulumi's strings: AWS itself refuses what is not one of them.
function createRequest(ctx: AwsContext, inputs: Args): CreateClusterRequest {
  const { clusterSecurityGroupId: _c, vpcId: _v, ...vpcConfig } = inputs.vpcConfig
  return present({
    name: inputs.name ?? '',
    clientRequestToken: ctx.token,
    roleArn: inputs.roleArn,
    resourcesVpcConfig: present(vpcConfig),
    tags: ctx.tags,
    version: inputs.version,
    accessConfig: inputs.accessConfig,
    bootstrapSelfManagedAddons: inputs.bootstrapSelfManagedAddons,
    controlPlaneScalingConfig: inputs.controlPlaneScalingConfig,
    deletionProtection: inputs.deletionProtection,
    encryptionConfig: inputs.encryptionConfig ? [inputs.encryptionConfig] : undefined,
    kubernetesNetworkConfig: inputs.kubernetesNetworkConfig,
    logging: logging(inputs.enabledClusterLogTypes),
    upgradePolicy: inputs.upgradePolicy,
    zonalShiftConfig: inputs.zonalShiftConfig,
  }) as CreateClusterRequest
}

function logging(enabled: string[] | undefined): CreateClusterRequest['logging'] {
  if (!enabled || enabled.length === 0) return undefined
  const types = logTypes.filter((type) => enabled.includes(type))
  return { clusterLogging: [{ enabled: true, types }] }
}

function outputs(found: Cluster): Partial<Unwrap<ClusterState>> {
  const { identity, upgradePolicy, zonalShiftConfig } = found
  return {
    arn: found.arn,
    name: found.name,
    version: found.version,
    roleArn: found.roleArn,
    status: found.status,
    endpoint: orEmpty(found.endpoint),
    platformVersion: orEmpty(found.platformVersion),
    createdAt: found.createdAt?.toISOString(),
    certificateAuthority: { data: orEmpty(found.certificateAuthority?.data) },
    accessConfig: access(found),
    controlPlaneScalingConfig: found.controlPlaneScalingConfig
      ? { tier: found.controlPlaneScalingConfig.tier }
      : undefined,
    deletionProtection: orFalse(found.deletionProtection),
    enabledClusterLogTypes: (found.logging?.clusterLogging ?? [])
      .filter((setup) => setup.enabled === true)
      .flatMap((setup) => setup.types ?? [])
      .toSorted(),
    encryptionConfig: encryption(found),
    identities: identity?.oidc ? [{ oidcs: [{ issuer: identity.oidc.issuer }] }] : [],
    kubernetesNetworkConfig: network(found),
    upgradePolicy: upgradePolicy ? { supportType: upgradePolicy.supportType } : undefined,
    zonalShiftConfig: zonalShiftConfig ? { enabled: zonalShiftConfig.enabled } : undefined,
    vpcConfig: vpc(found),
    tagsAll: withoutSystemTags(found.tags),
  }
}

const access = ({ accessConfig }: Cluster): Unwrap<ClusterState>['accessConfig'] =>
  accessConfig && {
    authenticationMode: accessConfig.authenticationMode,
    bootstrapClusterCreatorAdminPermissions:
      accessConfig.bootstrapClusterCreatorAdminPermissions ?? undefined,
  }

function encryption({ encryptionConfig }: Cluster): Unwrap<ClusterState>['encryptionConfig'] {
  const first = encryptionConfig?.[0]
  return (
    first && {
      provider: { keyArn: orEmpty(first.provider?.keyArn) },
      resources: first.resources ?? [],
    }
  )
}

const network = ({
  kubernetesNetworkConfig: found,
}: Cluster): Unwrap<ClusterState>['kubernetesNetworkConfig'] =>
  found && {
    ipFamily: found.ipFamily,
    serviceIpv4Cidr: orEmpty(found.serviceIpv4Cidr),
    serviceIpv6Cidr: orEmpty(found.serviceIpv6Cidr),
  }

function vpc({ resourcesVpcConfig: found }: Cluster): Unwrap<ClusterState>['vpcConfig'] {
  return {
    subnetIds: found?.subnetIds ?? [],
    securityGroupIds: found?.securityGroupIds ?? [],
    clusterSecurityGroupId: orEmpty(found?.clusterSecurityGroupId),
    vpcId: orEmpty(found?.vpcId),
    endpointPublicAccess: orFalse(found?.endpointPublicAccess),
    endpointPrivateAccess: orFalse(found?.endpointPrivateAccess),
    publicAccessCidrs: found?.publicAccessCidrs ?? [],
  }
}

export const types: Record<string, AwsType> = { 'aws:eks/cluster:Cluster': cluster }
