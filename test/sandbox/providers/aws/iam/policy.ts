// aws:iam inline role policy, policy attachment and managed policy.
import type { PolicyArgs, PolicyState } from '@pulumi/aws/iam/policy.js'
import type { RolePolicyArgs, RolePolicyState } from '@pulumi/aws/iam/rolePolicy.js'
import type {
  RolePolicyAttachmentArgs,
  RolePolicyAttachmentState,
} from '@pulumi/aws/iam/rolePolicyAttachment.js'
import { textOf } from '../../values.ts'
import type { AwsContext } from '../context.ts'
import { made, present } from '../ec2/calls.ts'
import { pair } from '../eks/calls.ts'
import { ifExists, isCode } from '../errors.ts'
import { decodePolicy, iam, policyText } from './calls.ts'
import { fromTagList, tagList } from '../tags.ts'
import { type AwsType, awsType, fixed, mutable } from '../type.ts'

// A Role given whole has become its id, which is its name.
const roleName = (role: unknown): string => textOf(role) ?? ''

const rolePolicy = awsType<RolePolicyArgs, RolePolicyState>({
  label: 'IAM Role Policy',
  global: true,
  inputs: {
    name: fixed({ autoname: { max: 128 } }),
    role: fixed(),
    policy: mutable({ json: true }),
  },
  async create(ctx, inputs) {
    const names = { RoleName: roleName(inputs.role), PolicyName: String(inputs.name) }
    await iam(ctx).putRolePolicy({ ...names, PolicyDocument: policyText(inputs.policy) })
    return `${names.RoleName}:${names.PolicyName}`
  },
  async read(ctx, id) {
    const [RoleName, PolicyName] = pair(id, ':')
    const found = await ifExists(iam(ctx).getRolePolicy({ RoleName, PolicyName }))
    return found && { name: PolicyName, role: RoleName, policy: decodePolicy(found.PolicyDocument) }
  },
  async update(ctx, id, { inputs }) {
    const [RoleName, PolicyName] = pair(id, ':')
    const PolicyDocument = policyText(inputs.policy)
    await iam(ctx).putRolePolicy({ RoleName, PolicyName, PolicyDocument })
  },
  async delete(ctx, id) {
    const [RoleName, PolicyName] = pair(id, ':')
    await ifExists(iam(ctx).deleteRolePolicy({ RoleName, PolicyName }))
  },
})

const attachment = awsType<RolePolicyAttachmentArgs, RolePolicyAttachmentState>({
  label: 'IAM Role Policy Attachment',
  global: true,
  inputs: { role: fixed(), policyArn: fixed() },
  async create(ctx, inputs) {
    const names = { RoleName: roleName(inputs.role), PolicyArn: inputs.policyArn }
    await ctx.retrying(
      () => iam(ctx).attachRolePolicy(names),
      (error) => isCode(error, 'ConcurrentModificationException', 'ConcurrentModification'),
    )
    return `${names.RoleName}/${names.PolicyArn}`
  },
  async read(ctx, id) {
    const [role, policyArn] = pair(id, '/')
    return (await isAttached(ctx, role, policyArn)) ? { role, policyArn } : undefined
  },
  async delete(ctx, id) {
    const [RoleName, PolicyArn] = pair(id, '/')
    await ifExists(iam(ctx).detachRolePolicy({ RoleName, PolicyArn }))
  },
})

async function isAttached(
  ctx: AwsContext,
  role: string,
  arn: string,
  marker?: string,
): Promise<boolean> {
  const page = await ifExists(
    iam(ctx).listAttachedRolePolicies({ RoleName: role, ...(marker ? { Marker: marker } : {}) }),
  )
  if (page?.AttachedPolicies?.some((policy) => policy.PolicyArn === arn)) return true
  return page?.IsTruncated === true && page.Marker !== undefined
    ? isAttached(ctx, role, arn, page.Marker)
    : false
}

const policy = awsType<PolicyArgs, PolicyState>({
  label: 'IAM Policy',
  global: true,
  inputs: {
    name: fixed({ autoname: { max: 128 } }),
    path: fixed({ default: '/' }),
    description: fixed(),
    policy: mutable({ json: true }),
    tags: mutable(),
  },
  async create(ctx, inputs) {
    const answer = await iam(ctx).createPolicy({
      PolicyName: inputs.name ?? '',
      PolicyDocument: policyText(inputs.policy),
      Tags: tagList(ctx.tags),
      ...present({ Path: inputs.path, Description: inputs.description }),
    })
    return made(answer.Policy?.Arn, 'policy')
  },
  async read(ctx, id) {
    const found = (await ifExists(iam(ctx).getPolicy({ PolicyArn: id })))?.Policy
    if (!found) return undefined
    const VersionId = found.DefaultVersionId ?? 'v1'
    const version = await iam(ctx).getPolicyVersion({ PolicyArn: id, VersionId })
    return {
      arn: found.Arn,
      attachmentCount: found.AttachmentCount,
      description: found.Description ?? '',
      name: found.PolicyName,
      path: found.Path,
      policy: decodePolicy(version.PolicyVersion?.Document),
      policyId: found.PolicyId,
      tagsAll: fromTagList(found.Tags),
    }
  },
  async update(ctx, id, { inputs, changed }) {
    if (!changed.has('policy')) return
    await dropVersions(ctx, id, 4)
    const PolicyDocument = policyText(inputs.policy)
    await iam(ctx).createPolicyVersion({ PolicyArn: id, PolicyDocument, SetAsDefault: true })
  },
  async tag(ctx, id, change) {
    if (change.remove.length > 0)
      await iam(ctx).untagPolicy({ PolicyArn: id, TagKeys: change.remove })
    if (Object.keys(change.set).length > 0)
      await iam(ctx).tagPolicy({ PolicyArn: id, Tags: tagList(change.set) })
  },
  async delete(ctx, id) {
    await dropVersions(ctx, id, 1)
    await ifExists(iam(ctx).deletePolicy({ PolicyArn: id }))
  },
})

// A policy has five versions at most, and cannot go while it has more than its default one.
async function dropVersions(ctx: AwsContext, arn: string, keep: number): Promise<void> {
  const found = await ifExists(iam(ctx).listPolicyVersions({ PolicyArn: arn }))
  const versions = found?.Versions ?? []
  const old = versions
    .filter((version) => version.IsDefaultVersion !== true)
    .toSorted((a, b) => (b.CreateDate?.getTime() ?? 0) - (a.CreateDate?.getTime() ?? 0))
  for (const version of old.slice(keep - 1))
    await ifExists(iam(ctx).deletePolicyVersion({ PolicyArn: arn, VersionId: version.VersionId }))
}

export const types: Record<string, AwsType> = {
  'aws:iam/rolePolicy:RolePolicy': rolePolicy,
  'aws:iam/rolePolicyAttachment:RolePolicyAttachment': attachment,
  'aws:iam/policy:Policy': policy,
}
