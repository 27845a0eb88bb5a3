// What AWS checks the policy of a caller for when it is asked for something: the action on each of its resources, with
// the tags of those and of the request, and the actions that AWS takes behind the call on the caller's behalf.
import { DescribeTagsCommand } from '@aws-sdk/client-ec2'
import { GetRoleCommand } from '@aws-sdk/client-iam'
import { jsonBody, type Call } from '../call.ts'
import { accountId, type Moto } from '../moto/moto.ts'
import { checkedTypes, madeType, typeOfId } from './ec2-resources.ts'
import type { Demand } from './evaluate.ts'

export async function demandsOf(moto: Moto, call: Call): Promise<Demand[]> {
  const action = `${call.service}:${call.operation}`
  if (call.service === 'ec2') return ec2Demands(moto, call, action)
  if (call.service === 'iam') return [await roleDemand(moto, call, action)]
  if (call.service === 'logs') return [{ action, resource: logGroup(call), context: {} }]
  return [{ action, resource: '*', context: {} }, ...behind(call)]
}

async function ec2Demands(moto: Moto, call: Call, action: string): Promise<Demand[]> {
  const requestTags = tagContext('aws:RequestTag/', requestTagsOf(call))
  const made = madeType[call.operation]
  const checked = checkedTypes[call.operation] ?? Object.values(typeOfId)
  const targets = /^(Describe|Get)/.test(call.operation)
    ? []
    : [...new Set(call.form.values())].flatMap((id) => {
        const type = typeOfId[/^([a-z]+)-[0-9a-f]{8,}$/.exec(id)?.[1] ?? '']
        return type !== undefined && type !== made && checked.includes(type) ? [{ type, id }] : []
      })
  const existing = await Promise.all(
    targets.map(async ({ type, id }) => ({
      action,
      resource: arn(call, `${type}/${id}`),
      context: tagContext('aws:ResourceTag/', await tagsOf(moto, call.region, id)),
    })),
  )
  if (made === undefined)
    return existing.length > 0 ? existing : [{ action, resource: '*', context: {} }]
  const resource = arn(call, `${made}/*`)
  const tagged = { 'ec2:CreateAction': call.operation, ...requestTags }
  return [
    { action, resource, context: requestTags },
    ...existing,
    ...(Object.keys(requestTags).length > 0
      ? [{ action: 'ec2:CreateTags', resource, context: tagged }]
      : []),
    ...behind(call),
  ]
}

const plain = (action: string): Demand => ({ action, resource: '*', context: {} })

/**
 * EFS: the text of CreateMountTarget, ModifyMountTargetSecurityGroups and DeleteMountTarget in its API reference. EC2: the
 * service authorization reference on CreateVpcEndpoint. EKS: the user guide on roles that are passed on and made.
 */
function behind(call: Call): Demand[] {
  switch (`${call.service}:${call.operation}`) {
    case 'elasticfilesystem:CreateFileSystem':
      return [plain('elasticfilesystem:TagResource')]
    case 'elasticfilesystem:CreateMountTarget':
      return ['DescribeSubnets', 'DescribeNetworkInterfaces', 'CreateNetworkInterface'].map(
        (name) => plain(`ec2:${name}`),
      )
    case 'elasticfilesystem:DeleteMountTarget':
      return [plain('ec2:DeleteNetworkInterface')]
    case 'elasticfilesystem:ModifyMountTargetSecurityGroups':
      return [plain('ec2:ModifyNetworkInterfaceAttribute')]
    case 'ec2:CreateVpcEndpoint':
      return call.form.get('PrivateDnsEnabled') === 'true'
        ? [plain('route53:AssociateVPCWithHostedZone')]
        : []
    case 'eks:CreateCluster':
      return [passed(call, 'roleArn', 'eks'), linked('eks')]
    case 'eks:CreateNodegroup':
      return [passed(call, 'nodeRole', 'eks'), linked('eks-nodegroup'), plain('ec2:RunInstances')]
    case 'eks:CreatePodIdentityAssociation':
      return [passed(call, 'roleArn', 'pods.eks')]
    default:
      return []
  }
}

const passed = (call: Call, member: string, service: string): Demand => ({
  action: 'iam:PassRole',
  resource: String(jsonBody(call)[member]),
  context: { 'iam:PassedToService': `${service}.amazonaws.com` },
})

const linked = (service: string): Demand => ({
  action: 'iam:CreateServiceLinkedRole',
  resource: `arn:aws:iam::${accountId}:role/aws-service-role/${service}.amazonaws.com/AWSServiceRole`,
  context: { 'iam:AWSServiceName': `${service}.amazonaws.com` },
})

async function roleDemand(moto: Moto, call: Call, action: string): Promise<Demand> {
  const name = call.form.get('RoleName')
  const policy = call.form.get('PolicyArn')
  const context: Record<string, string> = policy === null ? {} : { 'iam:PolicyARN': policy }
  if (name === null) return { action, resource: '*', context }
  const known = await moto
    .iam()
    .send(new GetRoleCommand({ RoleName: name }))
    .catch(() => undefined) // one that is not there is checked by the path of the request
  const resource =
    known?.Role?.Arn ??
    `arn:aws:iam::${accountId}:role${call.form.get('Path') ?? '/cratekube/'}${name}`
  return { action, resource, context }
}

function logGroup(call: Call): string {
  const { logGroupName, resourceArn } = jsonBody(call)
  if (typeof resourceArn === 'string') return resourceArn
  return typeof logGroupName === 'string'
    ? `arn:aws:logs:${call.region}:${accountId}:log-group:${logGroupName}`
    : '*'
}

const arn = (call: Call, what: string) => `arn:aws:ec2:${call.region}:${accountId}:${what}`

function requestTagsOf({ form }: Call): Record<string, string> {
  const tags: Record<string, string> = {}
  for (const [name, key] of form)
    if (/^TagSpecification\.\d+\.Tag\.\d+\.Key$/.test(name))
      tags[key] = form.get(name.replace(/Key$/, 'Value')) ?? ''
  return tags
}

async function tagsOf(moto: Moto, region: string, id: string): Promise<Record<string, string>> {
  const Filters = [{ Name: 'resource-id', Values: [id] }]
  const { Tags = [] } = await moto.ec2(region).send(new DescribeTagsCommand({ Filters }))
  return Object.fromEntries(Tags.map(({ Key = '', Value = '' }) => [Key, Value]))
}

const tagContext = (prefix: string, tags: Record<string, string>) =>
  Object.fromEntries(Object.entries(tags).map(([key, value]) => [prefix + key, value]))
