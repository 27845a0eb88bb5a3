// What each namespace has of the workers: so many operations at a time, and its turn beside the others'. Which operation comes
// next is worked out afresh from the TenantClusters each time; all that is kept is who was told to wait.
import type { TenantClusterSpec } from '../../../api/tenant/tenant-cluster.ts'
import type { Operation, TenantClusterStatus } from '../../../api/tenant/tenant-cluster-status.ts'
import { keyOf, type Cache, type Key, type KubeObject } from '../../../framework/index.ts'

type Obj = KubeObject<TenantClusterSpec, TenantClusterStatus>

export type Shares = {
  /** How many operations of its namespace come before the tenant's own; one that has to wait for them is woken in its turn. */
  turnOf(obj: Obj): number
  /** Whether so many come first that it has to wait. */
  mustWait(turn: number): boolean
  readonly most: number
  /** The tenant has changed: perhaps it left its place to others. */
  changed(obj: Obj): void
}

export function shares(o: {
  tenants: Pick<Cache<Obj>, 'list'>
  /** Of one namespace, at a time. */
  most: number
  /** Operations that this process has put into the queue. */
  handedOver: ReadonlySet<string>
  wake: (key: Key) => void
}): Shares {
  /** Uids of those that wait, by namespace. */
  const waiting = new Map<string, Set<string>>()
  /** `own`: one as it is now, which the cache may not have yet. */
  const orderIn = (namespace: string, own?: Obj) => {
    const others = o.tenants
      .list()
      .filter(
        ({ metadata: { namespace: of, uid } }) => of === namespace && uid !== own?.metadata.uid,
      )
    return inOrder(own ? [...others, own] : others, o.handedOver)
  }
  return {
    most: o.most,
    mustWait: (turn) => turn >= o.most,
    turnOf(obj) {
      const { uid, namespace = '' } = obj.metadata
      const turn = orderIn(namespace, obj).findIndex(({ metadata }) => metadata.uid === uid)
      if (turn >= o.most) waiting.set(namespace, (waiting.get(namespace) ?? new Set()).add(uid))
      else waiting.get(namespace)?.delete(uid)
      return Math.max(0, turn)
    },
    changed({ metadata: { namespace = '' }, status }) {
      const uids = waiting.get(namespace)
      if (!uids || isUnderWay(status?.operation)) return
      const next = orderIn(namespace).slice(0, o.most)
      for (const obj of next) if (uids.delete(obj.metadata.uid)) o.wake(keyOf(obj))
      if (uids.size === 0) waiting.delete(namespace)
    },
  }
}

const isUnderWay = (operation: Operation | undefined): operation is Operation =>
  operation !== undefined && operation.step !== 'Verify'

/** One that took the place of another that ran has that one's: a correction does not go to the end of the queue. */
function hasInherited({ status }: Obj): boolean {
  const { operation, history: [last] = [] } = status ?? {}
  if (operation === undefined || operation.kind === 'Delete') return false
  return last?.result === 'Cancelled' && last.finishedAt === operation.startedAt
}

/** Those that have begun, then deletions, which free what others wait for, then by age. */
function inOrder(tenants: Obj[], handedOver: ReadonlySet<string>): Obj[] {
  const rank = (obj: Obj, { id, step, kind }: Operation) => {
    const begun = step !== 'Queued' || handedOver.has(id) || hasInherited(obj)
    return `${begun ? 0 : kind === 'Delete' ? 1 : 2} ${id}`
  }
  return tenants
    .flatMap((obj) => {
      const operation = obj.status?.operation
      return isUnderWay(operation) ? [{ obj, rank: rank(obj, operation) }] : []
    })
    .toSorted((a, b) => (a.rank < b.rank ? -1 : 1))
    .map(({ obj }) => obj)
}
