// The nodes of a node group: for each an elastic network interface in moto and a node in the cluster's backend.
import { CreateNetworkInterfaceCommand, DeleteNetworkInterfaceCommand } from '@aws-sdk/client-ec2'
import { asAdmin, untilReady } from '../../backends/kubernetes.ts'
import { isAwsError } from '../../sdk-errors.ts'
import { describeSubnets } from '../clusters/cluster-network.ts'
import { hexId } from '../service.ts'
import type { EksDeps } from '../service.ts'
import { cordon, drain, evictionLimitMs } from './drain.ts'
import type { Cluster, NodeGroup, NodeInstance } from '../state.ts'

/** Starts or ends nodes until as many run as the group desires. */
export async function settleNodes(c: EksDeps, cluster: Cluster, group: NodeGroup): Promise<void> {
  const missing = group.scaling.desiredSize - group.nodes.length
  const first = group.nodes.length
  await Promise.all(
    Array.from({ length: Math.max(0, missing) }, (_, i) =>
      addNode(c, { cluster, group, index: first + i }),
    ),
  )
  const surplus = group.nodes.slice(group.scaling.desiredSize)
  await Promise.all(surplus.map((node) => removeNode(c, { cluster, group, node })))
}

/**
 * New version or template: the nodes that are not of it get no more pods, and as many at once as updateConfig allows are
 * replaced: new ones first, then the old ones are drained and go. What an earlier update has replaced is left alone.
 */
export async function replaceNodes(
  c: EksDeps,
  cluster: Cluster,
  o: { group: NodeGroup; msPerNode: number; force: boolean },
): Promise<void> {
  const { group } = o
  const old = group.nodes.filter((node) => node.configuration !== configurationOf(group))
  const atOnce = unavailableAtOnce(group)
  for (let from = 0; from < old.length; from += atOnce) {
    const batch = old.slice(from, from + atOnce)
    await Promise.all([
      ...batch.map((_, i) => addNode(c, { cluster, group, index: from + i })),
      c.clock.sleep(o.msPerNode),
    ])
    if (from === 0) await Promise.all(old.map((node) => cordon(c, cluster, node.name)))
    await Promise.all(
      batch.map(async (node) => {
        const limitMs = evictionLimitMs(c.clock)
        await drain(c, cluster, { node: node.name, force: o.force, limitMs })
        await removeNode(c, { cluster, group, node })
      }),
    )
  }
}

/** One at least, or no update would ever get on. */
function unavailableAtOnce({ updateConfig, scaling }: NodeGroup): number {
  const { maxUnavailable = 1, maxUnavailablePercentage: share } = updateConfig
  return share === undefined
    ? maxUnavailable
    : Math.max(1, Math.floor((scaling.desiredSize * share) / 100))
}

const configurationOf = ({ version, releaseVersion, launchTemplate }: NodeGroup) =>
  [version, releaseVersion, launchTemplate?.version].join(' ')

export async function removeAllNodes(
  c: EksDeps,
  cluster: Cluster,
  group: NodeGroup,
): Promise<void> {
  await Promise.all(group.nodes.map((node) => removeNode(c, { cluster, group, node })))
}

async function addNode(
  c: EksDeps,
  o: { cluster: Cluster; group: NodeGroup; index: number },
): Promise<void> {
  const { cluster, group } = o
  const subnetId = group.subnets[o.index % group.subnets.length] ?? ''
  const [subnet] = await describeSubnets(c, cluster.region, [subnetId])
  const instanceId = `i-0${hexId(8)}`
  const made = await c.moto.ec2(cluster.region).send(
    new CreateNetworkInterfaceCommand({
      SubnetId: subnetId,
      Description: `Primary network interface of ${instanceId}`,
      Groups: cluster.clusterSecurityGroupId === undefined ? [] : [cluster.clusterSecurityGroupId],
      TagSpecifications: [
        {
          ResourceType: 'network-interface',
          Tags: [
            { Key: 'eks:cluster-name', Value: cluster.name },
            { Key: 'eks:nodegroup-name', Value: group.name },
            ...Object.entries(group.interfaceTags).map(([Key, Value]) => ({ Key, Value })),
          ],
        },
      ],
    }),
  )
  const zone = subnet?.AvailabilityZone ?? `${cluster.region}a`
  const node: NodeInstance = {
    name: nodeName(made.NetworkInterface?.PrivateIpAddress ?? instanceId, cluster.region),
    instanceId,
    eniId: made.NetworkInterface?.NetworkInterfaceId ?? '',
    zone,
    instanceType: group.instanceTypes[0] ?? 't3.medium',
    configuration: configurationOf(group),
  }
  group.nodes.push(node)
  await c.backend.addNode({
    cluster: cluster.backendName,
    name: node.name,
    version: group.version,
    labels: nodeLabels(cluster, group, node),
    taints: group.taints,
    instanceType: node.instanceType,
    zone,
    providerId: `aws:///${zone}/${instanceId}`,
  })
  await joined(c, cluster, node)
}

/** EKS gives nodes about 21 minutes to join; a machine that is slow in earnest gets two real ones. */
async function joined(c: EksDeps, cluster: Cluster, node: NodeInstance): Promise<void> {
  const timeoutMs = Math.max(120_000, (21 * 60_000) / c.clock.speed)
  await asAdmin(await c.backend.adminKubeconfig(cluster.backendName), (client) =>
    untilReady(client, node.name, { timeoutMs, signal: c.clock.signal }),
  )
}

const nodeName = (ip: string, region: string) =>
  `ip-${ip.replaceAll('.', '-')}.${region === 'us-east-1' ? 'ec2' : `${region}.compute`}.internal`

const nodeLabels = (cluster: Cluster, group: NodeGroup, node: NodeInstance) => ({
  ...group.labels,
  'eks.amazonaws.com/nodegroup': group.name,
  'eks.amazonaws.com/capacityType': group.capacityType,
  'eks.amazonaws.com/nodegroup-image': group.releaseVersion,
  'node.kubernetes.io/instance-type': node.instanceType,
  'topology.kubernetes.io/region': cluster.region,
  'topology.kubernetes.io/zone': node.zone,
})

async function removeNode(
  c: EksDeps,
  o: { cluster: Cluster; group: NodeGroup; node: NodeInstance },
): Promise<void> {
  await c.backend.removeNode({ cluster: o.cluster.backendName, name: o.node.name })
  try {
    await c.moto
      .ec2(o.cluster.region)
      .send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: o.node.eniId }))
  } catch (error) {
    if (!isAwsError(error, 'InvalidNetworkInterfaceID.NotFound')) throw error
  }
  o.group.nodes = o.group.nodes.filter((node) => node !== o.node)
}
