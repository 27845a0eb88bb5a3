// Measures a tenant cluster from outside, through its own API server. Changes nothing in it, and believes nothing of what it
// answers to be small or well-formed: lists are counted page by page, texts are cut.
import { addons, settingsOf, type ListedAddon } from '../../../addons/index.ts'
import type { WorkloadRef } from '../../../addons/contract.ts'
import { placementOf, type Placement } from '../../../api/tenant/placement.ts'
import { daemonSetCount, deploymentCount, type Count } from '../../../addons/rolled-out.ts'
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
import { complaintOf } from './complaint.ts'

export type Measured = {
  /** As the API server says it, such as v1.36.2. */
  gitVersion: string
  /** By the name of the pool, for those of the spec. */
  pools: ReadonlyMap<string, PoolCount>
  /** By name, of those that the spec asks for. */
  addons: ReadonlyMap<string, Health>
}
export type Health = {
  workloads: Workload[]
  /** In the words of its probe, while something is not ready. */
  complaint?: string
}
/** `version` is the oldest: while a pool is upgraded its nodes differ, and the upgrade is as far as the last of them. */
export type PoolCount = { ready: number; version?: string }
export type Workload = Count & {
  name: string
  /** Of one whose pods run where there is room, and not on every node. */
  placement?: Placement
}

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

type Look = { signal: AbortSignal; nodes: NodeNames; list?: readonly ListedAddon[] }

/** One request after the other, so that one answer is held at a time. */
export async function measure(
  tenant: TenantKube,
  spec: Pick<TenantClusterSpec, 'nodePools' | 'addons'>,
  { signal, nodes, list = addons }: Look,
): Promise<Omit<Measured, 'gitVersion'>> {
  const kube = tenant.within({ signal, maxBytes: lookBytes })
  const pools = await countNodes(kube, spec.nodePools, nodes)
  const found = new Map<string, Health>()
  for (const addon of list) {
    if (settingsOf(addon, spec)) found.set(addon.name, await healthOf(addon, kube, signal))
  }
  return { pools, addons: found }
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

async function healthOf(
  { workloads: refs, probe }: ListedAddon,
  kube: TenantKube,
  signal: AbortSignal,
): Promise<Health> {
  const workloads: Workload[] = []
  for (const ref of refs) workloads.push(...(await workloadsOf(ref, kube)))
  const isLacking = workloads.some(({ ready, desired }) => ready < desired)
  const complaint = probe && isLacking ? await complaintOf(probe, kube, signal) : undefined
  return { workloads, ...(complaint !== undefined && { complaint }) }
}

async function workloadsOf(ref: WorkloadRef, kube: TenantKube): Promise<Workload[]> {
  if (ref.kind === 'DaemonSet') {
    const found = await kube.get(core.daemonSet, ref.name, ref.namespace)
    return [{ name: `DaemonSet ${ref.name}`, ...daemonSetCount(found) }]
  }
  const labelSelector = Object.entries(ref.labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',')
  const place = { namespace: ref.namespace, labelSelector, limit: 5, maxPages: 1 }
  const workloads: Workload[] = []
  for await (const deployments of kube.pages(core.deployment, place)) {
    workloads.push(...deployments.map(deployment))
  }
  return workloads
}

const deployment = (found: ObjectOf<typeof core.deployment>): Workload => ({
  name: `Deployment ${clipped(found.metadata.name, longestWord)}`,
  ...deploymentCount(found),
  placement: placementOf(found.spec?.template?.spec),
})

type ObjectOf<K> = K extends Kind<infer S, infer T, infer R> ? KubeObject<S, T, R> : never
