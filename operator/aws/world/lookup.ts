// Finds a resource that a program may have created without its id getting into the state: a crash between AWS's answer
// and the checkpoint. By its name where names are unique, by the tenant's tags otherwise. Ids are Pulumi's.
import { crc32 } from 'node:zlib'
import { DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs'
import {
  DescribeLaunchTemplatesCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  type RouteTable,
} from '@aws-sdk/client-ec2'
import {
  DescribeBackupPolicyCommand,
  DescribeFileSystemPolicyCommand,
  DescribeFileSystemsCommand,
  DescribeMountTargetsCommand,
} from '@aws-sdk/client-efs'
import {
  DescribeAddonCommand,
  DescribeClusterCommand,
  DescribeNodegroupCommand,
  waitUntilClusterActive,
  waitUntilNodegroupActive,
  waitUntilNodegroupDeleted,
} from '@aws-sdk/client-eks'
import { GetRoleCommand, ListAttachedRolePoliciesCommand } from '@aws-sdk/client-iam'
import { resourceNameTag } from '../../api/aws/names.ts'
import { type TenantInput } from '../../api/tenant/stack.ts'
import type { Aws } from '../access/clients.ts'
import { ec2Kinds, listByTags } from '../cleanup/ec2-inventory.ts'
import { ifFound } from '../faults/sdk-faults.ts'

type Inputs = Record<string, unknown>
type Search = {
  aws: Aws
  inputs: Inputs
  tenant: TenantInput
  /** Ends a wait for what is half made or half gone, by throwing. */
  signal: AbortSignal
}
type Lookup = (search: Search) => Promise<string | undefined>

/** Its id, or undefined when AWS has none of the tenant's. */
export async function findCreated(type: string, search: Search): Promise<string | undefined> {
  const lookup = lookups[type] ?? byTag(type)
  return await lookup(search)
}

const lookups: Record<string, Lookup> = {
  'aws:ec2/defaultSecurityGroup:DefaultSecurityGroup': async ({ aws, inputs }) => {
    const Filters = [
      { Name: 'vpc-id', Values: [text(inputs['vpcId'])] },
      { Name: 'group-name', Values: ['default'] },
    ]
    const answer = await aws.ec2.send(new DescribeSecurityGroupsCommand({ Filters }))
    return answer.SecurityGroups?.[0]?.GroupId
  },
  // By tag, one that is to be replaced looks like the one that replaces it.
  'aws:ec2/launchTemplate:LaunchTemplate': async ({ aws, inputs, tenant }) => {
    const Filters = [{ Name: 'launch-template-name', Values: [text(inputs['name'])] }]
    const answer = await aws.ec2.send(new DescribeLaunchTemplatesCommand({ Filters }))
    const [template] = answer.LaunchTemplates ?? []
    const tags = Object.fromEntries((template?.Tags ?? []).map((t) => [t.Key, t.Value]))
    return isOf(tenant, tags) ? template?.LaunchTemplateId : undefined
  },
  'aws:ec2/route:Route': async ({ aws, inputs }) => {
    const destination = text(inputs['destinationCidrBlock'])
    const table = await routeTable(aws, inputs)
    const route = table?.Routes?.find((r) => r.DestinationCidrBlock === destination)
    const target = text(inputs['gatewayId'] ?? inputs['natGatewayId'])
    const ours = route?.GatewayId === target || route?.NatGatewayId === target
    return route && ours ? routeId(text(inputs['routeTableId']), destination) : undefined
  },
  'aws:ec2/routeTableAssociation:RouteTableAssociation': async ({ aws, inputs }) => {
    const table = await routeTable(aws, inputs)
    const subnetId = text(inputs['subnetId'])
    return table?.Associations?.find((a) => a.SubnetId === subnetId)?.RouteTableAssociationId
  },
  'aws:cloudwatch/logGroup:LogGroup': async ({ aws, inputs }) => {
    const name = text(inputs['name'])
    const request = new DescribeLogGroupsCommand({ logGroupNamePrefix: name })
    const { logGroups = [] } = await aws.logs.send(request)
    return logGroups.some((group) => group.logGroupName === name) ? name : undefined
  },
  'aws:iam/role:Role': async ({ aws, inputs }) => {
    const answer = await ifFound(
      aws.iam.send(new GetRoleCommand({ RoleName: text(inputs['name']) })),
    )
    return answer?.Role?.Path === inputs['path'] ? answer?.Role?.RoleName : undefined
  },
  'aws:iam/rolePolicyAttachment:RolePolicyAttachment': async ({ aws, inputs }) => {
    const RoleName = text(inputs['role'])
    const answer = await ifFound(aws.iam.send(new ListAttachedRolePoliciesCommand({ RoleName })))
    const attached = answer?.AttachedPolicies?.some((p) => p.PolicyArn === inputs['policyArn'])
    return attached ? `${RoleName}/${text(inputs['policyArn'])}` : undefined
  },
  'aws:eks/cluster:Cluster': async ({ aws, inputs, tenant, signal }) => {
    const name = text(inputs['name'])
    const answer = await ifFound(aws.eks.send(new DescribeClusterCommand({ name })))
    if (!isOf(tenant, answer?.cluster?.tags)) return undefined
    if (answer?.cluster?.status === 'CREATING') {
      await ended(waitUntilClusterActive(waiting(aws, signal), { name }), signal)
    }
    return name
  },
  'aws:eks/nodeGroup:NodeGroup': async ({ aws, inputs, tenant, signal }) => {
    const [clusterName, nodegroupName] = [
      text(inputs['clusterName']),
      text(inputs['nodeGroupName']),
    ]
    const request = new DescribeNodegroupCommand({ clusterName, nodegroupName })
    const answer = await ifFound(aws.eks.send(request))
    if (!isOf(tenant, answer?.nodegroup?.tags)) return undefined
    const status = answer?.nodegroup?.status
    const group = { clusterName, nodegroupName }
    if (status === 'CREATING')
      await ended(waitUntilNodegroupActive(waiting(aws, signal), group), signal)
    if (status === 'DELETING') {
      await waitUntilNodegroupDeleted(waiting(aws, signal), group)
      return undefined
    }
    return `${clusterName}:${nodegroupName}`
  },
  'aws:eks/addon:Addon': async ({ aws, inputs, tenant }) => {
    const [clusterName, addonName] = [text(inputs['clusterName']), text(inputs['addonName'])]
    const answer = await ifFound(aws.eks.send(new DescribeAddonCommand({ clusterName, addonName })))
    return isOf(tenant, answer?.addon?.tags) ? `${clusterName}:${addonName}` : undefined
  },
  'aws:efs/fileSystem:FileSystem': async ({ aws, inputs, tenant }) => {
    const CreationToken = text(inputs['creationToken'])
    const answer = await aws.efs.send(new DescribeFileSystemsCommand({ CreationToken }))
    const [fileSystem] = answer.FileSystems ?? []
    const tags = Object.fromEntries((fileSystem?.Tags ?? []).map((t) => [t.Key, t.Value]))
    return isOf(tenant, tags) ? fileSystem?.FileSystemId : undefined
  },
  'aws:efs/mountTarget:MountTarget': async ({ aws, inputs }) => {
    const FileSystemId = text(inputs['fileSystemId'])
    const answer = await ifFound(aws.efs.send(new DescribeMountTargetsCommand({ FileSystemId })))
    const subnetId = text(inputs['subnetId'])
    return answer?.MountTargets?.find((target) => target.SubnetId === subnetId)?.MountTargetId
  },
  'aws:efs/fileSystemPolicy:FileSystemPolicy': async ({ aws, inputs }) => {
    const FileSystemId = text(inputs['fileSystemId'])
    const request = new DescribeFileSystemPolicyCommand({ FileSystemId })
    return (await ifFound(aws.efs.send(request)))?.FileSystemId
  },
  'aws:efs/backupPolicy:BackupPolicy': async ({ aws, inputs }) => {
    const FileSystemId = text(inputs['fileSystemId'])
    const answer = await ifFound(aws.efs.send(new DescribeBackupPolicyCommand({ FileSystemId })))
    // One that is switched off is none.
    return answer?.BackupPolicy?.Status?.startsWith('ENABL') ? FileSystemId : undefined
  },
}

/** Taken over half made, a cluster would have no endpoint, and what comes after it could not be made. */
const waiting = ({ eks: client }: Aws, abortSignal: AbortSignal) => ({
  client,
  abortSignal,
  maxWaitTime: 1800,
  minDelay: 1,
  maxDelay: 15,
})

/** However it ended: one that failed is taken over as well, so that it is replaced or deleted. */
async function ended(creation: Promise<unknown>, signal: AbortSignal): Promise<void> {
  await Promise.allSettled([creation])
  signal.throwIfAborted()
}

const byTag =
  (type: string): Lookup =>
  async ({ aws, inputs, tenant }) => {
    const kind = ec2Kinds.find(({ pulumi }) => pulumi === type)
    const name = (inputs['tags'] as Record<string, string> | undefined)?.[resourceNameTag] // string tags, as AWS has them
    if (!kind || name === undefined) return undefined
    const tags = { 'cratekube.io/uid': tenant.uid, [resourceNameTag]: name }
    const found = await listByTags(kind, aws.ec2, tags)
    // A rule is listed below its group.
    return found[0]?.id.split('/').at(-1)
  }

async function routeTable(aws: Aws, inputs: Inputs): Promise<RouteTable | undefined> {
  const RouteTableIds = [text(inputs['routeTableId'])]
  const answer = await ifFound(aws.ec2.send(new DescribeRouteTablesCommand({ RouteTableIds })))
  return answer?.RouteTables?.[0]
}

/** As Terraform's provider makes it: the table, and a hash of the destination. */
export const routeId = (routeTableId: string, destination: string): string =>
  `r-${routeTableId}${crc32(destination)}`

const isOf = (tenant: TenantInput, tags: Record<string, string | undefined> | undefined) =>
  tags?.['cratekube.io/uid'] === tenant.uid

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
