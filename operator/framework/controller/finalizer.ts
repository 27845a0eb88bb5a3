// Adds and removes one finalizer by JSON patches that touch nothing but metadata.finalizers and fail
// when the list changed meanwhile.
import { isChangedMeanwhile, isNotFound } from '../kube/errors.ts'
import type { Kind } from '../kube/kinds.ts'
import type { Kube } from '../kube/kube.ts'
import { keyOf, type KubeObject } from '../kube/objects.ts'

export const hasFinalizer = (obj: KubeObject, finalizer: string): boolean =>
  obj.metadata.finalizers?.includes(finalizer) ?? false

/** A person's word that leftovers are acceptable: `<finalizer>.force-release: "true"`. */
export const releaseForced = (obj: KubeObject, finalizer: string): boolean =>
  obj.metadata.annotations?.[`${finalizer}.force-release`] === 'true'

const attempts = 5

/** Returns the object as it is then; undefined when it is gone. */
export async function addFinalizer(
  kube: Kube,
  kind: Kind,
  obj: KubeObject,
  finalizer: string,
): Promise<KubeObject | undefined> {
  return patchFinalizers(kube, kind, obj, (current) => {
    if (hasFinalizer(current, finalizer) || current.metadata.deletionTimestamp) return undefined
    return current.metadata.finalizers?.length
      ? [{ op: 'add', path: '/metadata/finalizers/-', value: finalizer }]
      : [{ op: 'add', path: '/metadata/finalizers', value: [finalizer] }]
  })
}

export async function removeFinalizer(
  kube: Kube,
  kind: Kind,
  obj: KubeObject,
  finalizer: string,
): Promise<KubeObject | undefined> {
  return patchFinalizers(kube, kind, obj, (current) => {
    const at = current.metadata.finalizers?.indexOf(finalizer) ?? -1
    return at < 0 ? undefined : [{ op: 'remove', path: `/metadata/finalizers/${at}` }]
  })
}

type Operation = { op: 'add' | 'remove'; path: string; value?: unknown }

async function patchFinalizers(
  kube: Kube,
  kind: Kind,
  obj: KubeObject,
  change: (current: KubeObject) => Operation[] | undefined,
): Promise<KubeObject | undefined> {
  let current: KubeObject | undefined = obj
  for (let attempt = 1; current?.metadata.uid === obj.metadata.uid; attempt += 1) {
    const operations = change(current)
    if (!operations) return current
    try {
      const patch = [...unchanged(current), ...operations]
      return await kube.patch(kind, keyOf(obj), patch, { type: 'json' })
    } catch (error) {
      if (isNotFound(error)) return undefined
      if (attempt >= attempts || !isChangedMeanwhile(error)) throw error
    }
    current = await kube.get(kind, obj.metadata.name, obj.metadata.namespace)
  }
  return undefined
}

const unchanged = ({ metadata }: KubeObject) => [
  { op: 'test', path: '/metadata/uid', value: metadata.uid },
  { op: 'test', path: '/metadata/resourceVersion', value: metadata.resourceVersion },
]
