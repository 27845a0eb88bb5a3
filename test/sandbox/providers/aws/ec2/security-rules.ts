// aws:vpc security group rules, one resource a rule, known by the rule's own id.
import type { IpPermission, SecurityGroupRuleRequest } from '@aws-sdk/client-ec2'
import type { Unwrap } from '@pulumi/pulumi'
import type {
  SecurityGroupIngressRuleArgs,
  SecurityGroupIngressRuleState,
} from '@pulumi/aws/vpc/securityGroupIngressRule.js'
import type { AwsContext } from '../context.ts'
import { ec2, ec2Arn, made, present, tagEc2, tagged } from './calls.ts'
import { ifExists, isCode } from '../errors.ts'
import { fromTagList } from '../tags.ts'
import { type AwsType, awsType, fixed, mutable } from '../type.ts'

type Inputs = Unwrap<SecurityGroupIngressRuleArgs>

const describe = async (ctx: AwsContext, id: string) =>
  (await ifExists(ec2(ctx).describeSecurityGroupRules({ SecurityGroupRuleIds: [id] })))
    ?.SecurityGroupRules?.[0]

// Ingress and egress rules have the same inputs and outputs.
const rule = (direction: 'Ingress' | 'Egress'): AwsType =>
  awsType<SecurityGroupIngressRuleArgs, SecurityGroupIngressRuleState>({
    label: `VPC Security Group ${direction} Rule`,
    inputs: {
      securityGroupId: fixed(),
      cidrIpv4: mutable(),
      cidrIpv6: mutable(),
      description: mutable(),
      fromPort: mutable(),
      ipProtocol: mutable(),
      prefixListId: mutable(),
      referencedSecurityGroupId: mutable(),
      toPort: mutable(),
      tags: mutable(),
    },
    async create(ctx, inputs) {
      const request = {
        GroupId: inputs.securityGroupId,
        IpPermissions: [permission(inputs)],
        ...tagged(ctx, 'security-group-rule'),
      }
      const answer = await ctx.retrying(
        () =>
          direction === 'Ingress'
            ? ec2(ctx).authorizeSecurityGroupIngress(request)
            : ec2(ctx).authorizeSecurityGroupEgress(request),
        (error) => isCode(error, 'InvalidGroup.NotFound'),
        60_000,
      )
      return made(answer.SecurityGroupRules?.[0]?.SecurityGroupRuleId, 'security group rule')
    },
    async read(ctx, id) {
      const found = await describe(ctx, id)
      if (!found) return undefined
      return {
        arn:
          found.SecurityGroupRuleArn ??
          ec2Arn(ctx, found.GroupOwnerId, `security-group-rule/${id}`),
        cidrIpv4: found.CidrIpv4,
        cidrIpv6: found.CidrIpv6,
        description: found.Description,
        ipProtocol: found.IpProtocol,
        fromPort: found.IpProtocol === '-1' ? undefined : found.FromPort,
        toPort: found.IpProtocol === '-1' ? undefined : found.ToPort,
        prefixListId: found.PrefixListId,
        referencedSecurityGroupId: found.ReferencedGroupInfo?.GroupId,
        securityGroupId: found.GroupId,
        securityGroupRuleId: id,
        tagsAll: fromTagList(found.Tags),
      }
    },
    async update(ctx, id, { inputs, changed }) {
      if (changed.size === 0) return
      await ec2(ctx).modifySecurityGroupRules({
        GroupId: inputs.securityGroupId,
        SecurityGroupRules: [{ SecurityGroupRuleId: id, SecurityGroupRule: ruleRequest(inputs) }],
      })
    },
    tag: tagEc2,
    async delete(ctx, id, state) {
      const request = { GroupId: state.securityGroupId, SecurityGroupRuleIds: [id] }
      const call =
        direction === 'Ingress'
          ? ec2(ctx).revokeSecurityGroupIngress(request)
          : ec2(ctx).revokeSecurityGroupEgress(request)
      await ifExists<unknown>(call)
    },
  })

function permission(inputs: Inputs): IpPermission {
  const note = present({ Description: inputs.description })
  return present({
    IpProtocol: inputs.ipProtocol,
    FromPort: inputs.fromPort,
    ToPort: inputs.toPort,
    IpRanges: inputs.cidrIpv4 ? [{ CidrIp: inputs.cidrIpv4, ...note }] : undefined,
    Ipv6Ranges: inputs.cidrIpv6 ? [{ CidrIpv6: inputs.cidrIpv6, ...note }] : undefined,
    PrefixListIds: inputs.prefixListId
      ? [{ PrefixListId: inputs.prefixListId, ...note }]
      : undefined,
    UserIdGroupPairs: inputs.referencedSecurityGroupId
      ? [{ GroupId: inputs.referencedSecurityGroupId, ...note }]
      : undefined,
  })
}

// All protocols have all ports, which a change, unlike a creation, must say.
const ports = (inputs: Inputs) =>
  inputs.ipProtocol === '-1'
    ? { FromPort: -1, ToPort: -1 }
    : { FromPort: inputs.fromPort, ToPort: inputs.toPort }

const ruleRequest = (inputs: Inputs): SecurityGroupRuleRequest =>
  present({
    IpProtocol: inputs.ipProtocol,
    ...ports(inputs),
    CidrIpv4: inputs.cidrIpv4,
    CidrIpv6: inputs.cidrIpv6,
    PrefixListId: inputs.prefixListId,
    ReferencedGroupId: inputs.referencedSecurityGroupId,
    Description: inputs.description,
  })

export const types: Record<string, AwsType> = {
  'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule': rule('Ingress'),
  'aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule': rule('Egress'),
}
