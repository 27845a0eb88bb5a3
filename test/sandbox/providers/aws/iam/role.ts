// aws:iam/role:Role.
import type { RoleArgs, RoleState } from '@pulumi/aws/iam/role.js'
import type { AwsContext } from '../context.ts'
import { present } from '../ec2/calls.ts'
import { ifExists, isCode } from '../errors.ts'
import { decodePolicy, iam, policyText } from './calls.ts'
import { fromTagList, tagList } from '../tags.ts'
import { type AwsType, awsType, fixed, mutable } from '../type.ts'

const role = awsType<RoleArgs, RoleState>({
  label: 'IAM Role',
  global: true,
  inputs: {
    name: fixed({ autoname: { max: 64 } }),
    path: fixed({ default: '/' }),
    assumeRolePolicy: mutable({ json: true }),
    description: mutable(),
    forceDetachPolicies: mutable({ default: false, local: true }),
    maxSessionDuration: mutable({ default: 3600 }),
    permissionsBoundary: mutable(),
    tags: mutable(),
  },
  async create(ctx, inputs) {
    const answer = await ctx.retrying(
      () =>
        iam(ctx).createRole({
          RoleName: inputs.name ?? '',
          AssumeRolePolicyDocument: policyText(inputs.assumeRolePolicy),
          Tags: tagList(ctx.tags),
          ...present({
            Path: inputs.path,
            Description: inputs.description,
            MaxSessionDuration: inputs.maxSessionDuration,
            PermissionsBoundary: inputs.permissionsBoundary,
          }),
        }),
      principalNotSpread,
    )
    return answer.Role?.RoleName ?? inputs.name ?? ''
  },
  async read(ctx, id) {
    const found = (await ifExists(iam(ctx).getRole({ RoleName: id })))?.Role
    if (!found) return undefined
    const attached = await iam(ctx).listAttachedRolePolicies({ RoleName: id })
    return {
      arn: found.Arn,
      assumeRolePolicy: decodePolicy(found.AssumeRolePolicyDocument),
      createDate: found.CreateDate?.toISOString(),
      description: found.Description ?? '',
      managedPolicyArns: (attached.AttachedPolicies ?? []).flatMap((p) => p.PolicyArn ?? []),
      maxSessionDuration: found.MaxSessionDuration,
      name: found.RoleName,
      path: found.Path,
      permissionsBoundary: found.PermissionsBoundary?.PermissionsBoundaryArn ?? '',
      uniqueId: found.RoleId,
      tagsAll: fromTagList(found.Tags),
    }
  },
  async update(ctx, id, { inputs, changed }) {
    if (changed.has('assumeRolePolicy'))
      await ctx.retrying(
        () =>
          iam(ctx).updateAssumeRolePolicy({
            RoleName: id,
            PolicyDocument: policyText(inputs.assumeRolePolicy),
          }),
        principalNotSpread,
      )
    if (changed.has('description') || changed.has('maxSessionDuration'))
      await iam(ctx).updateRole({
        RoleName: id,
        Description: inputs.description ?? '',
        ...present({ MaxSessionDuration: inputs.maxSessionDuration }),
      })
    if (!changed.has('permissionsBoundary')) return
    const boundary = inputs.permissionsBoundary
    await (boundary
      ? iam(ctx).putRolePermissionsBoundary({ RoleName: id, PermissionsBoundary: boundary })
      : iam(ctx).deleteRolePermissionsBoundary({ RoleName: id }))
  },
  async tag(ctx, id, change) {
    if (change.remove.length > 0) await iam(ctx).untagRole({ RoleName: id, TagKeys: change.remove })
    if (Object.keys(change.set).length > 0)
      await iam(ctx).tagRole({ RoleName: id, Tags: tagList(change.set) })
  },
  async delete(ctx, id, state) {
    await leaveInstanceProfiles(ctx, id)
    if (state.forceDetachPolicies === true) await detachPolicies(ctx, id)
    await ifExists(
      ctx.retrying(
        () => iam(ctx).deleteRole({ RoleName: id }),
        (error) => isCode(error, 'DeleteConflictException', 'DeleteConflict'),
      ),
    )
  },
})

// Another principal in the trust policy may be too new for IAM to know it everywhere.
const principalNotSpread = (error: unknown): boolean =>
  isCode(error, 'MalformedPolicyDocumentException', 'MalformedPolicyDocument') &&
  error instanceof Error &&
  error.message.includes('Invalid principal in policy')

async function leaveInstanceProfiles(ctx: AwsContext, name: string): Promise<void> {
  const found = await ifExists(iam(ctx).listInstanceProfilesForRole({ RoleName: name }))
  for (const profile of found?.InstanceProfiles ?? [])
    await ifExists(
      iam(ctx).removeRoleFromInstanceProfile({
        RoleName: name,
        InstanceProfileName: profile.InstanceProfileName,
      }),
    )
}

async function detachPolicies(ctx: AwsContext, name: string): Promise<void> {
  const attached = await ifExists(iam(ctx).listAttachedRolePolicies({ RoleName: name }))
  for (const policy of attached?.AttachedPolicies ?? [])
    await ifExists(iam(ctx).detachRolePolicy({ RoleName: name, PolicyArn: policy.PolicyArn }))
  const inline = await ifExists(iam(ctx).listRolePolicies({ RoleName: name }))
  for (const policy of inline?.PolicyNames ?? [])
    await ifExists(iam(ctx).deleteRolePolicy({ RoleName: name, PolicyName: policy }))
}

export const types: Record<string, AwsType> = { 'aws:iam/role:Role': role }
