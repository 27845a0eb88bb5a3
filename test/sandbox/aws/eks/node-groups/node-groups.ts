// EKS managed node groups: create, describe, list, delete. Their changes are in node-group-updates.ts.
import { launchIssue } from './launch-failures.ts'
import { randomUUID } from 'node:crypto'
import { addNodeRoleEntry } from '../access/access.ts'
import { checkRole, describeSubnets } from '../clusters/cluster-network.ts'
import { invalidParameter, invalidRequest, resourceInUse } from '../errors.ts'
import {
  checkInstanceTypes,
  createSchema,
  kubernetesTaint,
  nodeGroupView,
  refuseContradictions,
  resolveTemplate,
  scalingOf,
} from './node-group-input.ts'
import type { CreateInput, ResolvedTemplate } from './node-group-input.ts'
import { removeAllNodes, settleNodes } from './nodes.ts'
import {
  arnOf,
  background,
  clusterOf,
  given,
  isRepeat,
  nodeGroupOf,
  nowSeconds,
  page,
  read,
  tokenOf,
} from '../service.ts'
import type { EksCall } from '../service.ts'
import type { Cluster, IdempotencyToken, NodeGroup } from '../state.ts'
import { timing } from '../timing.ts'

export async function createNodegroup(c: EksCall) {
  const cluster = clusterOf(c)
  const input = read(c, createSchema)
  const token = tokenOf(c)
  const existing = repeated(cluster, input.nodegroupName, token)
  if (existing) return { nodegroup: nodeGroupView(cluster, existing) }
  if (cluster.status !== 'ACTIVE' && cluster.status !== 'UPDATING')
    throw invalidRequest(`Cluster '${cluster.name}' is not in ACTIVE status`, {
      clusterName: cluster.name,
    })
  const version = input.version ?? cluster.version
  if (version !== cluster.version) throw wrongVersion(cluster, version)
  const template = await resolveTemplate(c, input.launchTemplate)
  refuseContradictions(input, template)
  await checkPlace(c, cluster, input)
  await checkInstanceTypes(c, typesOf(input, template))
  await checkRole(c, input.nodeRole, 'ec2.amazonaws.com')
  // The checks took time: of two calls at once, one has won.
  const winner = repeated(cluster, input.nodegroupName, token)
  if (winner) return { nodegroup: nodeGroupView(cluster, winner) }
  const group: NodeGroup = { ...newNodeGroup(cluster, input, template), token }
  cluster.nodeGroups.set(group.name, group)
  await addNodeRoleEntry(c, cluster, group.nodeRole)
  background(c, () => bringUp(c, cluster, group))
  return { nodegroup: nodeGroupView(cluster, group) }
}

/** The group that an earlier call with this token has made; refused when another call made it. */
function repeated(cluster: Cluster, name: string, token: IdempotencyToken): NodeGroup | undefined {
  const existing = cluster.nodeGroups.get(name)
  if (!existing || isRepeat(existing.token, token)) return existing
  throw resourceInUse(
    `NodeGroup already exists with name ${name} and cluster name ${cluster.name}`,
    { clusterName: cluster.name, nodegroupName: name },
  )
}

export const wrongVersion = (cluster: Cluster, version: string) =>
  invalidParameter(
    `Nodegroup Kubernetes version should be equal to Cluster kubernetes version ${cluster.version} or NodeGroup kubernetes version ${version}`,
    {
      clusterName: cluster.name,
    },
  )

async function checkPlace(c: EksCall, cluster: Cluster, input: CreateInput): Promise<void> {
  const subnets = await describeSubnets(c, c.region, input.subnets)
  const foreign = subnets.find((subnet) => subnet.VpcId !== cluster.vpc.vpcId)
  if (foreign)
    throw invalidParameter(
      `Subnet ${foreign.SubnetId} does not belong to the VPC of cluster ${cluster.name}`,
      { clusterName: cluster.name },
    )
}

const typesOf = (input: CreateInput, template: ResolvedTemplate | undefined) =>
  input.instanceTypes ?? (template?.instanceType ? [template.instanceType] : ['t3.medium'])

function newNodeGroup(
  cluster: Cluster,
  input: CreateInput,
  template: ResolvedTemplate | undefined,
): Omit<NodeGroup, 'token'> {
  const id = randomUUID()
  const name = input.nodegroupName
  const { subnets, nodeRole, labels, updateConfig, tags, capacityType, nodeRepairConfig } = input
  return {
    name,
    subnets,
    nodeRole,
    labels,
    updateConfig,
    tags,
    capacityType,
    ...imageOf(cluster, input, template),
    ...given({ nodeRepairConfig }),
    arn: arnOf(cluster.region, `nodegroup/${cluster.name}/${name}/${id}`),
    status: 'CREATING',
    createdAt: nowSeconds(),
    modifiedAt: nowSeconds(),
    scaling: scalingOf(input.scalingConfig, {
      minSize: 1,
      maxSize: 2,
      desiredSize: Math.max(2, input.scalingConfig?.minSize ?? 0),
    }),
    instanceTypes: typesOf(input, template),
    taints: input.taints.map(kubernetesTaint),
    issues: [],
    autoScalingGroup: `eks-${name}-${id}`,
    nodes: [],
  }
}

function imageOf(cluster: Cluster, input: CreateInput, template: ResolvedTemplate | undefined) {
  const version = input.version ?? cluster.version
  return {
    version,
    interfaceTags: template?.interfaceTags ?? {},
    releaseVersion: input.releaseVersion ?? template?.imageId ?? `${version}.0-20261101`,
    amiType: input.amiType ?? (template?.imageId ? 'CUSTOM' : 'AL2023_x86_64_STANDARD'),
    ...(template
      ? { launchTemplate: { name: template.name, id: template.id, version: template.version } }
      : { diskSize: input.diskSize ?? 20 }),
  }
}

async function bringUp(c: EksCall, cluster: Cluster, group: NodeGroup): Promise<void> {
  const fault = c.call.fault?.action
  try {
    if (fault?.type === 'fail-create' || fault?.type === 'fail-launch') {
      await c.clock.sleep(timing.nodeGroupCreate)
      group.issues.push(
        ...(fault.type === 'fail-create'
          ? fault.issues
          : [launchIssue(fault.cause, group.autoScalingGroup)]),
      )
      group.status = 'CREATE_FAILED'
      return
    }
    await Promise.all([settleNodes(c, cluster, group), c.clock.sleep(timing.nodeGroupCreate)])
    group.status = 'ACTIVE'
  } catch (error) {
    group.issues.push({
      code: 'NodeCreationFailure',
      message: error instanceof Error ? error.message : String(error),
      resourceIds: [],
    })
    group.status = 'CREATE_FAILED'
    throw error
  }
}

export function describeNodegroup(c: EksCall) {
  const cluster = clusterOf(c)
  return { nodegroup: nodeGroupView(cluster, nodeGroupOf(c, cluster)) }
}

export function listNodegroups(c: EksCall) {
  const { names, nextToken } = page(c.query, [...clusterOf(c).nodeGroups.keys()].toSorted())
  return { nodegroups: names, nextToken }
}

export function deleteNodegroup(c: EksCall) {
  const cluster = clusterOf(c)
  const group = nodeGroupOf(c, cluster)
  if (group.status === 'CREATING' || group.status === 'UPDATING')
    throw resourceInUse('Nodegroup cannot be deleted as it is currently not in Active State', {
      clusterName: cluster.name,
      nodegroupName: group.name,
    })
  if (group.status !== 'DELETING') background(c, () => takeDown(c, cluster, group))
  group.status = 'DELETING'
  return { nodegroup: nodeGroupView(cluster, group) }
}

async function takeDown(c: EksCall, cluster: Cluster, group: NodeGroup): Promise<void> {
  const leaked = c.call.fault?.action.type === 'leak-eni' ? group.nodes[0] : undefined
  try {
    if (leaked) leaked.eniId = 'eni-00000000000000000'
    await Promise.all([removeAllNodes(c, cluster, group), c.clock.sleep(timing.nodeGroupDelete)])
  } catch (error) {
    group.issues.push({
      code: 'InternalFailure',
      message: error instanceof Error ? error.message : String(error),
      resourceIds: [],
    })
    group.status = 'DELETE_FAILED'
    throw error
  }
  cluster.nodeGroups.delete(group.name)
}
