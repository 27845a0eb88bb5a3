// Wraps a Kube so that the caches know of every write as soon as it is answered, and so that nothing is
// written once `allowed` says no (leadership lost).
import type { Kind } from '../kube/kinds.ts'
import type { Kube } from '../kube/kube.ts'
import type { KubeObject } from '../kube/objects.ts'
import { withoutBallast } from '../kube/wire/watch.ts'
import type { Origin } from './cache.ts'
import type { SharedCaches } from './shared-caches.ts'

export type Writer = {
  caches: SharedCaches
  /** Throws once this process must not write any more. */
  assertAllowed: () => void
  origin?: Origin
}

export function seeingOwnWrites(kube: Kube, { caches, assertAllowed, origin }: Writer): Kube {
  const written = async <Obj extends KubeObject>(
    kind: Kind,
    o: { dryRun?: boolean },
    write: () => Promise<Obj>,
  ): Promise<Obj> => {
    assertAllowed()
    const obj = await write()
    if (!o.dryRun) caches.learn(kind, withoutBallast(obj), origin)
    return obj
  }
  return {
    ...kube,
    create: (kind, obj, o = {}) => written(kind, o, () => kube.create(kind, obj, o)),
    apply: (kind, obj, o) => written(kind, o, () => kube.apply(kind, obj, o)),
    applyStatus: (kind, obj, o) => written(kind, o, () => kube.applyStatus(kind, obj, o)),
    patch: (kind, ref, patch, o) => {
      const learnable = o.subresource === undefined || o.subresource === 'status'
      const dryRun = o.dryRun === true || !learnable
      return written(kind, { dryRun }, () => kube.patch(kind, ref, patch, o))
    },
    async delete(kind, ref, o) {
      assertAllowed()
      const existed = await kube.delete(kind, ref, o)
      caches.learnDeletion(kind, ref)
      return existed
    },
    request(method, path, body, o) {
      if (method !== 'GET') assertAllowed()
      return kube.request(method, path, body, o)
    },
  }
}
