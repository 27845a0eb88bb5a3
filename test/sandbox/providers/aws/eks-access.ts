// aws:eks access entries, access policy associations and pod identity associations.
import type { AccessScopeType, AssociatedAccessPolicy } from '@aws-sdk/client-eks'
import type { AccessEntryArgs, AccessEntryState } from '@pulumi/aws/eks/accessEntry.js'
import type {
  AccessPolicyAssociationArgs,
  AccessPolicyAssociationState,
} from '@pulumi/aws/eks/accessPolicyAssociation.js'
import type {
  PodIdentityAssociationArgs,
  PodIdentityAssociationState,
} from '@pulumi/aws/eks/podIdentityAssociation.js'
import type { AwsContext } from './context.ts'
import { present } from './ec2.ts'
import { eks, isBusy, pair, roleNotSpread, tagArn } from './eks.ts'
import { ifExists } from './errors.ts'
import { withoutSystemTags } from './tags.ts'
import { type AwsType, awsType, fixed, mutable } from './type.ts'

const transient = (error: unknown): boolean => roleNotSpread(error) || isBusy(error)

const accessEntry = awsType<AccessEntryArgs, AccessEntryState>({
  label: 'EKS Access Entry',
  inputs: {
    clusterName: fixed(),
    principalArn: fixed(),
    type: fixed({ default: 'STANDARD' }),
    kubernetesGroups: mutable({ computed: true }),
    userName: mutable({ computed: true }),
    tags: mutable(),
  },
  async create(ctx, inputs) {
    const call = () =>
      eks(ctx).createAccessEntry({
        clusterName: inputs.clusterName,
        principalArn: inputs.principalArn,
        clientRequestToken: ctx.token,
        tags: ctx.tags,
        ...present({
          type: inputs.type,
          kubernetesGroups: inputs.kubernetesGroups,
          username: inputs.userName,
        }),
      })
    await ctx.retrying(call, transient)
    return `${inputs.clusterName}:${inputs.principalArn}`
  },
  async read(ctx, id) {
    const [clusterName, principalArn] = pair(id, ':')
    const answer = await ifExists(eks(ctx).describeAccessEntry({ clusterName, principalArn }))
    const found = answer?.accessEntry
    if (!found) return undefined
    return {
      accessEntryArn: found.accessEntryArn,
      clusterName,
      createdAt: found.createdAt?.toISOString(),
      kubernetesGroups: found.kubernetesGroups ?? [],
      modifiedAt: found.modifiedAt?.toISOString(),
      principalArn: found.principalArn,
      type: found.type,
      userName: found.username,
      tagsAll: withoutSystemTags(found.tags),
    }
  },
  async update(ctx, id, { inputs, changed }) {
    if (changed.size === 0) return
    const [clusterName, principalArn] = pair(id, ':')
    await eks(ctx).updateAccessEntry({
      clusterName,
      principalArn,
      kubernetesGroups: inputs.kubernetesGroups ?? [],
      ...present({ username: inputs.userName }),
    })
  },
  tag: (ctx, _id, change) => tagArn(ctx, String(change.outputs['accessEntryArn']), change),
  async delete(ctx, id) {
    const [clusterName, principalArn] = pair(id, ':')
    await ifExists(eks(ctx).deleteAccessEntry({ clusterName, principalArn }))
  },
})

async function findPolicy(
  ctx: AwsContext,
  id: string,
  nextToken?: string,
): Promise<AssociatedAccessPolicy | undefined> {
  const [clusterName, principalArn, policyArn] = policyKey(id)
  const request = { clusterName, principalArn, ...(nextToken ? { nextToken } : {}) }
  const page = await ifExists(eks(ctx).listAssociatedAccessPolicies(request))
  const found = page?.associatedAccessPolicies?.find((policy) => policy.policyArn === policyArn)
  return found ?? (page?.nextToken ? findPolicy(ctx, id, page.nextToken) : undefined)
}

function policyKey(id: string): [string, string, string] {
  const [clusterName, principalArn, policyArn] = id.split('#')
  if (!clusterName || !principalArn || !policyArn)
    throw new Error(`malformed id "${id}": expected cluster#principal#policy`)
  return [clusterName, principalArn, policyArn]
}

const accessPolicyAssociation = awsType<AccessPolicyAssociationArgs, AccessPolicyAssociationState>({
  label: 'EKS Access Policy Association',
  inputs: {
    clusterName: fixed(),
    principalArn: fixed(),
    policyArn: fixed(),
    accessScope: fixed(),
  },
  async create(ctx, inputs) {
    const { clusterName, principalArn, policyArn, accessScope } = inputs
    const scope = present({
      type: accessScope.type as AccessScopeType, // AWS refuses other values
      namespaces: accessScope.namespaces,
    })
    const call = () =>
      eks(ctx).associateAccessPolicy({ clusterName, principalArn, policyArn, accessScope: scope })
    await ctx.retrying(
      call,
      // The entry may be too new to be seen.
      (error) =>
        transient(error) || /The specified principalArn could not be found/.test(String(error)),
    )
    return `${clusterName}#${principalArn}#${policyArn}`
  },
  async read(ctx, id) {
    const [clusterName, principalArn] = policyKey(id)
    const found = await findPolicy(ctx, id)
    if (!found) return undefined
    const { type, namespaces } = found.accessScope ?? {}
    return {
      accessScope: { type: type ?? '', ...(namespaces?.length ? { namespaces } : {}) },
      associatedAt: found.associatedAt?.toISOString(),
      clusterName,
      modifiedAt: found.modifiedAt?.toISOString(),
      policyArn: found.policyArn,
      principalArn,
    }
  },
  async delete(ctx, id) {
    const [clusterName, principalArn, policyArn] = policyKey(id)
    await ifExists(eks(ctx).disassociateAccessPolicy({ clusterName, principalArn, policyArn }))
  },
})

// The state's id is the association's; the cluster comes with the state.
const describeIdentity = async (ctx: AwsContext, clusterName: string | undefined, id: string) =>
  (await ifExists(eks(ctx).describePodIdentityAssociation({ clusterName, associationId: id })))
    ?.association

const podIdentityAssociation = awsType<PodIdentityAssociationArgs, PodIdentityAssociationState>({
  label: 'EKS Pod Identity Association',
  inputs: {
    clusterName: fixed(),
    namespace: fixed(),
    serviceAccount: fixed(),
    roleArn: mutable(),
    targetRoleArn: mutable(),
    disableSessionTags: mutable({ computed: true }),
    tags: mutable(),
  },
  async create(ctx, inputs) {
    const call = () =>
      eks(ctx).createPodIdentityAssociation({
        clusterName: inputs.clusterName,
        namespace: inputs.namespace,
        serviceAccount: inputs.serviceAccount,
        roleArn: inputs.roleArn,
        clientRequestToken: ctx.token,
        tags: ctx.tags,
        ...present({
          targetRoleArn: inputs.targetRoleArn,
          disableSessionTags: inputs.disableSessionTags,
        }),
      })
    const answer = await ctx.retrying(call, transient)
    return answer.association?.associationId ?? ''
  },
  async read(ctx, id, state) {
    const found = await describeIdentity(ctx, state.clusterName, id)
    if (!found) return undefined
    return {
      associationArn: found.associationArn,
      associationId: found.associationId,
      clusterName: found.clusterName,
      disableSessionTags: found.disableSessionTags ?? false,
      externalId: found.externalId ?? '',
      namespace: found.namespace,
      roleArn: found.roleArn,
      serviceAccount: found.serviceAccount,
      targetRoleArn: found.targetRoleArn ?? '',
      tagsAll: withoutSystemTags(found.tags),
    }
  },
  async update(ctx, id, { inputs, changed }) {
    if (changed.size === 0) return
    await eks(ctx).updatePodIdentityAssociation({
      clusterName: inputs.clusterName,
      associationId: id,
      roleArn: inputs.roleArn,
      ...present({
        targetRoleArn: inputs.targetRoleArn,
        disableSessionTags: inputs.disableSessionTags,
      }),
    })
  },
  tag: (ctx, _id, change) => tagArn(ctx, String(change.outputs['associationArn']), change),
  async delete(ctx, id, state) {
    const { clusterName } = state
    await ifExists(eks(ctx).deletePodIdentityAssociation({ clusterName, associationId: id }))
  },
})

export const types: Record<string, AwsType> = {
  'aws:eks/accessEntry:AccessEntry': accessEntry,
  'aws:eks/accessPolicyAssociation:AccessPolicyAssociation': accessPolicyAssociation,
  'aws:eks/podIdentityAssociation:PodIdentityAssociation': podIdentityAssociation,
}
