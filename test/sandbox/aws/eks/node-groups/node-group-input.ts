// What a node group may be asked for, checked as EKS checks it; and how EKS shows one.
import {
  DescribeInstanceTypesCommand,
  DescribeLaunchTemplateVersionsCommand,
} from '@aws-sdk/client-ec2'
import type { LaunchTemplateVersion, ResponseLaunchTemplateData } from '@aws-sdk/client-ec2'
import { z } from 'zod'
import type { Taint } from '../../backends/backend.ts'
import { isAwsError } from '../../sdk-errors.ts'
import { invalidParameter, invalidRequest } from '../errors.ts'
import { labelsSchema, tagsSchema, taintsSchema, type taintSchema } from '../grammar.ts'
import { given } from '../service.ts'
import type { EksCall } from '../service.ts'
import type { Cluster, NodeGroup, EksTags } from '../state.ts'

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
  labels: labelsSchema.default({}),
  taints: taintsSchema.default([]),
  tags: tagsSchema.default({}),
  launchTemplate: launchTemplateSchema.optional(),
  updateConfig: updateConfigSchema.default({ maxUnavailable: 1 }),
  nodeRepairConfig: z.record(z.string(), z.unknown()).optional(),
  capacityType: z.enum(['ON_DEMAND', 'SPOT', 'CAPACITY_BLOCK']).default('ON_DEMAND'),
  version: z.string().optional(),
  releaseVersion: z.string().optional(),
})
export type CreateInput = z.infer<typeof createSchema>

export type ResolvedTemplate = {
  name: string
  id: string
  version: string
  imageId?: string
  /** Of the network interfaces of nodes. */
  interfaceTags: EksTags
  instanceType?: string
}

export async function resolveTemplate(
  c: EksCall,
  wanted: z.infer<typeof launchTemplateSchema> | undefined,
): Promise<ResolvedTemplate | undefined> {
  if (!wanted) return undefined
  const version = wanted.version ?? '$Default'
  const reference = wanted.id ?? wanted.name ?? ''
  const template = await templateVersion(c, { id: wanted.id, version, reference })
  if (!template)
    throw invalidRequest(
      `You cannot specify a version that does not exist for launch template ${reference}: ${version}`,
    )
  const {
    LaunchTemplateName: name = '',
    LaunchTemplateId: id = '',
    VersionNumber,
    LaunchTemplateData: data,
  } = template
  return {
    name,
    id,
    version: String(VersionNumber),
    interfaceTags: interfaceTags(data),
    ...given({ imageId: data?.ImageId, instanceType: data?.InstanceType }),
  }
}

const interfaceTags = (data: ResponseLaunchTemplateData | undefined): EksTags =>
  Object.fromEntries(
    (data?.TagSpecifications ?? [])
      .filter((specification) => specification.ResourceType === 'network-interface')
      .flatMap((specification) => specification.Tags ?? [])
      .map((tag) => [tag.Key ?? '', tag.Value ?? '']),
  )

async function templateVersion(
  c: EksCall,
  o: { id?: string | undefined; reference: string; version: string },
): Promise<LaunchTemplateVersion | undefined> {
  const by = o.id === undefined ? { LaunchTemplateName: o.reference } : { LaunchTemplateId: o.id }
  try {
    const found = await c.moto
      .ec2(c.region)
      .send(new DescribeLaunchTemplateVersionsCommand({ ...by, Versions: [o.version] }))
    return found.LaunchTemplateVersions?.[0]
  } catch (error) {
    if (isAwsError(error, ...unknownTemplate))
      throw invalidRequest(`Launch template ${o.reference} does not exist`)
    throw error
  }
}

const unknownTemplate = [
  'InvalidLaunchTemplateId.NotFound',
  'InvalidLaunchTemplateId.NotFoundException',
  'InvalidLaunchTemplateName.NotFoundException',
]

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
    ...given({
      diskSize: group.diskSize,
      launchTemplate: group.launchTemplate,
      nodeRepairConfig: group.nodeRepairConfig,
    }),
    health: { issues: group.issues },
    updateConfig: group.updateConfig,
    tags: group.tags,
  }
}
