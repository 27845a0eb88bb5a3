// The end of a TenantCluster: what is said of what is left in AWS, and no more than is known.
import { physicalName, stackNames } from '../../api/stack.ts'
import type { Fault } from '../../api/fault.ts'
import type { Remaining, TenantClusterStatus } from '../../api/tenant-cluster-status.ts'
import type { TenantClusterSpec } from '../../api/tenant-cluster.ts'
import {
  core,
  settled,
  type KubeObject,
  type Operator,
  type Outcome,
} from '../../framework/index.ts'
import type { Evidence } from './decide.ts'
import type { Tenant } from './tenant.ts'

type Released = KubeObject<TenantClusterSpec, TenantClusterStatus>

/** The finalizer leaves after it. */
export function release(c: Tenant, because: Evidence): Outcome {
  const [type, reason, note] = wordsOf(c.obj, because)
  c.event(type, reason, note)
  c.log.info({ reason, because }, 'released')
  return settled
}

function wordsOf(obj: Released, because: Evidence): ['Normal' | 'Warning', string, string] {
  if ('unseen' in because) return orphaned(unseen(obj, because.unseen))
  if ('untouched' in because) {
    return because.untouched === 'orphan'
      ? orphaned(`AWS was left as it is: ${everythingOf(obj)}`)
      : ['Normal', 'Deleted', 'no operation was ever begun on it, and AWS was not searched']
  }
  if (because.found === 'nothing') {
    return ['Normal', 'Deleted', 'AWS was searched: nothing of the cluster is left in AWS']
  }
  return orphaned(`left in AWS after its destruction had begun: ${listed(because.found)}`)
}

const orphaned = (what: string): ['Warning', string, string] => [
  'Warning',
  'Orphaned',
  `spec.deletionPolicy is Orphan; ${what}`,
]

const unseen = (obj: Released, { message }: Fault) =>
  `its destruction had begun, and what is left could not be looked up: ${everythingOf(obj)} (${message})`

/** A note has room for a thousand characters. */
function listed(remaining: Remaining[]): string {
  const shown = remaining.slice(0, 15).map(({ type, id }) => `${type} ${id}`)
  const more = remaining.length > shown.length ? ` and ${remaining.length - shown.length} more` : ''
  return `${shown.join(', ')}${more}`
}

/** By names that follow from the metadata alone; whether it is there is for the reader to see. */
function everythingOf({ metadata, spec }: Released): string {
  const { namespace = '', name, uid } = metadata
  const { cloud, addons } = stackNames({ namespace, name })
  const { region } = spec.provider.aws
  return `whatever was made of EKS cluster ${physicalName({ name, uid })} in ${region}, stacks ${cloud} and ${addons}, tag cratekube.io/uid=${uid}`
}

/** Somebody took the finalizer off: the TenantCluster can bear no Event any more, so its namespace does. */
export function reportStripped(operator: Operator, obj: Released): void {
  const { namespace = '', name } = obj.metadata
  if (obj.status?.stacks === undefined && obj.status?.appliedGeneration === undefined) return // nothing was begun
  const regarding = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace, namespace, uid: '', resourceVersion: '' },
    spec: undefined,
  }
  operator.record(core.namespace, regarding, {
    type: 'Warning',
    reason: 'FinalizerRemoved',
    note: `TenantCluster ${name} is gone without having been deleted by CrateKube, and nobody looks after what it left in AWS: ${everythingOf(obj)}`,
  })
}
