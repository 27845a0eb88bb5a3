// What a node group may be asked for, checked as EKS checks it; and how EKS shows one.
import {
  DescribeInstanceTypesCommand,
  DescribeLaunchTemplateVersionsCommand,
} from '@aws-sdk/client-ec2'
import { z } from 'zod'
import type { Taint } from '../backend.ts'
import { isAwsError } from '../sdk-errors.ts'
import { invalidParameter, invalidRequest } from './errors.ts'
import type { EksCall } from './service.ts'
import type { Cluster, NodeGroup } from './state.ts'

export const taintSchema = z.object({
  key: z.string(),
  value: z.string().optional(),
  effect: z.enum(['NO_SCHEDULE', 'NO_EXECUTE', 'PREFER_NO_SCHEDULE']),
})

export const scalingSchema = z
  .object({
    minSize: z.number().int().min(0),
    maxSize: z.number().int().min(1),
    desiredSize: z.number().int().min(0),
  })
  .partial()

export const launchTemplateSchema = z.object({
  name: z.string().optional(),
  id: z.string().optional(),
  version: z.string().optional(),
})

export const updateConfigSchema = z.object({
  maxUnavailable: z.number().int().min(1).max(100).optional(),
  maxUnavailablePercentage: z.number().int().min(1).max(100).optional(),
  updateStrategy: z.string().optional(),
})

export const createSchema = z.object({
  nodegroupName: z.string().regex(/^[0-9A-Za-z][A-Za-z0-9_-]{0,62}$/),
  scalingConfig: scalingSchema.optional(),
  diskSize: z.number().int().optional(),
  subnets: z.array(z.string()).min(1),
  instanceTypes: z.array(z.string()).max(20).optional(),
  amiType: z.string().optional(),
  nodeRole: z.string(),
  labels: z.record(z.string(), z.string()).optional(),
  taints: z.array(taintSchema).max(50).optional(),
  tags: z.record(z.string(), z.string()).optional(),
  launchTemplate: launchTemplateSchema.optional(),
  updateConfig: updateConfigSchema.optional(),
  nodeRepairConfig: z.record(z.string(), z.unknown()).optional(),
  capacityType: z.enum(['ON_DEMAND', 'SPOT', 'CAPACITY_BLOCK']).optional(),
  version: z.string().optional(),
  releaseVersion: z.string().optional(),
})
export type CreateInput = z.infer<typeof createSchema>

export type ResolvedTemplate = {
  name: string
  id: string
  version: string
  imageId?: string
  instanceType?: string
}

export async function resolveTemplate(
  c: EksCall,
  wanted: z.infer<typeof launchTemplateSchema> | undefined,
): Promise<ResolvedTemplate | undefined> {
  if (!wanted) return undefined
  const version = wanted.version ?? '$Default'
  try {
    const found = await c.moto
      .ec2(c.region)
      .send(
        new DescribeLaunchTemplateVersionsCommand({
          ...(wanted.id
            ? { LaunchTemplateId: wanted.id }
            : { LaunchTemplateName: wanted.name ?? '' }),
          Versions: [version],
        }),
      )
    const template = found.LaunchTemplateVersions?.[0]
    if (!template)
      throw invalidRequest(
        `You cannot specify a version that does not exist for launch template ${wanted.id ?? wanted.name}: ${version}`,
      )
    const data = template.LaunchTemplateData
    return {
      name: template.LaunchTemplateName ?? '',
      id: template.LaunchTemplateId ?? '',
      version: String(template.VersionNumber),
      ...(data?.ImageId ? { imageId: data.ImageId } : {}),
      ...(data?.InstanceType ? { instanceType: data.InstanceType } : {}),
    }
  } catch (error) {
    if (
      isAwsError(
        error,
        'InvalidLaunchTemplateId.NotFound',
        'InvalidLaunchTemplateName.NotFoundException',
        'InvalidLaunchTemplateId.NotFoundException',
      )
    )
      throw invalidRequest(`Launch template ${wanted.id ?? wanted.name} does not exist`)
    throw error
  }
}

export function refuseContradictions(
  input: CreateInput,
  template: ResolvedTemplate | undefined,
): void {
  if (template && input.diskSize !== undefined)
    throw invalidParameter('Disk size must be specified within the launch template.')
  if (
    template?.imageId &&
    (input.amiType !== undefined ||
      input.version !== undefined ||
      input.releaseVersion !== undefined)
  )
    throw invalidRequest(
      'You cannot specify an image id within the launch template and an AMI type, version or release version on the node group.',
    )
  if (template?.instanceType && input.instanceTypes)
    throw invalidRequest('Cannot specify instance types in launch template and API request')
}

export async function checkInstanceTypes(c: EksCall, types: string[]): Promise<void> {
  try {
    // The list is typed as an enum of all instance types; what is none is just what this call is to find out.
    await c.moto
      .ec2(c.region)
      .send(new DescribeInstanceTypesCommand({ InstanceTypes: types as never }))
  } catch (error) {
    if (isAwsError(error, 'InvalidInstanceType'))
      throw invalidParameter(
        `The following supplied instance types do not exist: [${types.join(', ')}]`,
      )
    throw error
  }
}

export function scalingOf(
  input: z.infer<typeof scalingSchema> | undefined,
  before: NodeGroup['scaling'],
): NodeGroup['scaling'] {
  const scaling = {
    ...before,
    ...Object.fromEntries(Object.entries(input ?? {}).filter(([, value]) => value !== undefined)),
  }
  if (scaling.minSize > scaling.maxSize)
    throw invalidParameter(
      `Minimum capacity ${scaling.minSize} can't be greater than maximum size ${scaling.maxSize}`,
    )
  if (scaling.desiredSize < scaling.minSize)
    throw invalidParameter(
      `Minimum capacity ${scaling.minSize} can't be greater than desired size ${scaling.desiredSize}`,
    )
  if (scaling.desiredSize > scaling.maxSize)
    throw invalidParameter(
      `desired capacity ${scaling.desiredSize} can't be greater than max size ${scaling.maxSize}`,
    )
  return scaling
}

const effects = {
  NO_SCHEDULE: 'NoSchedule',
  NO_EXECUTE: 'NoExecute',
  PREFER_NO_SCHEDULE: 'PreferNoSchedule',
} as const

export const kubernetesTaint = (taint: z.infer<typeof taintSchema>): Taint => ({
  key: taint.key,
  effect: effects[taint.effect],
  ...(taint.value === undefined ? {} : { value: taint.value }),
})

const eksEffect = (effect: Taint['effect']) =>
  effect.replace(/([a-z])([A-Z])/g, '$1_$2').toUpperCase()

export function nodeGroupView(cluster: Cluster, group: NodeGroup) {
  return {
    nodegroupName: group.name,
    nodegroupArn: group.arn,
    clusterName: cluster.name,
    version: group.version,
    releaseVersion: group.releaseVersion,
    createdAt: group.createdAt,
    modifiedAt: group.modifiedAt,
    status: group.status,
    capacityType: group.capacityType,
    scalingConfig: group.scaling,
    instanceTypes: group.instanceTypes,
    subnets: group.subnets,
    amiType: group.amiType,
    nodeRole: group.nodeRole,
    labels: group.labels,
    taints: group.taints.map((taint) => ({ ...taint, effect: eksEffect(taint.effect) })),
    ...(group.status === 'CREATING'
      ? {}
      : { resources: { autoScalingGroups: [{ name: group.autoScalingGroup }] } }),
    ...(group.diskSize === undefined ? {} : { diskSize: group.diskSize }),
    ...(group.launchTemplate === undefined ? {} : { launchTemplate: group.launchTemplate }),
    ...(group.nodeRepairConfig === undefined ? {} : { nodeRepairConfig: group.nodeRepairConfig }),
    health: { issues: group.issues },
    updateConfig: group.updateConfig,
    tags: group.tags,
  }
}
