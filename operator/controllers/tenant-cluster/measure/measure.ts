// Measures a tenant cluster from outside, through its own API server. Changes nothing in it, and believes nothing of what it
// answers to be small or well-formed: lists are counted page by page, texts are cut.
import { placementOf, type Placement } from '../../../api/tenant/placement.ts'
import {
  autofsName,
  loadTestNamespace,
  loadTestRelease,
  probeName,
  probeNamespace,
  systemNamespace,
} from '../../../api/tenant/tenant-objects.ts'
import type { NodePool, TenantClusterSpec } from '../../../api/tenant/tenant-cluster.ts'
import {
  clipped,
  core,
  KubeError,
  type Kind,
  type KubeObject,
  type TenantKube,
} from '../../../framework/index.ts'
import type { ManagerFace } from '../../../provider/contract.ts'
import { probeComplaint } from './autofs-probe.ts'

export type Measured = {
  /** As the API server says it, such as v1.36.2. */
  gitVersion: string
  /** By the name of the pool, for those of the spec. */
  pools: ReadonlyMap<string, PoolCount>
  /** Undefined when the spec does not ask for the add-on. */
  autofs?: { workloads: Workload[]; complaint?: string }
  loadTest?: (Workload & { placement: Placement })[]
}
/** `version` is the oldest: while a pool is upgraded its nodes differ, and the upgrade is as far as the last of them. */
export type PoolCount = { ready: number; version?: string }
export type Workload = { name: string; desired: number; ready: number }

/** What everything that is asked in one look may take together. */
export const lookBytes = 64 * 2 ** 20
const versionBytes = 65_536
/** A version or a name that is longer is none of Kubernetes'. */
const longestWord = 253

/** Asked first, because it is cheap: who does not answer this is asked nothing else. */
export async function versionOf(kube: TenantKube, signal: AbortSignal): Promise<string> {
  const answer = await kube.within({ signal, maxBytes: versionBytes }).request('GET', '/version')
  const { gitVersion } = (answer ?? {}) as { gitVersion?: unknown } // checked here
  if (typeof gitVersion === 'string') return clipped(gitVersion, longestWord)
  throw new KubeError('GET /version: no gitVersion in it', { status: 0, reason: 'BadAnswer' })
}

/** One request after the other, so that one answer is held at a time. */
export async function measure(
  tenant: TenantKube,
  spec: Pick<TenantClusterSpec, 'nodePools' | 'autofs' | 'addons'>,
  { signal, nodes }: { signal: AbortSignal; nodes: NodeNames },
): Promise<Omit<Measured, 'gitVersion'>> {
  const kube = tenant.within({ signal, maxBytes: lookBytes })
  const pools = await countNodes(kube, spec.nodePools, nodes)
  const autofs = spec.autofs && (await autofsIn(kube, signal))
  const loadTest = spec.addons.loadTesting.enabled ? await loadTestIn(kube) : undefined
  return { pools, ...(autofs && { autofs }), ...(loadTest && { loadTest }) }
}

/** How the nodes of a pool are known. */
type NodeNames = Pick<ManagerFace, 'poolLabel' | 'poolOf'>

async function countNodes(
  kube: TenantKube,
  wanted: NodePool[],
  { poolLabel, poolOf }: NodeNames,
): Promise<Map<string, PoolCount>> {
  const pools = new Map(wanted.map(({ name }): [string, PoolCount] => [name, { ready: 0 }]))
  for await (const nodes of kube.pages(core.node, { labelSelector: poolLabel })) {
    for (const { metadata, status } of nodes) {
      const pool = pools.get(poolOf(metadata.labels?.[poolLabel] ?? ''))
      if (pool) count(pool, status)
    }
  }
  return pools
}

function count(pool: PoolCount, status: ObjectOf<typeof core.node>['status']): void {
  if (status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True')) pool.ready++
  const version = clipped(String(status?.nodeInfo?.kubeletVersion ?? ''), longestWord)
  if (version && (!pool.version || isOlder(version, pool.version))) pool.version = version
}

const isOlder = (a: string, b: string) => a.localeCompare(b, 'en', { numeric: true }) < 0

/** Both have to be there, and the probe's pods to be ready, before the maps are known to be served. */
async function autofsIn(kube: TenantKube, signal: AbortSignal): Promise<Measured['autofs']> {
  const workloads = [
    await daemonSet(kube, autofsName, systemNamespace),
    await daemonSet(kube, probeName, probeNamespace),
  ]
  const probing = workloads.some((workload) => workload.ready < workload.desired)
  const complaint = probing ? await probeComplaint(kube, signal) : undefined
  return { workloads, ...(complaint !== undefined && { complaint }) }
}

async function daemonSet(kube: TenantKube, name: string, namespace: string): Promise<Workload> {
  const found = await kube.get(core.daemonSet, name, namespace)
  const {
    desiredNumberScheduled = 0,
    numberReady = 0,
    updatedNumberScheduled = 0,
  } = found?.status ?? {}
  return {
    name: `DaemonSet ${name}`,
    desired: rolledOut(found) ? desiredNumberScheduled : Infinity,
    ready: Math.min(numberReady, updatedNumberScheduled),
  }
}

/** By label, for the values of the chart can give it another name. */
async function loadTestIn(kube: TenantKube): Promise<NonNullable<Measured['loadTest']>> {
  const labelSelector = `app.kubernetes.io/name=${loadTestRelease},app.kubernetes.io/instance=${loadTestRelease}`
  const place = { namespace: loadTestNamespace, labelSelector, limit: 5, maxPages: 1 }
  const workloads: NonNullable<Measured['loadTest']> = []
  for await (const deployments of kube.pages(core.deployment, place)) {
    workloads.push(...deployments.map(deployment))
  }
  return workloads
}

function deployment(
  found: ObjectOf<typeof core.deployment>,
): NonNullable<Measured['loadTest']>[number] {
  const { availableReplicas = 0, updatedReplicas = 0 } = found.status ?? {}
  return {
    name: `Deployment ${clipped(found.metadata.name, longestWord)}`,
    desired: rolledOut(found) ? (found.spec?.replicas ?? 1) : Infinity,
    ready: Math.min(availableReplicas, updatedReplicas),
    placement: placementOf(found.spec?.template?.spec),
  }
}

type ObjectOf<K> = K extends Kind<infer S, infer T, infer R> ? KubeObject<S, T, R> : never

/** Before that, the numbers in the status are those of an older spec. */
const rolledOut = (
  found:
    | { metadata: { generation?: number }; status?: { observedGeneration?: number } | undefined }
    | undefined,
) =>
  found !== undefined && (found.status?.observedGeneration ?? 0) >= (found.metadata.generation ?? 0)
