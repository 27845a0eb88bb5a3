// Everything in AWS that is a tenant's, each with how it is removed, ordered as it can be: what uses others first.
import { DeleteLogGroupCommand, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs'
import {
  DeleteFileSystemCommand,
  DeleteMountTargetCommand,
  DescribeMountTargetsCommand,
  paginateDescribeFileSystems,
  type FileSystemDescription,
} from '@aws-sdk/client-efs'
import {
  DeleteClusterCommand,
  DeleteNodegroupCommand,
  DescribeClusterCommand,
  ListNodegroupsCommand,
} from '@aws-sdk/client-eks'
import {
  DeleteRoleCommand,
  DetachRolePolicyCommand,
  ListAttachedRolePoliciesCommand,
  paginateListRoles,
} from '@aws-sdk/client-iam'
import { controlPlaneLogGroup, iamPath } from '../../api/aws/names.ts'
import { physicalName, type TenantInput } from '../../api/tenant/stack.ts'
import type { Aws } from '../access/clients.ts'
import { ec2Kinds, listByTags, type Ec2Kind, type Found } from './ec2-inventory.ts'
import { loadBalancingIn } from './elastic-load-balancing.ts'
import { ifFound } from '../faults/sdk-faults.ts'

export type Leftover = {
  type: string
  id: string
  remove(): Promise<unknown>
  /** Whether it was left by what ran in the cluster: no stack knows it. */
  stray?: boolean
}

export async function leftoversOf(tenant: TenantInput, aws: Aws): Promise<Leftover[]> {
  const vpcIds = await vpcsOf(tenant, aws)
  const groups = await Promise.all([
    clusters(tenant, aws),
    fileSystems(tenant, aws),
    loadBalancers(vpcIds, aws),
    ec2Leftovers(tenant, aws, vpcIds),
    logGroups(tenant, aws),
    roles(tenant, aws),
  ])
  return groups.flat()
}

/** Those of them that only our programs make, but for what is in EC2. */
export async function madeByPrograms(tenant: TenantInput, aws: Aws): Promise<Leftover[]> {
  const kinds = [clusters(tenant, aws), fileSystems(tenant, aws), roles(tenant, aws)]
  return (await Promise.all(kinds)).flat()
}

async function clusters(tenant: TenantInput, { eks }: Aws): Promise<Leftover[]> {
  const name = physicalName(tenant)
  const answer = await ifFound(eks.send(new DescribeClusterCommand({ name })))
  if (answer?.cluster?.tags?.['cratekube.io/uid'] !== tenant.uid) return []
  const listed = await ifFound(eks.send(new ListNodegroupsCommand({ clusterName: name })))
  const groups = (listed?.nodegroups ?? []).map((nodegroupName) => ({
    type: 'eks:nodegroup',
    id: `${name}/${nodegroupName}`,
    remove: async () =>
      await eks.send(new DeleteNodegroupCommand({ clusterName: name, nodegroupName })),
  }))
  const remove = async () => await eks.send(new DeleteClusterCommand({ name }))
  return [...groups, { type: 'eks:cluster', id: name, remove }]
}

/** Tags of EFS cannot be filtered by; the creation token of ours begins with the tenant's name. */
async function fileSystems(tenant: TenantInput, { efs }: Aws): Promise<Leftover[]> {
  const found: FileSystemDescription[] = []
  for await (const page of paginateDescribeFileSystems({ client: efs }, {})) {
    found.push(...(page.FileSystems ?? []))
  }
  const isOurs = ({ Tags = [] }: FileSystemDescription) =>
    Tags.some((tag) => tag.Key === 'cratekube.io/uid' && tag.Value === tenant.uid)
  const ids = found.filter(isOurs).flatMap(({ FileSystemId }) => FileSystemId ?? [])
  return (await Promise.all(ids.map(async (id) => await fileSystem(id, efs)))).flat()
}

async function fileSystem(FileSystemId: string, efs: Aws['efs']): Promise<Leftover[]> {
  const answer = await ifFound(efs.send(new DescribeMountTargetsCommand({ FileSystemId })))
  const targets = (answer?.MountTargets ?? []).flatMap(({ MountTargetId }) => MountTargetId ?? [])
  return [
    ...targets.map((id) => ({
      type: 'efs:mount-target',
      id,
      remove: async () => await efs.send(new DeleteMountTargetCommand({ MountTargetId: id })),
    })),
    {
      type: 'efs:file-system',
      id: FileSystemId,
      remove: async () => await efs.send(new DeleteFileSystemCommand({ FileSystemId })),
    },
  ]
}

async function vpcsOf({ uid }: TenantInput, { ec2 }: Aws): Promise<string[]> {
  const kind = ec2Kinds.filter(({ type }) => type === 'ec2:vpc')
  const vpcs = kind.map(async (vpc) => await listByTags(vpc, ec2, { 'cratekube.io/uid': uid }))
  return (await Promise.all(vpcs)).flat().map(({ id }) => id)
}

/** Whatever balances load in a VPC of the tenant's is the tenant's; their tags depend on who made them. */
async function loadBalancers(vpcIds: string[], aws: Aws): Promise<Leftover[]> {
  const found = await loadBalancingIn(vpcIds, aws)
  return found.map((balancing) => ({ ...balancing, stray: true }))
}

async function ec2Leftovers(
  tenant: TenantInput,
  { ec2 }: Aws,
  vpcIds: string[],
): Promise<Leftover[]> {
  const ours = { 'cratekube.io/uid': tenant.uid }
  // What the cluster's own controllers made: volumes of claims, groups of load balancers.
  const clusters = { [`kubernetes.io/cluster/${physicalName(tenant)}`]: 'owned' }
  const inVpcs = vpcIds.map((id) => [{ Name: 'vpc-id', Values: [id] }])
  const kinds = ec2Kinds.map(async (kind) => {
    const lists = await Promise.all([
      listByTags(kind, ec2, ours),
      listByTags(kind, ec2, clusters),
      ...(kind.byVpc ? inVpcs : []).map(async (filter) => await kind.list(ec2, filter)),
    ])
    return unique(lists.flat()).map((found) => ({
      ...leftover(kind, found, ec2),
      stray: isStray(kind, found, tenant),
    }))
  })
  return (await Promise.all(kinds)).flat()
}

const unique = (found: Found[]): Found[] => [...new Map(found.map((f) => [f.id, f])).values()]

/** Interfaces of nodes bear the tenant's tags, and pod networking leaves some of them behind. */
const isStray = ({ type }: Ec2Kind, { tags, idle }: Found, { uid }: TenantInput): boolean =>
  type === 'ec2:network-interface'
    ? idle === true
    : type === 'ec2:security-group' && tags['cratekube.io/uid'] !== uid

const leftover = (kind: Ec2Kind, { id }: Found, ec2: Aws['ec2']): Leftover => ({
  type: kind.type,
  id,
  remove: async () => await kind.remove(ec2, id),
})

async function logGroups(tenant: TenantInput, { logs }: Aws): Promise<Leftover[]> {
  const name = controlPlaneLogGroup(physicalName(tenant))
  const answer = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: name }))
  const exists = (answer.logGroups ?? []).some((group) => group.logGroupName === name)
  const remove = async () => await logs.send(new DeleteLogGroupCommand({ logGroupName: name }))
  return exists ? [{ type: 'logs:log-group', id: name, remove }] : []
}

async function roles(tenant: TenantInput, { iam }: Aws): Promise<Leftover[]> {
  const names: string[] = []
  for await (const page of paginateListRoles({ client: iam }, { PathPrefix: iamPath(tenant) })) {
    names.push(...(page.Roles ?? []).flatMap(({ RoleName }) => RoleName ?? []))
  }
  return names.map((name) => ({
    type: 'iam:role',
    id: name,
    remove: async () => await removeRole(name, iam),
  }))
}

async function removeRole(RoleName: string, iam: Aws['iam']): Promise<void> {
  const { AttachedPolicies = [] } = await iam.send(
    new ListAttachedRolePoliciesCommand({ RoleName }),
  )
  const detach = AttachedPolicies.map(
    async ({ PolicyArn }) => await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn })),
  )
  await Promise.all(detach)
  await iam.send(new DeleteRoleCommand({ RoleName }))
}
