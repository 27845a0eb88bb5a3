// EKS clusters: create, describe, list, delete. A cluster is ACTIVE when its time is up and its real API server answers.
import { z } from 'zod'
import {
  checkRole,
  checkSubnets,
  checkZones,
  makeClusterNetwork,
  removeClusterNetwork,
} from './cluster-network.ts'
import { addCreatorAdmin } from '../access/access.ts'
import { addonKinds } from '../addons/addon-catalogue.ts'
import {
  invalidParameter,
  invalidRequest,
  resourceInUse,
  resourceLimitExceeded,
} from '../errors.ts'
import { publicCidrsSchema, tagsSchema } from '../grammar.ts'
import {
  arnOf,
  background,
  clusterOf,
  hexId,
  isRepeat,
  nowSeconds,
  page,
  read,
  refuseWhileUpdating,
  tokenOf,
} from '../service.ts'
import type { EksCall } from '../service.ts'
import type { Cluster, IdempotencyToken } from '../state.ts'
import { timing } from '../timing.ts'

const logTypes = z.array(
  z.enum(['api', 'audit', 'authenticator', 'controllerManager', 'scheduler']),
)

export const vpcConfigSchema = z.object({
  subnetIds: z.array(z.string()).optional(),
  securityGroupIds: z.array(z.string()).max(5).optional(),
  endpointPublicAccess: z.boolean().optional(),
  endpointPrivateAccess: z.boolean().optional(),
  publicAccessCidrs: publicCidrsSchema.optional(),
})

export const loggingSchema = z.object({
  clusterLogging: z.array(
    z.object({ types: logTypes.optional(), enabled: z.boolean().optional() }),
  ),
})

const createSchema = z.object({
  name: z.string().regex(/^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$/),
  version: z.string().optional(),
  roleArn: z.string(),
  resourcesVpcConfig: z.object({
    subnetIds: z.array(z.string()).default([]),
    securityGroupIds: z.array(z.string()).max(5).default([]),
    endpointPublicAccess: z.boolean().default(true),
    endpointPrivateAccess: z.boolean().default(false),
    publicAccessCidrs: publicCidrsSchema.default(['0.0.0.0/0']),
  }),
  kubernetesNetworkConfig: z
    .object({
      serviceIpv4Cidr: z.string().default('10.100.0.0/16'),
      ipFamily: z.string().default('ipv4'),
    })
    .prefault({}),
  logging: loggingSchema.optional(),
  accessConfig: z
    .object({
      authenticationMode: z.enum(['API', 'API_AND_CONFIG_MAP', 'CONFIG_MAP']).default('CONFIG_MAP'),
      bootstrapClusterCreatorAdminPermissions: z.boolean().default(true),
    })
    .prefault({}),
  encryptionConfig: z.array(z.unknown()).max(1).default([]),
  upgradePolicy: z
    .object({ supportType: z.enum(['STANDARD', 'EXTENDED']).default('EXTENDED') })
    .prefault({}),
  zonalShiftConfig: z.object({ enabled: z.boolean().default(false) }).prefault({}),
  deletionProtection: z.boolean().default(false),
  bootstrapSelfManagedAddons: z.boolean().default(true),
  tags: tagsSchema.default({}),
})
type CreateInput = z.infer<typeof createSchema>

export async function createCluster(c: EksCall) {
  const input = read(c, createSchema)
  const token = tokenOf(c)
  const clusters = c.state.region(c.region)
  const existing = repeated(clusters.get(input.name), token)
  if (existing) return { cluster: clusterView(existing) }
  if (clusters.size >= c.quotas.clustersPerRegion || c.call.fault?.action.type === 'quota')
    throw resourceLimitExceeded(
      `Cluster limit exceeded: at most ${c.quotas.clustersPerRegion} clusters in region ${c.region}`,
      { clusterName: input.name },
    )
  const version = await offeredVersion(c, input.version)
  const { vpcId } = await checkSubnets(c, c.region, input.resourcesVpcConfig.subnetIds)
  await checkZones(c, input.name, input.resourcesVpcConfig.subnetIds)
  await checkRole(c, input.roleArn, 'eks.amazonaws.com')
  // The checks took time: of two calls at once, one has won.
  const winner = repeated(clusters.get(input.name), token)
  if (winner) return { cluster: clusterView(winner) }
  const cluster = { ...newCluster(c, input, { version, vpcId }), token }
  clusters.set(cluster.name, cluster)
  if (cluster.bootstrapCreatorAdmin) addCreatorAdmin(c, cluster)
  background(c, () => bringUp(c, cluster))
  return { cluster: clusterView(cluster) }
}

/** The cluster that an earlier call with this token has made; refused when another call made it. */
function repeated(existing: Cluster | undefined, token: IdempotencyToken): Cluster | undefined {
  if (!existing || isRepeat(existing.token, token)) return existing
  throw resourceInUse(`Cluster already exists with name: ${existing.name}`, {
    clusterName: existing.name,
  })
}

async function offeredVersion(c: EksCall, wanted: string | undefined): Promise<string> {
  const versions = await c.backend.versions()
  const version = wanted ?? versions.at(-1) ?? ''
  if (!versions.includes(version))
    throw invalidParameter(`unsupported Kubernetes version ${version}`)
  return version
}

function newCluster(
  c: EksCall,
  input: CreateInput,
  o: { version: string; vpcId: string },
): Omit<Cluster, 'token'> {
  const taken = c.state.all().some((cluster) => cluster.backendName === input.name)
  return {
    name: input.name,
    backendName: taken ? `${input.name}-${hexId(3)}` : input.name,
    region: c.region,
    arn: arnOf(c.region, `cluster/${input.name}`),
    status: 'CREATING',
    version: o.version,
    platformVersion: 'eks.1',
    createdAt: nowSeconds(),
    roleArn: input.roleArn,
    vpc: { ...input.resourcesVpcConfig, vpcId: o.vpcId },
    network: input.kubernetesNetworkConfig,
    logTypes: enabledLogTypes([], input.logging),
    authenticationMode: input.accessConfig.authenticationMode,
    bootstrapCreatorAdmin: input.accessConfig.bootstrapClusterCreatorAdminPermissions,
    selfManagedAddons: input.bootstrapSelfManagedAddons,
    encryptionConfig: input.encryptionConfig,
    supportType: input.upgradePolicy.supportType,
    deletionProtection: input.deletionProtection,
    zonalShift: input.zonalShiftConfig.enabled,
    tags: input.tags,
    issues: [],
    oidcIssuer: `https://oidc.eks.${c.region}.amazonaws.com/id/${hexId(16).toUpperCase()}`,
    eniIds: [],
    nodeGroups: new Map(),
    addons: new Map(),
    accessEntries: new Map(),
    podIdentities: new Map(),
    updates: new Map(),
  }
}

export function enabledLogTypes(
  before: string[],
  logging: z.infer<typeof loggingSchema> | undefined,
): string[] {
  const types = new Set(before)
  for (const setup of logging?.clusterLogging ?? [])
    for (const type of setup.types ?? [])
      if (setup.enabled === false) types.delete(type)
      else types.add(type)
  return [...types]
}

async function bringUp(c: EksCall, cluster: Cluster): Promise<void> {
  const fault = c.call.fault?.action
  try {
    if (fault?.type === 'fail-create') {
      await c.clock.sleep(timing.clusterCreate / 2)
      cluster.issues.push(...fault.issues)
      cluster.status = 'FAILED'
      return
    }
    const [made] = await Promise.all([
      startCluster(c, cluster),
      c.clock.sleep(timing.clusterCreate),
    ])
    cluster.endpoint = made.endpoint
    cluster.certificateAuthority = made.certificateAuthority
    await c.bindAccessPolicies(cluster)
    if (cluster.selfManagedAddons) await installSelfManagedAddons(c, cluster)
    cluster.status = 'ACTIVE'
  } catch (error) {
    cluster.issues.push({
      code: 'InternalFailure',
      message: error instanceof Error ? error.message : String(error),
      resourceIds: [],
    })
    cluster.status = 'FAILED'
    throw error
  }
}

async function startCluster(c: EksCall, cluster: Cluster) {
  await makeClusterNetwork(c, cluster)
  return c.backend.create({
    name: cluster.backendName,
    version: cluster.version,
    serviceCidr: cluster.network.serviceIpv4Cidr,
    oidcIssuer: cluster.oidcIssuer,
    authWebhookUrl: c.webhookUrl(cluster),
  })
}

/** bootstrapSelfManagedAddons: EKS's default, which leaves three add-ons in the cluster that no API knows of. */
async function installSelfManagedAddons(c: EksCall, cluster: Cluster): Promise<void> {
  for (const name of ['vpc-cni', 'kube-proxy', 'coredns']) {
    await c.backend.installAddon({
      cluster: cluster.backendName,
      name,
      version: addonKinds[name]?.versions(cluster.version)[0] ?? '',
    })
  }
}

function clusterView(cluster: Cluster) {
  const { clusterSecurityGroupId } = cluster
  const creating = cluster.status === 'CREATING'
  return {
    name: cluster.name,
    arn: cluster.arn,
    createdAt: cluster.createdAt,
    version: cluster.version,
    ...(creating
      ? {}
      : {
          endpoint: cluster.endpoint,
          certificateAuthority: { data: cluster.certificateAuthority },
        }),
    roleArn: cluster.roleArn,
    resourcesVpcConfig: { ...cluster.vpc, ...(creating ? {} : { clusterSecurityGroupId }) },
    kubernetesNetworkConfig: { ...cluster.network, elasticLoadBalancing: { enabled: false } },
    logging: { clusterLogging: loggingView(cluster.logTypes) },
    ...(creating ? {} : { identity: { oidc: { issuer: cluster.oidcIssuer } } }),
    status: cluster.status,
    platformVersion: cluster.platformVersion,
    tags: cluster.tags,
    encryptionConfig: cluster.encryptionConfig,
    health: { issues: cluster.issues },
    accessConfig: {
      authenticationMode: cluster.authenticationMode,
      bootstrapClusterCreatorAdminPermissions: cluster.bootstrapCreatorAdmin,
    },
    upgradePolicy: { supportType: cluster.supportType },
    zonalShiftConfig: { enabled: cluster.zonalShift },
    deletionProtection: cluster.deletionProtection,
  }
}

function loggingView(on: string[]) {
  const off = logTypes.element.options.filter((type) => !on.includes(type))
  return [
    { types: on, enabled: true },
    { types: off, enabled: false },
  ].filter((setup) => setup.types.length > 0)
}

export const describeCluster = (c: EksCall) => ({ cluster: clusterView(clusterOf(c)) })

export function listClusters(c: EksCall) {
  const { names, nextToken } = page(c.query, [...c.state.region(c.region).keys()].toSorted())
  return { clusters: names, nextToken }
}

export function deleteCluster(c: EksCall) {
  const cluster = clusterOf(c)
  const names = { clusterName: cluster.name }
  if (cluster.deletionProtection)
    throw invalidRequest(
      `Cannot delete cluster ${cluster.name} because deletion protection is enabled`,
      names,
    )
  if (cluster.nodeGroups.size > 0) throw resourceInUse('Cluster has nodegroups attached', names)
  if (cluster.status === 'CREATING')
    throw resourceInUse(
      `Cannot delete because cluster ${cluster.name} currently has its creation in progress`,
      names,
    )
  refuseWhileUpdating(cluster, 'delete')
  if (cluster.status !== 'DELETING') background(c, () => takeDown(c, cluster, cluster.status))
  cluster.status = 'DELETING'
  return { cluster: clusterView(cluster) }
}

async function takeDown(c: EksCall, cluster: Cluster, before: Cluster['status']): Promise<void> {
  try {
    await Promise.all([c.backend.remove(cluster.backendName), c.clock.sleep(timing.clusterDelete)])
    await removeClusterNetwork(c, cluster, { leakEni: c.call.fault?.action.type === 'leak-eni' })
  } catch (error) {
    cluster.status = before
    cluster.issues.push({
      code: 'InternalFailure',
      message: error instanceof Error ? error.message : String(error),
      resourceIds: [],
    })
    throw error
  }
  c.state.region(cluster.region).delete(cluster.name)
}
