// From what was measured of add-ons to their conditions. Pure.
import { settingsOf, type ListedAddon } from '../../../addons/index.ts'
import { takersOf } from '../../../api/tenant/placement.ts'
import type { NodePool, TenantClusterSpec } from '../../../api/tenant/tenant-cluster.ts'
import type { Assessed } from './assessed.ts'
import type { Health, Measured, Workload } from './measure.ts'

export type AddonsMeasured = {
  spec: TenantClusterSpec
  measured: Pick<Measured, 'addons'>
  list: readonly ListedAddon[]
}

/** One condition of all add-ons that share it: that of the worst. */
export function addonsReady(
  type: Assessed['type'],
  { spec, measured, list }: AddonsMeasured,
): Assessed {
  const sharers = list.filter(({ condition }) => condition.type === type)
  const told = sharers.map((addon): Told => {
    const health = settingsOf(addon, spec) && measured.addons.get(addon.name)
    const one = toldOf(addon, health, spec)
    return sharers.length === 1 ? one : { ...one, message: `${addon.title}: ${one.message}` }
  })
  const failing = told.filter(({ status }) => status === false)
  const available = told.filter(({ reason }) => reason === 'Available')
  const [worst = told] = [failing, available].filter(({ length }) => length > 0)
  return {
    type,
    status: failing.length === 0,
    reason: worst[0]?.reason ?? 'NotConfigured',
    message: worst.map(({ message }) => message).join('; '),
  }
}

/** What is told of one add-on. */
type Told = Pick<Assessed, 'status' | 'reason' | 'message'>

function toldOf(
  { title, condition }: ListedAddon,
  health: Health | undefined,
  { nodePools }: TenantClusterSpec,
): Told {
  if (!health) return { status: true, reason: 'NotConfigured', message: condition.off }
  const lacking = lackingOf(health.workloads)
  if (lacking === undefined) return { status: true, reason: 'Available', message: condition.ready }
  // As long as the spec is so, waiting for it would not end.
  const isTaken = health.workloads.every(
    ({ placement }) => !placement || takersOf(nodePools, placement).length > 0,
  )
  if (!isTaken) {
    const message = `${noTaker(title, nodePools)}; ${lacking}`
    return { status: true, reason: 'NotConfigured', message }
  }
  const { complaint } = health
  const message = complaint === undefined ? lacking : `${complaint}; ${lacking}`
  return { status: false, reason: condition.reason, message }
}

const noTaker = (title: string, pools: NodePool[]) =>
  pools.some(({ desired }) => desired > 0)
    ? `no node pool takes ${title}, by its nodeSelector and tolerations`
    : `no node pool asks for a node that would take ${title}`

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
