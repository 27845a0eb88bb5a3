// aws:eks access entries and access policy associations.
import type { AccessScopeType, AssociatedAccessPolicy } from '@aws-sdk/client-eks'
import type { AccessEntryArgs, AccessEntryState } from '@pulumi/aws/eks/accessEntry.js'
import type {
  AccessPolicyAssociationArgs,
  AccessPolicyAssociationState,
} from '@pulumi/aws/eks/accessPolicyAssociation.js'
import type { AwsContext } from '../context.ts'
import { present } from '../ec2/calls.ts'
import { eks, isTransient, pair, tagArn } from './calls.ts'
import { ifExists } from '../errors.ts'
import { withoutSystemTags } from '../tags.ts'
import { type AwsType, awsType, fixed, mutable } from '../type.ts'

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
    await ctx.retrying(call, isTransient)
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
        isTransient(error) || /The specified principalArn could not be found/.test(String(error)),
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

export const types: Record<string, AwsType> = {
  'aws:eks/accessEntry:AccessEntry': accessEntry,
  'aws:eks/accessPolicyAssociation:AccessPolicyAssociation': accessPolicyAssociation,
}
