// EKS add-ons. What a cluster really needs to work (coredns, kube-proxy) is installed by its backend; for the rest EKS's record
// and states are kept: an add-on that runs as a Deployment is DEGRADED until a node is there.
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { addonInfos, addonKinds } from './addon-catalogue.ts'
import { invalidParameter, invalidRequest, resourceInUse, resourceNotFound } from '../errors.ts'
import { addAddonIdentities, removeAddonIdentities } from '../access/pod-identity.ts'
import {
  arnOf,
  background,
  clusterOf,
  isRepeat,
  nowSeconds,
  page,
  read,
  tokenOf,
} from '../service.ts'
import type { EksCall } from '../service.ts'
import type { Addon, Cluster } from '../state.ts'
import { timing } from '../timing.ts'
import { startUpdate, updateView } from '../updates.ts'

const identitySchema = z.object({ serviceAccount: z.string(), roleArn: z.string() })

const changeSchema = z.object({
  addonVersion: z.string().optional(),
  serviceAccountRoleArn: z.string().optional(),
  configurationValues: z.string().optional(),
  resolveConflicts: z.enum(['OVERWRITE', 'NONE', 'PRESERVE']).optional(),
  podIdentityAssociations: z.array(identitySchema).optional(),
})

const createSchema = changeSchema.extend({
  addonName: z.string(),
  tags: z.record(z.string(), z.string()).optional(),
})

export async function createAddon(c: EksCall) {
  const cluster = clusterOf(c)
  const input = read(c, createSchema)
  const token = tokenOf(c)
  const names = { clusterName: cluster.name, addonName: input.addonName }
  const existing = cluster.addons.get(input.addonName)
  if (existing && isRepeat(existing.token, token)) return { addon: addonView(cluster, existing) }
  if (existing) throw resourceInUse('Addon already exists.', names)
  if (cluster.status !== 'ACTIVE' && cluster.status !== 'UPDATING')
    throw invalidRequest(`Cluster '${cluster.name}' is not in ACTIVE status`, names)
  const version = versionFor(cluster, input.addonName, input.addonVersion)
  checkConfiguration(input.configurationValues)
  const id = randomUUID()
  const arn = arnOf(c.region, `addon/${cluster.name}/${input.addonName}/${id}`)
  const addon: Addon = {
    name: input.addonName,
    arn,
    version,
    status: 'CREATING',
    createdAt: nowSeconds(),
    modifiedAt: nowSeconds(),
    issues: [],
    tags: input.tags ?? {},
    podIdentityAssociations: [],
    token,
    ...(input.serviceAccountRoleArn === undefined
      ? {}
      : { serviceAccountRoleArn: input.serviceAccountRoleArn }),
    ...(input.configurationValues === undefined
      ? {}
      : { configurationValues: input.configurationValues }),
  }
  cluster.addons.set(addon.name, addon)
  addAddonIdentities(c, cluster, { addon, wanted: input.podIdentityAssociations ?? [] })
  background(c, () => bringUp(c, cluster, addon))
  return { addon: addonView(cluster, addon) }
}

function versionFor(cluster: Cluster, name: string, wanted: string | undefined): string {
  const names = { clusterName: cluster.name, addonName: name }
  const kind = addonKinds[name]
  if (!kind) throw invalidParameter(`Addon ${name} specified is not supported`, names)
  const offered = kind.versions(cluster.version)
  const version = wanted ?? offered[0] ?? ''
  if (!offered.includes(version))
    throw invalidParameter(`Addon version specified is not supported`, names)
  return version
}

function checkConfiguration(values: string | undefined): void {
  if (values === undefined || values === '') return
  try {
    JSON.parse(values)
  } catch (error) {
    throw Object.assign(
      invalidParameter('ConfigurationValue is not in a valid JSON or YAML format'),
      { cause: error },
    )
  }
}

const installed = new Set(['coredns', 'kube-proxy', 'vpc-cni'])

async function bringUp(c: EksCall, cluster: Cluster, addon: Addon): Promise<void> {
  const fault = c.call.fault?.action
  try {
    await Promise.all([install(c, cluster, addon), c.clock.sleep(timing.addonCreate)])
    if (fault?.type === 'fail-create') addon.issues.push(...fault.issues)
    addon.status = fault?.type === 'fail-create' ? 'CREATE_FAILED' : 'ACTIVE'
  } catch (error) {
    addon.issues.push({
      code: 'InternalFailure',
      message: error instanceof Error ? error.message : String(error),
      resourceIds: [],
    })
    addon.status = 'CREATE_FAILED'
    throw error
  }
}

const install = async (c: EksCall, cluster: Cluster, addon: Addon) =>
  installed.has(addon.name)
    ? c.backend.installAddon({
        cluster: cluster.backendName,
        name: addon.name,
        version: addon.version,
      })
    : undefined

/** The status depends on nodes that come and go after the add-on, so that it is computed when asked for. */
function health(cluster: Cluster, addon: Addon): Pick<Addon, 'status' | 'issues'> {
  const nodes = [...cluster.nodeGroups.values()].some((group) => group.nodes.length > 0)
  if (addon.status !== 'ACTIVE' || nodes || !addonKinds[addon.name]?.needsNodes) return addon
  return {
    status: 'DEGRADED',
    issues: [
      {
        code: 'InsufficientNumberOfReplicas',
        message: "The add-on is unhealthy because it doesn't have the desired number of replicas.",
        resourceIds: [],
      },
    ],
  }
}

function addonView(cluster: Cluster, addon: Addon) {
  const { status, issues } = health(cluster, addon)
  return {
    addonName: addon.name,
    clusterName: cluster.name,
    status,
    addonVersion: addon.version,
    health: { issues },
    addonArn: addon.arn,
    createdAt: addon.createdAt,
    modifiedAt: addon.modifiedAt,
    tags: addon.tags,
    podIdentityAssociations: addon.podIdentityAssociations,
    ...(addon.serviceAccountRoleArn === undefined
      ? {}
      : { serviceAccountRoleArn: addon.serviceAccountRoleArn }),
    ...(addon.configurationValues === undefined
      ? {}
      : { configurationValues: addon.configurationValues }),
  }
}

function addonOf(c: EksCall, cluster: Cluster): Addon {
  const name = c.params['addon'] ?? ''
  const addon = cluster.addons.get(name)
  if (!addon)
    throw resourceNotFound(`No addon: ${name} found in cluster: ${cluster.name}`, {
      clusterName: cluster.name,
      addonName: name,
    })
  return addon
}

export function describeAddon(c: EksCall) {
  const cluster = clusterOf(c)
  return { addon: addonView(cluster, addonOf(c, cluster)) }
}

export function listAddons(c: EksCall) {
  const { names, nextToken } = page(c.query, [...clusterOf(c).addons.keys()].toSorted())
  return { addons: names, nextToken }
}

export function updateAddon(c: EksCall) {
  const cluster = clusterOf(c)
  const addon = addonOf(c, cluster)
  const input = read(c, changeSchema)
  const names = { clusterName: cluster.name, addonName: addon.name }
  if (addon.status === 'CREATING' || addon.status === 'UPDATING' || addon.status === 'DELETING')
    throw resourceInUse(
      `Addon ${addon.name} cannot be updated as it is currently in ${addon.status} state`,
      names,
    )
  const version = versionFor(cluster, addon.name, input.addonVersion ?? addon.version)
  checkConfiguration(input.configurationValues)
  addon.status = 'UPDATING'
  const update = startUpdate(c, cluster, {
    type: 'AddonUpdate',
    params: {
      AddonVersion: version,
      ServiceAccountRoleArn: input.serviceAccountRoleArn,
      ResolveConflicts: input.resolveConflicts,
      ConfigurationValues: input.configurationValues,
    },
    owner: { addonName: addon.name },
    work: async () => {
      await c.clock.sleep(timing.addonUpdate)
      if (c.call.fault?.action.type === 'fail-update') return
      addon.version = version
      if (input.configurationValues !== undefined)
        addon.configurationValues = input.configurationValues
      if (input.serviceAccountRoleArn !== undefined)
        addon.serviceAccountRoleArn = input.serviceAccountRoleArn
      if (input.podIdentityAssociations)
        replaceIdentities(c, cluster, { addon, wanted: input.podIdentityAssociations })
      await install(c, cluster, addon)
    },
    finish: () => {
      addon.status = c.call.fault?.action.type === 'fail-update' ? 'UPDATE_FAILED' : 'ACTIVE'
      addon.modifiedAt = nowSeconds()
    },
  })
  return { update: updateView(update) }
}

function replaceIdentities(
  c: EksCall,
  cluster: Cluster,
  o: { addon: Addon; wanted: z.infer<typeof identitySchema>[] },
): void {
  removeAddonIdentities(cluster, o.addon)
  addAddonIdentities(c, cluster, o)
}

/** preserve=true leaves in the cluster what the add-on installed. */
export function deleteAddon(c: EksCall) {
  const cluster = clusterOf(c)
  const addon = addonOf(c, cluster)
  const preserve = c.query.get('preserve') === 'true'
  if (addon.status !== 'DELETING')
    background(c, async () => {
      if (installed.has(addon.name) && !preserve)
        await c.backend.removeAddon({ cluster: cluster.backendName, name: addon.name })
      await c.clock.sleep(timing.addonDelete)
      removeAddonIdentities(cluster, addon)
      cluster.addons.delete(addon.name)
    })
  addon.status = 'DELETING'
  return { addon: addonView(cluster, addon) }
}

export async function describeAddonVersions(c: EksCall) {
  const offered = await c.backend.versions()
  const wanted = c.query.get('kubernetesVersion')
  return {
    addons: addonInfos({
      addonName: c.query.get('addonName') ?? undefined,
      minors: wanted === null ? offered : offered.filter((minor) => minor === wanted),
    }),
    nextToken: null,
  }
}
