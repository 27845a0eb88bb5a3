// Measures a tenant cluster from outside, through its own API server. Changes nothing in it.
import {
  autofsName,
  loadTestNamespace,
  probeName,
  probeNamespace,
  systemNamespace,
} from '../../api/tenant-objects.ts'
import type { TenantClusterSpec } from '../../api/tenant-cluster.ts'
import { core, type Kube } from '../../framework/index.ts'
import { probeComplaint } from './autofs-probe.ts'

export type Measured = {
  /** As the API server says it, such as v1.36.2. */
  gitVersion: string
  nodes: { nodeGroup: string; ready: boolean; version: string }[]
  /** Undefined when the spec does not ask for the add-on. */
  autofs?: { workloads: Workload[]; complaint?: string }
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
    spec.autofs && autofsIn(kube, signal),
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

/** Both have to be there, and the probe's pods to be ready, before the maps are known to be served. */
async function autofsIn(kube: Kube, signal: AbortSignal): Promise<Measured['autofs']> {
  const [agents, probes] = await Promise.all([
    workloadsIn(kube, systemNamespace, signal),
    workloadsIn(kube, probeNamespace, signal),
  ])
  const wanted = [named(agents, `DaemonSet ${autofsName}`), named(probes, `DaemonSet ${probeName}`)]
  const probing = wanted.some((workload) => workload.ready < workload.desired)
  const complaint = probing ? await probeComplaint(kube, signal) : undefined
  return { workloads: wanted, ...(complaint !== undefined && { complaint }) }
}

const named = (workloads: Workload[], name: string): Workload =>
  workloads.find((workload) => workload.name === name) ?? { name, desired: Infinity, ready: 0 }

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
