// aws:eks/addon:Addon.
import type { Addon, ResolveConflicts } from '@aws-sdk/client-eks'
import type { Unwrap } from '@pulumi/pulumi'
import type { AddonArgs, AddonState } from '@pulumi/aws/eks/addon.js'
import type { AwsContext } from '../context.ts'
import { present } from '../ec2/calls.ts'
import { awaitUpdate, eks, isBusy, isTransient, pair, tagByArn, unexpectedState } from './calls.ts'
import { ifExists } from '../errors.ts'
import { withoutSystemTags } from '../tags.ts'
import { type AwsType, awsType, fixed, mutable } from '../type.ts'

const addon = awsType<AddonArgs, AddonState>({
  label: 'EKS Add-On',
  timeouts: { create: 1200, update: 1200, delete: 2400 },
  inputs: {
    clusterName: fixed(),
    addonName: fixed(),
    addonVersion: mutable({ computed: true }),
    configurationValues: mutable({ computed: true, json: true }),
    podIdentityAssociations: mutable(),
    preserve: mutable({ local: true }),
    resolveConflictsOnCreate: mutable({ local: true }),
    resolveConflictsOnUpdate: mutable({ local: true }),
    serviceAccountRoleArn: mutable(),
    tags: mutable(),
  },
  async create(ctx, inputs) {
    const call = () =>
      eks(ctx).createAddon({
        clusterName: inputs.clusterName,
        addonName: inputs.addonName,
        clientRequestToken: ctx.token,
        tags: ctx.tags,
        ...present({
          addonVersion: inputs.addonVersion,
          configurationValues: inputs.configurationValues,
          podIdentityAssociations: inputs.podIdentityAssociations,
          resolveConflicts: conflicts(inputs.resolveConflictsOnCreate),
          serviceAccountRoleArn: inputs.serviceAccountRoleArn,
        }),
      })
    await ctx.retrying(call, isTransient)
    return `${inputs.clusterName}:${inputs.addonName}`
  },
  ready: (ctx, id) => untilActive(ctx, id),
  async read(ctx, id) {
    const found = await describe(ctx, id)
    return found && { ...outputs(found), podIdentityAssociations: await associationsOf(ctx, found) }
  },
  async update(ctx, id, { inputs, changed }) {
    const names = [
      'addonVersion',
      'configurationValues',
      'podIdentityAssociations',
      'serviceAccountRoleArn',
    ]
    if (!names.some((name) => changed.has(name))) return untilActive(ctx, id)
    const [clusterName, addonName] = pair(id, ':')
    const answer = await ctx.retrying(
      () =>
        eks(ctx).updateAddon({
          clusterName,
          addonName,
          ...present({
            addonVersion: changed.has('addonVersion') ? inputs.addonVersion : undefined,
            configurationValues: changed.has('configurationValues')
              ? (inputs.configurationValues ?? '')
              : undefined,
            podIdentityAssociations: inputs.podIdentityAssociations,
            resolveConflicts: conflicts(inputs.resolveConflictsOnUpdate),
            serviceAccountRoleArn: inputs.serviceAccountRoleArn,
          }),
        }),
      isBusy,
    )
    await awaitUpdate(ctx, { name: clusterName, addonName }, answer.update)
    return undefined
  },
  tag: tagByArn,
  async delete(ctx, id, state) {
    const [clusterName, addonName] = pair(id, ':')
    const preserve = state.preserve === true ? { preserve: true } : {}
    const call = () => eks(ctx).deleteAddon({ clusterName, addonName, ...preserve })
    await ifExists(ctx.retrying(call, isBusy))
    await ctx.until('EKS Add-On to be gone', async () => {
      const found = await describe(ctx, id)
      if (found?.status === 'DELETE_FAILED') throw failed(id, found)
      return found ? undefined : true
    })
  },
})

// AWS refuses what is not one of its values.
const conflicts = (value: string | undefined) => value as ResolveConflicts | undefined

async function describe(ctx: AwsContext, id: string): Promise<Addon | undefined> {
  const [clusterName, addonName] = pair(id, ':')
  return (await ifExists(eks(ctx).describeAddon({ clusterName, addonName })))?.addon
}

const failed = (id: string, found: Addon): Error =>
  unexpectedState({
    what: `EKS Add-On (${id}) create`,
    status: found.status,
    wanted: 'ACTIVE',
    issues: found.health?.issues,
  })

// DEGRADED passes: coredns waits for its first node.
async function untilActive(ctx: AwsContext, id: string): Promise<void> {
  let last: Addon | undefined
  try {
    await ctx.until(`EKS Add-On (${id}) to be active`, async () => {
      last = await describe(ctx, id)
      if (last?.status === 'CREATE_FAILED') throw failed(id, last)
      return last?.status === 'ACTIVE' || last?.status === 'UPDATE_FAILED' ? true : undefined
    })
  } catch (error) {
    throw last?.status === 'DEGRADED'
      ? new Error(failed(id, last).message, { cause: error })
      : error
  }
}

// The add-on names its associations; who they are for is asked one by one.
async function associationsOf(ctx: AwsContext, found: Addon) {
  const ids = (found.podIdentityAssociations ?? []).map((arn) =>
    arn.slice(arn.lastIndexOf('/') + 1),
  )
  const all = await Promise.all(
    ids.map((associationId) =>
      ifExists(
        eks(ctx).describePodIdentityAssociation({ clusterName: found.clusterName, associationId }),
      ),
    ),
  )
  return all.flatMap((answer) => {
    const { roleArn, serviceAccount } = answer?.association ?? {}
    return roleArn && serviceAccount ? [{ roleArn, serviceAccount }] : []
  })
}

function outputs(found: Addon): Partial<Unwrap<AddonState>> {
  return {
    arn: found.addonArn,
    addonName: found.addonName,
    addonVersion: found.addonVersion,
    clusterName: found.clusterName,
    configurationValues: found.configurationValues ?? '',
    createdAt: found.createdAt?.toISOString(),
    modifiedAt: found.modifiedAt?.toISOString(),
    serviceAccountRoleArn: found.serviceAccountRoleArn ?? '',
    tagsAll: withoutSystemTags(found.tags),
  }
}

export const types: Record<string, AwsType> = { 'aws:eks/addon:Addon': addon }
