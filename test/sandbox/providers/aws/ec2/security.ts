// aws:ec2 security group, and the default one of a VPC, which is adopted rather than made.
import type { IpPermission, SecurityGroup } from '@aws-sdk/client-ec2'
import type {
  DefaultSecurityGroupArgs,
  DefaultSecurityGroupState,
} from '@pulumi/aws/ec2/defaultSecurityGroup.js'
import type { SecurityGroupArgs, SecurityGroupState } from '@pulumi/aws/ec2/securityGroup.js'
import { orEmpty, orZero } from '../../values.ts'
import type { AwsContext } from '../context.ts'
import { ec2, ec2Arn, made, present, tagEc2, tagged } from './calls.ts'
import { deleteWhenFree } from './network.ts'
import { ifExists, isCode } from '../errors.ts'
import { fromTagList, tagList } from '../tags.ts'
import { type AwsType, awsType, fixed, mutable } from '../type.ts'

const describe = async (ctx: AwsContext, id: string) =>
  (await ifExists(ec2(ctx).describeSecurityGroups({ GroupIds: [id] })))?.SecurityGroups?.[0]

const securityGroup = awsType<SecurityGroupArgs, SecurityGroupState>({
  label: 'EC2 Security Group',
  timeouts: { create: 600, delete: 900 },
  inputs: {
    name: fixed({ autoname: { max: 255 } }),
    description: fixed({ default: 'Managed by Pulumi' }),
    vpcId: fixed({ computed: true }),
    revokeRulesOnDelete: mutable({ default: false, local: true }),
    tags: mutable(),
  },
  async create(ctx, inputs) {
    const answer = await ec2(ctx).createSecurityGroup({
      GroupName: inputs.name ?? '',
      Description: inputs.description ?? '',
      ...present({ VpcId: inputs.vpcId }),
      ...tagged(ctx, 'security-group'),
    })
    return made(answer.GroupId, 'security group')
  },
  async ready(ctx, id) {
    const found = await ctx.until('security group to exist', () => describe(ctx, id))
    // AWS lets a new group talk to everybody; the real provider takes that away.
    await revoke(ctx, id, { egress: found.IpPermissionsEgress ?? [], ingress: [] })
  },
  async read(ctx, id) {
    const found = await describe(ctx, id)
    return found && { ...outputs(ctx, found), description: found.Description ?? '' }
  },
  tag: tagEc2,
  async delete(ctx, id, state) {
    if (state.revokeRulesOnDelete === true) await revokeAll(ctx, id)
    await deleteWhenFree(ctx, () => ec2(ctx).deleteSecurityGroup({ GroupId: id }), 900_000)
    await ctx.until('security group to be gone', async () =>
      (await describe(ctx, id)) ? undefined : true,
    )
  },
})

const defaultSecurityGroup = awsType<DefaultSecurityGroupArgs, DefaultSecurityGroupState>({
  label: 'EC2 Default Security Group',
  inputs: {
    vpcId: fixed({ computed: true }),
    revokeRulesOnDelete: mutable({ default: false, local: true }),
    tags: mutable(),
  },
  async create(ctx, inputs) {
    const answer = await ec2(ctx).describeSecurityGroups({
      Filters: [
        { Name: 'group-name', Values: ['default'] },
        { Name: 'vpc-id', Values: [inputs.vpcId ?? (await defaultVpc(ctx))] },
      ],
    })
    return made(answer.SecurityGroups?.[0]?.GroupId, 'default security group')
  },
  async ready(ctx, id) {
    if (Object.keys(ctx.tags).length > 0)
      await ec2(ctx).createTags({ Resources: [id], Tags: tagList(ctx.tags) })
    await revokeAll(ctx, id)
  },
  async read(ctx, id) {
    const found = await describe(ctx, id)
    return found && { ...outputs(ctx, found), description: found.Description ?? '' }
  },
  tag: tagEc2,
  // AWS deletes it with its VPC; giving it up is all there is to do.
  delete: () => Promise.resolve(),
})

async function defaultVpc(ctx: AwsContext): Promise<string> {
  const answer = await ec2(ctx).describeVpcs({
    Filters: [{ Name: 'is-default', Values: ['true'] }],
  })
  const id = answer.Vpcs?.[0]?.VpcId
  if (id === undefined) throw new Error('no vpcId given and the region has no default VPC')
  return id
}

async function revokeAll(ctx: AwsContext, id: string): Promise<void> {
  const found = await describe(ctx, id)
  await revoke(ctx, id, {
    ingress: found?.IpPermissions ?? [],
    egress: found?.IpPermissionsEgress ?? [],
  })
}

async function revoke(
  ctx: AwsContext,
  id: string,
  rules: { ingress: IpPermission[]; egress: IpPermission[] },
): Promise<void> {
  const gone = (error: unknown): void => {
    if (!isCode(error, 'InvalidPermission.NotFound')) throw error
  }
  if (rules.ingress.length > 0)
    await ec2(ctx)
      .revokeSecurityGroupIngress({ GroupId: id, IpPermissions: rules.ingress.map(used) })
      .then(() => undefined, gone)
  if (rules.egress.length > 0)
    await ec2(ctx)
      .revokeSecurityGroupEgress({ GroupId: id, IpPermissions: rules.egress.map(used) })
      .then(() => undefined, gone)
}

// AWS refuses empty lists where it gave them itself.
const used = (permission: IpPermission): IpPermission =>
  Object.fromEntries(
    Object.entries(permission).filter(([, value]) => !Array.isArray(value) || value.length > 0),
  )

function outputs(ctx: AwsContext, found: SecurityGroup) {
  return {
    arn: ec2Arn(ctx, found.OwnerId, `security-group/${found.GroupId}`),
    ingress: (found.IpPermissions ?? []).map((rule) => inlineRule(rule, found.GroupId)),
    egress: (found.IpPermissionsEgress ?? []).map((rule) => inlineRule(rule, found.GroupId)),
    name: found.GroupName,
    ownerId: found.OwnerId,
    vpcId: found.VpcId,
    tagsAll: fromTagList(found.Tags),
  }
}

function inlineRule(rule: IpPermission, own: string | undefined) {
  const groups = (rule.UserIdGroupPairs ?? []).flatMap((pair) => pair.GroupId ?? [])
  return {
    cidrBlocks: (rule.IpRanges ?? []).flatMap((range) => range.CidrIp ?? []),
    description:
      rule.IpRanges?.[0]?.Description ?? orEmpty(rule.UserIdGroupPairs?.[0]?.Description),
    fromPort: orZero(rule.FromPort),
    ipv6CidrBlocks: (rule.Ipv6Ranges ?? []).flatMap((range) => range.CidrIpv6 ?? []),
    prefixListIds: (rule.PrefixListIds ?? []).flatMap((list) => list.PrefixListId ?? []),
    protocol: orEmpty(rule.IpProtocol),
    securityGroups: groups.filter((id) => id !== own),
    self: own !== undefined && groups.includes(own),
    toPort: orZero(rule.ToPort),
  }
}

export const types: Record<string, AwsType> = {
  'aws:ec2/securityGroup:SecurityGroup': securityGroup,
  'aws:ec2/defaultSecurityGroup:DefaultSecurityGroup': defaultSecurityGroup,
}
