// Measures a tenant cluster from outside, through its own API server. Changes nothing in it.
import { loadTestNamespace, systemNamespace } from '../../api/tenant-objects.ts'
import type { TenantClusterSpec } from '../../api/tenant-cluster.ts'
import { core, type Kube } from '../../framework/index.ts'

export type Measured = {
  /** As the API server says it, such as v1.36.2. */
  gitVersion: string
  nodes: { nodeGroup: string; ready: boolean; version: string }[]
  /** Workloads by namespace; undefined when the spec does not ask for the add-on. */
  autofs?: Workload[]
  loadTest?: Workload[]
}
export type Workload = { name: string; desired: number; ready: number }

export async function measure(
  kube: Kube,
  spec: TenantClusterSpec,
  signal: AbortSignal,
): Promise<Measured> {
  const [version, nodes, autofs, loadTest] = await Promise.all([
    kube.request('GET', '/version', undefined, { signal }),
    nodesOf(kube, signal),
    spec.autofs && workloadsIn(kube, systemNamespace, signal),
    spec.addons.loadTesting.enabled ? workloadsIn(kube, loadTestNamespace, signal) : undefined,
  ])
  const { gitVersion } = version as { gitVersion: string } // what /version is for
  return { gitVersion, nodes, ...(autofs && { autofs }), ...(loadTest && { loadTest }) }
}

async function nodesOf(kube: Kube, signal: AbortSignal): Promise<Measured['nodes']> {
  const { items } = await kube.list(core.node, { signal })
  return items.map(({ metadata, status }) => ({
    nodeGroup: metadata.labels?.['eks.amazonaws.com/nodegroup'] ?? '',
    ready: status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') ?? false,
    version: status?.nodeInfo?.kubeletVersion ?? '',
  }))
}

async function workloadsIn(kube: Kube, namespace: string, signal: AbortSignal) {
  const [daemonSets, deployments] = await Promise.all([
    kube.list(core.daemonSet, { namespace, signal }),
    kube.list(core.deployment, { namespace, signal }),
  ])
  const daemons = daemonSets.items.map(({ metadata, status }): Workload => ({
    name: `DaemonSet ${metadata.name}`,
    desired: rolledOut(metadata, status) ? (status?.desiredNumberScheduled ?? 0) : Infinity,
    ready: Math.min(status?.numberReady ?? 0, status?.updatedNumberScheduled ?? 0),
  }))
  const servers = deployments.items.map(({ metadata, spec, status }): Workload => ({
    name: `Deployment ${metadata.name}`,
    desired: rolledOut(metadata, status) ? (spec?.replicas ?? 1) : Infinity,
    ready: Math.min(status?.availableReplicas ?? 0, status?.updatedReplicas ?? 0),
  }))
  return [...daemons, ...servers]
}

/** Before that, the numbers in the status are those of an older spec. */
const rolledOut = (
  metadata: { generation?: number },
  status: { observedGeneration?: number } | undefined,
) => (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0)
