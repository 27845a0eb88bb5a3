// aws:eks/nodeGroup:NodeGroup.
import type {
  CreateNodegroupRequest,
  Nodegroup,
  UpdateNodegroupConfigRequest,
} from '@aws-sdk/client-eks'
import type { Unwrap } from '@pulumi/pulumi'
import type { NodeGroupArgs, NodeGroupState } from '@pulumi/aws/eks/nodeGroup.js'
import { orEmpty, orZero } from '../../values.ts'
import { isObject } from '../../../../../operator/engine/embedded/values/values.ts'
import type { AwsContext } from '../context.ts'
import { present } from '../ec2/calls.ts'
import {
  awaitUpdate,
  eks,
  isBusy,
  pair,
  roleNotSpread,
  tagByArn,
  unexpectedState,
} from './calls.ts'
import { ifExists, isCode } from '../errors.ts'
import { withoutSystemTags } from '../tags.ts'
import { type AwsType, type Change, awsType, fixed, mutable } from '../type.ts'

type Args = Unwrap<NodeGroupArgs>
type State = Unwrap<NodeGroupState>

// The template itself cannot be exchanged, only its version.
const otherTemplate = (before: unknown, after: unknown): boolean =>
  !isObject(before) || !isObject(after) || ['id', 'name'].some((key) => after[key] !== undefined && before[key] !== after[key]) // prettier-ignore

const nodeGroup = awsType<NodeGroupArgs, NodeGroupState>({
  label: 'EKS Node Group',
  timeouts: { create: 3600, update: 3600, delete: 3600 },
  inputs: {
    clusterName: fixed(),
    nodeGroupName: fixed({ autoname: { max: 63 } }),
    nodeRoleArn: fixed(),
    subnetIds: fixed(),
    amiType: fixed({ computed: true }),
    capacityType: fixed({ computed: true }),
    diskSize: fixed({ computed: true }),
    instanceTypes: fixed({ computed: true, ordered: true }),
    forceUpdateVersion: mutable({ local: true }),
    labels: mutable({ whole: true }),
    launchTemplate: { replace: otherTemplate },
    nodeRepairConfig: mutable({ computed: true }),
    releaseVersion: mutable({ computed: true }),
    scalingConfig: mutable(),
    taints: mutable(),
    updateConfig: mutable({ computed: true }),
    version: mutable({ computed: true }),
    warmPoolConfig: mutable(),
    tags: mutable(),
  },
  async create(ctx, inputs) {
    const request = createRequest(ctx, inputs)
    await ctx.retrying(() => eks(ctx).createNodegroup(request), roleNotSpread)
    return `${request.clusterName}:${request.nodegroupName}`
  },
  ready: (ctx, id) => untilActive(ctx, id),
  async read(ctx, id) {
    const found = await describe(ctx, id)
    return found && outputs(found)
  },
  async update(ctx, id, change) {
    await untilActive(ctx, id)
    await changeVersion(ctx, id, change)
    await changeConfig(ctx, id, change)
  },
  tag: tagByArn,
  async delete(ctx, id) {
    const [clusterName, nodegroupName] = pair(id, ':')
    const call = () => eks(ctx).deleteNodegroup({ clusterName, nodegroupName })
    await ifExists(
      ctx.retrying(call, isBusy, 3_600_000).catch((error: unknown) => {
        if (!isCode(error, 'ResourceInUseException')) throw error
      }),
    )
    await ctx.until('EKS Node Group to be gone', async () => {
      const found = await describe(ctx, id)
      if (found?.status === 'DELETE_FAILED') throw failed(id, 'delete', found)
      return found ? undefined : true
    })
  },
  broken: (state) => state.status === 'CREATE_FAILED',
})

async function describe(ctx: AwsContext, id: string): Promise<Nodegroup | undefined> {
  const [clusterName, nodegroupName] = pair(id, ':')
  return (await ifExists(eks(ctx).describeNodegroup({ clusterName, nodegroupName })))?.nodegroup
}

const failed = (id: string, doing: string, found: Nodegroup): Error =>
  unexpectedState({
    what: `EKS Node Group (${id}) ${doing}`,
    status: found.status,
    wanted: doing === 'delete' ? '' : 'ACTIVE',
    issues: found.health?.issues,
  })

async function untilActive(ctx: AwsContext, id: string): Promise<void> {
  await ctx.until(`EKS Node Group (${id}) to be active`, async () => {
    const found = await describe(ctx, id)
    if (found?.status === 'ACTIVE' || found?.status === 'DEGRADED') return true
    if (found?.status === 'CREATE_FAILED' || found?.status === 'DELETE_FAILED')
      throw failed(id, 'create', found)
    return undefined
  })
}

// The SDK's enums are narrower than Pulumi's strings: AWS itself refuses what is not one of them.
function createRequest(ctx: AwsContext, inputs: Args): CreateNodegroupRequest {
  return present({
    clusterName: inputs.clusterName,
    nodegroupName: inputs.nodeGroupName ?? '',
    clientRequestToken: ctx.token,
    nodeRole: inputs.nodeRoleArn,
    subnets: inputs.subnetIds,
    scalingConfig: inputs.scalingConfig,
    amiType: inputs.amiType,
    capacityType: inputs.capacityType,
    diskSize: inputs.diskSize,
    instanceTypes: inputs.instanceTypes,
    labels: inputs.labels,
    launchTemplate: inputs.launchTemplate,
    nodeRepairConfig: inputs.nodeRepairConfig,
    releaseVersion: inputs.releaseVersion,
    taints: inputs.taints,
    updateConfig: inputs.updateConfig,
    version: inputs.version,
    warmPoolConfig: inputs.warmPoolConfig,
    tags: ctx.tags,
  }) as CreateNodegroupRequest
}

async function changeVersion(
  ctx: AwsContext,
  id: string,
  { inputs, changed }: Change<Args, State>,
): Promise<void> {
  const names = ['version', 'releaseVersion', 'launchTemplate'] as const
  if (!names.some((name) => changed.has(name))) return
  const [clusterName, nodegroupName] = pair(id, ':')
  const template = inputs.launchTemplate
  const request = present({
    version: changed.has('version') ? inputs.version : undefined,
    releaseVersion: changed.has('releaseVersion') ? inputs.releaseVersion : undefined,
    // EKS takes the id or the name, not both.
    launchTemplate:
      changed.has('launchTemplate') && template
        ? present({
            id: template.id,
            name: template.id ? undefined : template.name,
            version: template.version,
          })
        : undefined,
    force: inputs.forceUpdateVersion === true ? true : undefined,
  })
  const transient = (error: unknown) => isBusy(error) || behindCluster(error)
  const answer = await ctx.retrying(
    () => eks(ctx).updateNodegroupVersion({ clusterName, nodegroupName, ...request }),
    transient,
  )
  await awaitUpdate(ctx, { name: clusterName, nodegroupName }, answer.update)
}

// Just after a cluster upgrade EKS may still compare with the old version.
const behindCluster = (error: unknown): boolean =>
  isCode(error, 'InvalidParameterException') &&
  /Nodegroup Kubernetes version should be equal to Cluster/i.test(String(error))

async function changeConfig(
  ctx: AwsContext,
  id: string,
  { olds, inputs, changed }: Change<Args, State>,
): Promise<void> {
  const names = ['labels', 'taints', 'scalingConfig', 'updateConfig', 'nodeRepairConfig', 'warmPoolConfig'] as const // prettier-ignore
  if (!names.some((name) => changed.has(name))) return
  const [clusterName, nodegroupName] = pair(id, ':')
  const request = present({
    labels: changed.has('labels') ? labelChange(olds.labels ?? {}, inputs.labels ?? {}) : undefined,
    taints: changed.has('taints') ? taintChange(olds.taints ?? [], inputs.taints ?? []) : undefined,
    scalingConfig: changed.has('scalingConfig') ? inputs.scalingConfig : undefined,
    updateConfig: changed.has('updateConfig') ? inputs.updateConfig : undefined,
    nodeRepairConfig: changed.has('nodeRepairConfig') ? inputs.nodeRepairConfig : undefined,
    warmPoolConfig: changed.has('warmPoolConfig') ? inputs.warmPoolConfig : undefined,
  }) as Omit<UpdateNodegroupConfigRequest, 'clusterName' | 'nodegroupName'> // AWS refuses values outside its enums
  const call = () => eks(ctx).updateNodegroupConfig({ clusterName, nodegroupName, ...request })
  const answer = await ctx.retrying(call, isBusy)
  await awaitUpdate(ctx, { name: clusterName, nodegroupName }, answer.update)
}

const labelChange = (before: Record<string, string>, after: Record<string, string>) => ({
  addOrUpdateLabels: Object.fromEntries(Object.entries(after).filter(([k, v]) => before[k] !== v)),
  removeLabels: Object.keys(before).filter((key) => !(key in after)),
})

type Taint = NonNullable<State['taints']>[number]
const taintId = (taint: Taint): string => `${taint.key}:${taint.effect}`

function taintChange(before: Taint[], after: Taint[]) {
  const kept = new Set(after.map(taintId))
  const same = new Map(before.map((taint) => [taintId(taint), taint.value ?? '']))
  return {
    addOrUpdateTaints: after.filter((taint) => same.get(taintId(taint)) !== (taint.value ?? '')),
    removeTaints: before.filter((taint) => !kept.has(taintId(taint))),
  }
}

function outputs(found: Nodegroup): Partial<State> {
  const { launchTemplate: template, scalingConfig: scaling } = found
  return {
    arn: found.nodegroupArn,
    clusterName: found.clusterName,
    nodeGroupName: found.nodegroupName,
    nodeRoleArn: found.nodeRole,
    subnetIds: found.subnets,
    status: found.status,
    version: found.version,
    releaseVersion: found.releaseVersion,
    amiType: found.amiType,
    capacityType: found.capacityType,
    diskSize: orZero(found.diskSize),
    instanceTypes: found.instanceTypes,
    labels: found.labels ?? {},
    launchTemplate: template && {
      id: template.id,
      name: template.name,
      version: orEmpty(template.version),
    },
    scalingConfig: scaling && {
      desiredSize: orZero(scaling.desiredSize),
      maxSize: orZero(scaling.maxSize),
      minSize: orZero(scaling.minSize),
    },
    taints: (found.taints ?? []).map((t) => ({
      key: orEmpty(t.key),
      value: t.value,
      effect: orEmpty(t.effect),
    })),
    resources: [
      {
        autoscalingGroups: (found.resources?.autoScalingGroups ?? []).map(({ name }) => ({ name })),
        remoteAccessSecurityGroupId: orEmpty(found.resources?.remoteAccessSecurityGroup),
      },
    ],
    updateConfig: found.updateConfig && { ...found.updateConfig },
    nodeRepairConfig: found.nodeRepairConfig && { enabled: found.nodeRepairConfig.enabled },
    tagsAll: withoutSystemTags(found.tags),
  }
}

export const types: Record<string, AwsType> = { 'aws:eks/nodeGroup:NodeGroup': nodeGroup }
