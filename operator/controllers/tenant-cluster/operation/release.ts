// The end of a TenantCluster: what is said of what is left in the cloud, and no more than is known.
import {
  cloudOwner,
  credentialsFinalizer,
  physicalName,
  stackNames,
} from '../../../api/tenant/stack.ts'
import type { Fault } from '../../../api/faults/fault.ts'
import type { Remaining, TenantClusterStatus } from '../../../api/tenant/tenant-cluster-status.ts'
import type { TenantClusterSpec } from '../../../api/tenant/tenant-cluster.ts'
import {
  core,
  delay,
  settled,
  type Clock,
  type KubeObject,
  type Operator,
  type Outcome,
} from '../../../framework/index.ts'
import type { Evidence } from '../decide.ts'
import type { ManagerFace } from '../../../provider/contract.ts'
import type { TenantAccess } from '../access/tenant-clients.ts'
import type { Holds } from '../access/holds.ts'
import type { TenantContext } from '../access/tenant.ts'

type Released = KubeObject<TenantClusterSpec, TenantClusterStatus>

export type ReleaseTools = {
  access: Pick<TenantAccess, 'provider'>
  /** Those that may go, by uid. */
  released: Set<string>
  holds: Holds
}

/** The finalizer leaves after it. */
export async function release(
  c: TenantContext,
  because: Evidence,
  { access, released, holds }: ReleaseTools,
): Promise<Outcome> {
  released.add(c.obj.metadata.uid)
  await holds.release(c.kube, c.obj, (...warning) => c.event('Warning', ...warning))
  const [type, reason, note] = wordsOf(c.obj, because, access.provider(c.obj.spec))
  c.event(type, reason, note)
  c.log.info({ reason, because }, 'released')
  return settled
}

function wordsOf(
  obj: Released,
  because: Evidence,
  face: ManagerFace,
): ['Normal' | 'Warning', string, string] {
  const { title } = face
  const everything = everythingOf(obj, face)
  if ('unseen' in because) return orphaned(unseen(everything, because.unseen))
  if ('untouched' in because) {
    return because.untouched === 'orphan'
      ? orphaned(`${title} was left as it is: ${everything}`)
      : ['Normal', 'Deleted', `no operation was ever begun on it, and ${title} was not searched`]
  }
  if (because.found === 'nothing') {
    const { adopt } = obj.spec
    const isOwn = !adopt || adopt.uid === because.adopted || adopt.uid === obj.metadata.uid
    if (!isOwn) return ['Normal', 'Released', notAdopted(everything, adopt.uid)]
    return [
      'Normal',
      'Deleted',
      `${title} was searched: nothing of the cluster is left in ${title}`,
    ]
  }
  return orphaned(`left in ${title} after its destruction had begun: ${listed(because.found)}`)
}

/** It may be there or not: nobody is told that it is gone. */
const notAdopted = (everything: string, uid: string) =>
  `the cluster of uid ${uid} was not taken over, and nothing of it was touched: ${everything}`

const orphaned = (what: string): ['Warning', string, string] => [
  'Warning',
  'Orphaned',
  `spec.deletionPolicy is Orphan; ${what}`,
]

const unseen = (everything: string, { message }: Fault) =>
  `its destruction had begun, and what is left could not be looked up: ${everything} (${message})`

/** A note has room for a thousand characters. */
function listed(remaining: Remaining[]): string {
  const shown = remaining.slice(0, 15).map(({ type, id }) => `${type} ${id}`)
  const more = remaining.length > shown.length ? ` and ${remaining.length - shown.length} more` : ''
  return `${shown.join(', ')}${more}`
}

/** By names that follow from the metadata alone; whether it is there is for the reader to see. */
function everythingOf({ metadata, spec }: Released, face: ManagerFace): string {
  const owner = cloudOwner({ metadata, spec })
  const { cloud, addons } = stackNames(owner)
  return `whatever was made of ${face.clusterCalled(physicalName(owner))} in ${face.placeOf(spec)}, stacks ${cloud} and ${addons}, tag cratekube.io/uid=${owner.uid}`
}

type Stripping = Omit<ReleaseTools, 'released'> & { clock: Clock; ended: AbortSignal }

/** Somebody took the finalizer off. What is left in the cloud is told, and the credentials are let go. */
export async function stripped(
  operator: Operator,
  obj: Released,
  { access, holds, clock, ended }: Stripping,
): Promise<void> {
  const warn = (reason: string, note: string) => warnNamespace(operator, obj, reason, note)
  const { status, metadata, spec } = obj
  if (status?.stacks !== undefined || status?.appliedGeneration !== undefined) {
    const face = access.provider(spec)
    const note = `TenantCluster ${metadata.name} is gone without having been deleted by CrateKube, and nobody looks after what it left in ${face.title}: ${everythingOf(obj, face)}`
    warn('FinalizerRemoved', note)
  }
  for (let attempt = 1; !ended.aborted; attempt += 1) {
    try {
      return await holds.release(operator.kube, obj, warn)
    } catch (error) {
      if (attempt >= lettingGo.attempts) return warn(...notLetGo(error))
      await delay(clock, lettingGo.pauseMs, ended).catch(() => undefined)
    }
  }
}

const lettingGo = { attempts: 10, pauseMs: 10_000 }

const notLetGo = (error: unknown): [string, string] => [
  'CredentialsStillHeld',
  `its credentials may still bear the finalizer ${credentialsFinalizer}: ${error instanceof Error ? error.message : String(error)}`,
]

/** The TenantCluster can bear no Event any more, so its namespace does. */
function warnNamespace(operator: Operator, { metadata }: Released, reason: string, note: string) {
  const { namespace = '' } = metadata
  const regarding = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace, namespace, uid: '', resourceVersion: '' },
    spec: undefined,
  }
  operator.record(core.namespace, regarding, { type: 'Warning', reason, note })
}
