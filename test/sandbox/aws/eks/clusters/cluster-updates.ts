// Changes of a running cluster: one at a time and one kind per call, as EKS insists.
import { z } from 'zod'
import { invalidParameter, invalidRequest } from '../errors.ts'
import { checkSubnets, makeLogGroup } from './cluster-network.ts'
import { enabledLogTypes, loggingSchema, vpcConfigSchema } from './clusters.ts'
import { clusterOf, read, refuseWhileUpdating } from '../service.ts'
import type { EksCall } from '../service.ts'
import type { Cluster } from '../state.ts'
import { timing } from '../timing.ts'
import { startUpdate, updateView } from '../updates.ts'

const configSchema = z.object({
  resourcesVpcConfig: vpcConfigSchema.optional(),
  logging: loggingSchema.optional(),
  accessConfig: z
    .object({ authenticationMode: z.enum(['API', 'API_AND_CONFIG_MAP', 'CONFIG_MAP']) })
    .optional(),
  upgradePolicy: z.object({ supportType: z.enum(['STANDARD', 'EXTENDED']) }).optional(),
  zonalShiftConfig: z.object({ enabled: z.boolean() }).optional(),
  deletionProtection: z.boolean().optional(),
})
type ConfigInput = z.infer<typeof configSchema>

type Change = { type: string; params: Record<string, unknown>; apply: () => void | Promise<void> }

export async function updateClusterConfig(c: EksCall) {
  const cluster = clusterOf(c)
  const changes = changesOf(c, cluster, read(c, configSchema))
  const [change, second] = changes
  if (!change)
    throw invalidParameter('No changes needed for the cluster config provided', {
      clusterName: cluster.name,
    })
  if (second)
    throw invalidParameter('Only one type of update can be allowed.', { clusterName: cluster.name })
  return begin(c, cluster, { ...change, ms: timing.clusterUpdate })
}

function changesOf(c: EksCall, cluster: Cluster, input: ConfigInput): Change[] {
  const changes: (Change | undefined)[] = [
    input.resourcesVpcConfig && vpcChange(c, cluster, input.resourcesVpcConfig),
    input.logging && {
      type: 'LoggingUpdate',
      params: { ClusterLogging: input.logging },
      apply: () => {
        cluster.logTypes = enabledLogTypes(cluster.logTypes, input.logging)
        return makeLogGroup(c, cluster)
      },
    },
    input.accessConfig && accessChange(cluster, input.accessConfig.authenticationMode),
    input.upgradePolicy && {
      type: 'UpgradePolicyUpdate',
      params: { UpgradePolicy: input.upgradePolicy },
      apply: () =>
        void (cluster.supportType = input.upgradePolicy?.supportType ?? cluster.supportType),
    },
    input.zonalShiftConfig && {
      type: 'ZonalShiftConfigUpdate',
      params: { ZonalShiftConfig: input.zonalShiftConfig },
      apply: () =>
        void (cluster.zonalShift = input.zonalShiftConfig?.enabled ?? cluster.zonalShift),
    },
    input.deletionProtection === undefined
      ? undefined
      : {
          type: 'DeletionProtectionUpdate',
          params: { DeletionProtection: String(input.deletionProtection) },
          apply: () =>
            void (cluster.deletionProtection =
              input.deletionProtection ?? cluster.deletionProtection),
        },
  ]
  return changes.filter((change) => change !== undefined)
}

function vpcChange(c: EksCall, cluster: Cluster, wanted: z.infer<typeof vpcConfigSchema>): Change {
  const places = wanted.subnetIds !== undefined || wanted.securityGroupIds !== undefined
  return {
    type: places ? 'VpcConfigUpdate' : 'EndpointAccessUpdate',
    params: {
      EndpointPublicAccess: wanted.endpointPublicAccess?.toString(),
      EndpointPrivateAccess: wanted.endpointPrivateAccess?.toString(),
      PublicAccessCidrs: wanted.publicAccessCidrs,
      SubnetIds: wanted.subnetIds,
      SecurityGroupIds: wanted.securityGroupIds,
    },
    apply: async () => {
      if (wanted.subnetIds) await checkSubnets(c, c.region, wanted.subnetIds)
      Object.assign(
        cluster.vpc,
        Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined)),
      )
    },
  }
}

const modes = ['CONFIG_MAP', 'API_AND_CONFIG_MAP', 'API']

function accessChange(cluster: Cluster, wanted: string): Change {
  if (modes.indexOf(wanted) < modes.indexOf(cluster.authenticationMode))
    throw invalidParameter(
      `Unsupported authentication mode update from ${cluster.authenticationMode} to ${wanted}`,
      { clusterName: cluster.name },
    )
  return {
    type: 'AccessConfigUpdate',
    params: { AuthenticationMode: wanted },
    apply: () => void (cluster.authenticationMode = wanted),
  }
}

const versionSchema = z.object({ version: z.string() })

/** One minor up; the step down within 7 days is a rollback, which the backends cannot do: it is refused, not pretended. */
export async function updateClusterVersion(c: EksCall) {
  const cluster = clusterOf(c)
  const { version } = read(c, versionSchema)
  const names = { clusterName: cluster.name }
  if (version === cluster.version)
    throw invalidParameter(`Cluster is already at version ${version}`, names)
  if (!(await c.backend.versions()).includes(version))
    throw invalidParameter(`unsupported Kubernetes version ${version}`, names)
  if (minor(version) !== minor(cluster.version) + 1)
    throw invalidParameter(
      `Unsupported Kubernetes minor version update from ${cluster.version} to ${version}`,
      names,
    )
  const upgrade = c.backend.upgrade
  if (!upgrade)
    throw invalidRequest(`the sandbox's clusters cannot be upgraded in place to ${version}`, names)
  return begin(c, cluster, {
    type: 'VersionUpdate',
    params: { Version: version, PlatformVersion: 'eks.1' },
    ms: timing.clusterVersion,
    apply: async () => {
      await upgrade({ name: cluster.backendName, version })
      cluster.version = version
    },
  })
}

const minor = (version: string) => Number(version.split('.')[1])

const encryptionSchema = z.object({ encryptionConfig: z.array(z.unknown()).length(1) })

export function associateEncryptionConfig(c: EksCall) {
  const cluster = clusterOf(c)
  const { encryptionConfig } = read(c, encryptionSchema)
  if (cluster.encryptionConfig.length > 0)
    throw invalidRequest('Encryption is already enabled for the cluster and cannot be changed', {
      clusterName: cluster.name,
    })
  return begin(c, cluster, {
    type: 'AssociateEncryptionConfig',
    params: { EncryptionConfig: encryptionConfig },
    ms: timing.clusterUpdate,
    apply: () => void (cluster.encryptionConfig = encryptionConfig),
  })
}

function begin(c: EksCall, cluster: Cluster, change: Change & { ms: number }) {
  refuseWhileUpdating(cluster, change.type)
  if (cluster.status !== 'ACTIVE')
    throw invalidRequest(`Cluster '${cluster.name}' is not in ACTIVE status`, {
      clusterName: cluster.name,
    })
  cluster.status = 'UPDATING'
  const update = startUpdate(c, cluster, {
    type: change.type,
    params: change.params,
    work: async () => {
      await c.clock.sleep(change.ms)
      if (c.call.fault?.action.type !== 'fail-update') await change.apply()
    },
    finish: () => void (cluster.status = 'ACTIVE'),
  })
  return { update: updateView(update) }
}
