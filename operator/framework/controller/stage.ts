// What the state of an object asks for, and whether a change of it is worth a look. Pure.
import type { Change } from '../cache/cache.ts'
import type { KubeObject } from '../kube/objects.ts'
import { hasFinalizer, releaseForced } from './finalizer.ts'
import { requestedAtAnnotation } from '../status/status.ts'

export type Stage = 'reconcile' | 'finalize' | 'release' | 'nothing'

/** `lingers`: there are handlers for objects that somebody else's finalizer keeps. */
export function stageOf(obj: KubeObject, finalizer: string | undefined, lingers = false): Stage {
  if (!obj.metadata.deletionTimestamp) return 'reconcile'
  if (!finalizer || !hasFinalizer(obj, finalizer)) return lingers ? 'finalize' : 'nothing'
  return releaseForced(obj, finalizer) ? 'release' : 'finalize'
}

/** What has to change before a stalled object is tried again. */
export const fingerprint = (obj: KubeObject, finalizer: string | undefined): string =>
  JSON.stringify([
    obj.metadata.uid,
    obj.metadata.generation ?? obj.metadata.resourceVersion,
    obj.metadata.annotations?.[requestedAtAnnotation],
    stageOf(obj, finalizer),
  ])

/** Whether a change of an object of the controller's own kind needs a reconcile. */
export function isWorthwhile(
  change: Change<KubeObject>,
  o: { finalizer: string | undefined; statusChanges: boolean | undefined },
): boolean {
  if (change.type !== 'changed') return true
  const { obj, was } = change
  const { generation } = obj.metadata
  if (o.statusChanges ?? generation === undefined) return true
  const lostFinalizer =
    o.finalizer !== undefined && hasFinalizer(was, o.finalizer) && !hasFinalizer(obj, o.finalizer)
  return lostFinalizer || relevant(obj) !== relevant(was)
}

const relevant = ({ metadata }: KubeObject): string =>
  JSON.stringify([
    metadata.generation,
    metadata.deletionTimestamp,
    sorted(metadata.labels),
    sorted(metadata.annotations),
  ])

const sorted = (map: Record<string, string> = {}) =>
  Object.entries(map).toSorted(([a], [b]) => (a < b ? -1 : 1))
