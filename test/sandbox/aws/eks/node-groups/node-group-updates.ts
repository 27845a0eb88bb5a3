// Changes of a node group: size, labels, taints (update-config) and version or template (update-version), one at a time.
import { z } from 'zod'
import { invalidParameter, invalidRequest, resourceInUse } from '../errors.ts'
import { labelsSchema, taintSchema, taintsSchema } from '../grammar.ts'
import {
  kubernetesTaint,
  launchTemplateSchema,
  resolveTemplate,
  scalingOf,
  scalingSchema,
  updateConfigSchema,
} from './node-group-input.ts'
import { wrongVersion } from './node-groups.ts'
import { replaceNodes, settleNodes } from './nodes.ts'
import { clusterOf, nodeGroupOf, nowSeconds, read } from '../service.ts'
import type { EksCall } from '../service.ts'
import type { Cluster, NodeGroup } from '../state.ts'
import { timing } from '../timing.ts'
import { startUpdate, updateView } from '../updates.ts'

const configSchema = z.object({
  labels: z
    .object({
      addOrUpdateLabels: labelsSchema.optional(),
      removeLabels: z.array(z.string()).optional(),
    })
    .optional(),
  taints: z
    .object({
      addOrUpdateTaints: taintsSchema.optional(),
      removeTaints: z.array(taintSchema).optional(),
    })
    .optional(),
  scalingConfig: scalingSchema.optional(),
  updateConfig: updateConfigSchema.optional(),
  nodeRepairConfig: z.record(z.string(), z.unknown()).optional(),
})
type ConfigInput = z.infer<typeof configSchema>

export function updateNodegroupConfig(c: EksCall) {
  const cluster = clusterOf(c)
  const group = nodeGroupOf(c, cluster)
  const input = read(c, configSchema)
  if (Object.values(input).every((part) => part === undefined))
    throw invalidParameter('No changes needed for the node group config provided')
  const scaling = scalingOf(input.scalingConfig, group.scaling)
  const resized = scaling.desiredSize !== group.scaling.desiredSize
  return begin(c, cluster, {
    group,
    type: 'ConfigUpdate',
    params: configParams(input),
    ms: resized ? timing.nodeGroupScale : timing.nodeGroupConfig,
    apply: async () => {
      group.scaling = scaling
      applyLabels(group, input)
      applyTaints(group, input)
      if (input.updateConfig) group.updateConfig = input.updateConfig
      if (input.nodeRepairConfig) group.nodeRepairConfig = input.nodeRepairConfig
      await settleNodes(c, cluster, group)
    },
  })
}

const configParams = (input: ConfigInput) => ({
  MinSize: input.scalingConfig?.minSize?.toString(),
  MaxSize: input.scalingConfig?.maxSize?.toString(),
  DesiredSize: input.scalingConfig?.desiredSize?.toString(),
  LabelsToAdd: input.labels?.addOrUpdateLabels,
  LabelsToRemove: input.labels?.removeLabels,
  TaintsToAdd: input.taints?.addOrUpdateTaints,
  TaintsToRemove: input.taints?.removeTaints,
})

function applyLabels(group: NodeGroup, input: ConfigInput): void {
  group.labels = { ...group.labels, ...input.labels?.addOrUpdateLabels }
  for (const label of input.labels?.removeLabels ?? []) delete group.labels[label]
}

function applyTaints(group: NodeGroup, input: ConfigInput): void {
  const identity = (taint: { key: string; effect: string }) => `${taint.key}:${taint.effect}`
  const added = (input.taints?.addOrUpdateTaints ?? []).map(kubernetesTaint)
  const gone = new Set(
    [...(input.taints?.removeTaints ?? []).map(kubernetesTaint), ...added].map(identity),
  )
  group.taints = [...group.taints.filter((taint) => !gone.has(identity(taint))), ...added]
}

const versionSchema = z.object({
  version: z.string().optional(),
  releaseVersion: z.string().optional(),
  launchTemplate: launchTemplateSchema.optional(),
  force: z.boolean().optional(),
})

export async function updateNodegroupVersion(c: EksCall) {
  const cluster = clusterOf(c)
  const group = nodeGroupOf(c, cluster)
  const input = read(c, versionSchema)
  const template = await resolveTemplate(c, input.launchTemplate)
  if (template && template.id !== group.launchTemplate?.id)
    throw invalidRequest(
      'The launch template of a node group cannot be replaced by another, only its version can change',
      { nodegroupName: group.name },
    )
  const version = input.version ?? (template ? group.version : cluster.version)
  if (cluster.status === 'UPDATING' || (version !== cluster.version && version !== group.version))
    throw wrongVersion(cluster, group.version)
  return begin(c, cluster, {
    group,
    type: 'VersionUpdate',
    params: {
      Version: version,
      ReleaseVersion: input.releaseVersion,
      LaunchTemplateVersion: template?.version,
    },
    ms: 0,
    apply: async () => {
      const { version: before, releaseVersion } = group
      group.version = version
      group.releaseVersion = input.releaseVersion ?? template?.imageId ?? `${version}.0-20261101`
      if (template) {
        const { name, id, version: templateVersion, interfaceTags } = template
        Object.assign(group, {
          launchTemplate: { name, id, version: templateVersion },
          interfaceTags,
        })
      }
      const how = { group, msPerNode: timing.nodeGroupVersionPerNode, force: input.force ?? false }
      await replaceNodes(c, cluster, how).catch((error: unknown) => {
        Object.assign(group, { version: before, releaseVersion })
        throw error
      })
    },
  })
}

type GroupChange = {
  group: NodeGroup
  type: string
  params: Record<string, unknown>
  ms: number
  apply: () => Promise<void>
}

function begin(c: EksCall, cluster: Cluster, change: GroupChange) {
  const { group } = change
  if (group.status !== 'ACTIVE' && group.status !== 'DEGRADED')
    throw resourceInUse('Nodegroup cannot be updated as it is currently not in Active State', {
      clusterName: cluster.name,
      nodegroupName: group.name,
    })
  group.status = 'UPDATING'
  const update = startUpdate(c, cluster, {
    type: change.type,
    params: change.params,
    owner: { nodegroupName: group.name },
    work: async () => {
      const fails = c.call.fault?.action.type === 'fail-update'
      await Promise.all([c.clock.sleep(change.ms), fails ? undefined : change.apply()])
    },
    finish: () => {
      group.status = 'ACTIVE'
      group.modifiedAt = nowSeconds()
    },
  })
  return { update: updateView(update) }
}
