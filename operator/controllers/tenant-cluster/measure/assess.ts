// From measurements to conditions: whether each part of the tenant cluster is as the spec says. Pure.
import { addonConditions, addons, type ListedAddon } from '../../../addons/index.ts'
import type { ConditionReason } from '../../../api/faults/reasons.ts'
import type { NodePool, TenantClusterSpec } from '../../../api/tenant/tenant-cluster.ts'
import type { TenantClusterStatus } from '../../../api/tenant/tenant-cluster-status.ts'
import type { Assessed } from './assessed.ts'
import { addonsReady } from './addons-ready.ts'
import type { Measured } from './measure.ts'

/** In the order of the table in the status. */
export const conditionTypes: readonly Assessed['type'][] = [
  'InfrastructureReady',
  'ControlPlaneReady',
  'NodesReady',
  ...addonConditions(addons),
  'APIReachable',
]

export type Assessment = {
  conditions: Assessed[]
  kubernetes: { version: string }
  nodes: string
  nodePools: NonNullable<TenantClusterStatus['nodePools']>
}

export function assess(
  spec: TenantClusterSpec,
  measured: Measured,
  list: readonly ListedAddon[] = addons,
): Assessment {
  const nodePools = spec.nodePools.map((pool) => poolOf(pool, measured))
  const ready = nodePools.reduce((sum, pool) => sum + pool.ready, 0)
  const desired = nodePools.reduce((sum, pool) => sum + pool.desired, 0)
  return {
    conditions: [
      fine('APIReachable', 'the API server answers'),
      controlPlane(spec, measured),
      nodesReady(nodePools),
      ...addonConditions(list).map((type) => addonsReady(type, { spec, measured, list })),
    ],
    kubernetes: { version: measured.gitVersion },
    nodes: `${ready}/${desired}`,
    nodePools,
  }
}

/** What the API server's silence says of the parts: nothing, so none is called broken. */
export function unreachable({
  reason,
  message,
  sinceMs,
}: Pick<Assessed, 'reason' | 'message'> & { sinceMs: number }): Assessed[] {
  const grace = sinceMs < unreachableGraceMs
  const silent: Assessed = {
    type: 'APIReachable',
    status: grace ? 'Unknown' : false,
    reason,
    message,
  }
  if (grace) return [silent]
  const unknown = conditionTypes
    .filter((type) => type !== 'InfrastructureReady' && type !== 'APIReachable')
    .map((type): Assessed => ({
      type,
      status: 'Unknown',
      reason: 'Unknown',
      message: 'the cluster cannot be measured',
    }))
  return [silent, ...unknown]
}

/** So long, silence is taken for a hiccup. */
export const unreachableGraceMs = 50_000

const fine = (
  type: Assessed['type'],
  message: string,
  reason: ConditionReason = 'Available',
): Assessed => ({ type, status: true, reason, message })

function controlPlane(spec: TenantClusterSpec, { gitVersion }: Measured): Assessed {
  const minor = /^v(\d+\.\d+)/.exec(gitVersion)?.[1]
  if (minor === spec.kubernetesVersion) return fine('ControlPlaneReady', `runs ${gitVersion}`)
  const message = `runs ${gitVersion}, spec.kubernetesVersion is ${spec.kubernetesVersion}`
  return { type: 'ControlPlaneReady', status: false, reason: 'ControlPlaneNotReady', message }
}

const poolOf = (
  { name, desired }: NodePool,
  { pools }: Measured,
): Assessment['nodePools'][number] => ({ name, desired, ready: 0, ...pools.get(name) })

function nodesReady(pools: Assessment['nodePools']): Assessed {
  const short = pools.filter((pool) => pool.ready < pool.desired)
  if (short.length === 0) return fine('NodesReady', 'every node that is asked for is Ready')
  const message = short.map((p) => `pool ${p.name}: ${p.ready} of ${p.desired} nodes Ready`)
  return { type: 'NodesReady', status: false, reason: 'NodesNotReady', message: message.join('; ') }
}
