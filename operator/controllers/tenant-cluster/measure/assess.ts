// From measurements to conditions: whether each part of the tenant cluster is as the spec says. Pure.
import { takersOf } from '../../../api/tenant/placement.ts'
import type { ConditionReason } from '../../../api/faults/reasons.ts'
import type { NodePool, TenantClusterSpec } from '../../../api/tenant/tenant-cluster.ts'
import type { TenantClusterStatus } from '../../../api/tenant/tenant-cluster-status.ts'
import type { Measured, Workload } from './measure.ts'

export const conditionTypes = [
  'InfrastructureReady',
  'ControlPlaneReady',
  'NodesReady',
  'AutofsReady',
  'AddonsReady',
  'APIReachable',
] as const

export type Assessed = {
  type: (typeof conditionTypes)[number]
  status: boolean | 'Unknown'
  reason: ConditionReason
  message: string
}

export type Assessment = {
  conditions: Assessed[]
  kubernetes: { version: string }
  nodes: string
  nodePools: NonNullable<TenantClusterStatus['nodePools']>
}

export function assess(spec: TenantClusterSpec, measured: Measured): Assessment {
  const nodePools = spec.nodePools.map((pool) => poolOf(pool, measured))
  const ready = nodePools.reduce((sum, pool) => sum + pool.ready, 0)
  const desired = nodePools.reduce((sum, pool) => sum + pool.desired, 0)
  return {
    conditions: [
      fine('APIReachable', 'the API server answers'),
      controlPlane(spec, measured),
      nodesReady(nodePools),
      autofsReady(spec, measured),
      addonsReady(spec, measured.loadTest),
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
  const unknown = (['ControlPlaneReady', 'NodesReady', 'AutofsReady', 'AddonsReady'] as const).map(
    (type): Assessed => ({
      type,
      status: 'Unknown',
      reason: 'Unknown',
      message: 'the cluster cannot be measured',
    }),
  )
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

function autofsReady(spec: TenantClusterSpec, { autofs }: Measured): Assessed {
  if (!spec.autofs || !autofs) return fine('AutofsReady', 'spec.autofs is not set', 'NotConfigured')
  const lacking = lackingOf(autofs.workloads)
  if (lacking === undefined) return fine('AutofsReady', 'every node serves the maps')
  const message = autofs.complaint === undefined ? lacking : `${autofs.complaint}; ${lacking}`
  return { type: 'AutofsReady', status: false, reason: 'AutofsNotReady', message }
}

function addonsReady({ nodePools }: TenantClusterSpec, loadTest: Measured['loadTest']): Assessed {
  const off = 'spec.addons.loadTesting.enabled is false'
  if (!loadTest) return fine('AddonsReady', off, 'NotConfigured')
  const lacking = lackingOf(loadTest)
  if (lacking === undefined) return fine('AddonsReady', 'the load-test operator is available')
  // As long as the spec is so, waiting for it would not end.
  const isTaken = loadTest.every(({ placement }) => takersOf(nodePools, placement).length > 0)
  if (!isTaken) return fine('AddonsReady', `${noTaker(nodePools)}; ${lacking}`, 'NotConfigured')
  return { type: 'AddonsReady', status: false, reason: 'AddonsNotReady', message: lacking }
}

const noTaker = (pools: NodePool[]) =>
  pools.some(({ desired }) => desired > 0)
    ? 'no node pool takes the load-test operator, by its nodeSelector and tolerations'
    : 'no node pool asks for a node that would take the load-test operator'

function lackingOf(workloads: Workload[]): string | undefined {
  if (workloads.length === 0) return 'not installed yet'
  const lacking = workloads.filter((w) => w.ready < w.desired)
  if (lacking.length === 0) return undefined
  return lacking
    .map((w) =>
      Number.isFinite(w.desired)
        ? `${w.name}: ${w.ready} of ${w.desired} ready`
        : `${w.name}: is being rolled out`,
    )
    .join('; ')
}
