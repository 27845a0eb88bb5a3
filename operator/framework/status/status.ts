// The status of an object after a run of its handler: computed as a whole, compared with what is there,
// and written by one server-side apply when it differs. The framework is the only writer of a status.
import { isDeepStrictEqual } from 'node:util'
import { apiVersionOf, type Kind } from '../kube/kinds.ts'
import type { Condition, KubeObject, Manifest } from '../kube/objects.ts'
import { kstatus, mergeConditions, type ConditionPatch, type Ending } from './conditions.ts'

export const requestedAtAnnotation = 'reconcile.fluxcd.io/requestedAt'

/** What a handler asked for while it ran. */
export type Collected = {
  fields: Record<string, unknown>
  conditions: ConditionPatch[]
}

type AnyStatus = Record<string, unknown> & { conditions?: Condition[] }

/** The new status, or undefined when it equals the old one. `ending` is left out for kinds without kstatus. */
export function nextStatus(
  obj: KubeObject,
  collected: Collected,
  o: { ending: Ending | undefined; time: string },
): AnyStatus | undefined {
  const current = (obj.status ?? {}) as AnyStatus // the CRD's schema holds: status is an object
  // A handler may keep lastHandledReconcileAt as it was, when what was asked for has to wait.
  const next: AnyStatus = { ...current, ...(o.ending && observed(obj)), ...collected.fields }
  for (const [field, value] of Object.entries(next)) if (value === undefined) delete next[field]
  const patch = conditionsOf(collected, o.ending)
  if (patch.set.length > 0 || patch.remove.length > 0) {
    const observedGeneration = obj.metadata.generation
    next.conditions = mergeConditions(current.conditions ?? [], patch, {
      time: o.time,
      observedGeneration,
    })
  }
  return isDeepStrictEqual(plain(next), plain(current)) ? undefined : next
}

/** The version makes sure that it is this object, and that nobody wrote in between: /status ignores the uid. */
export const statusManifest = (kind: Kind, obj: KubeObject, status: unknown): Manifest => ({
  apiVersion: apiVersionOf(kind),
  kind: kind.kind,
  metadata: {
    name: obj.metadata.name,
    resourceVersion: obj.metadata.resourceVersion,
    ...(obj.metadata.namespace && { namespace: obj.metadata.namespace }),
  },
  status,
})

function observed({ metadata }: KubeObject) {
  const requestedAt = metadata.annotations?.[requestedAtAnnotation]
  return {
    ...(metadata.generation !== undefined && { observedGeneration: metadata.generation }),
    ...(requestedAt !== undefined && { lastHandledReconcileAt: requestedAt }),
  }
}

/** A handler may word Ready, Reconciling or Stalled itself; whether they are true is decided by its outcome. */
function conditionsOf(collected: Collected, ending: Ending | undefined) {
  const own = new Map(collected.conditions.map((condition) => [condition.type, condition]))
  if (!ending) return { set: [...own.values()], remove: [] }
  const derived = kstatus(ending)
  const set = derived.set.map((condition) => {
    const worded = own.get(condition.type)
    own.delete(condition.type)
    return worded?.status === condition.status ? worded : condition
  })
  for (const type of derived.remove) own.delete(type)
  return { set: [...own.values(), ...set], remove: derived.remove }
}

/** As it will be on the wire: no undefined, dates as strings. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
