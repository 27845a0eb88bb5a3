// Writes the status that a run asked for: one server-side apply, none when nothing differs.
import type { Clock } from '../clock.ts'
import { isConflict, isNotFound } from '../kube/errors.ts'
import type { Kind } from '../kube/kinds.ts'
import type { Kube } from '../kube/kube.ts'
import { metaTime, type KubeObject } from '../kube/objects.ts'
import type { Ending } from './conditions.ts'
import { nextStatus, statusManifest, type Collected } from './status.ts'

export type StatusWriter = {
  kind: Kind
  kube: Kube
  clock: Clock
  fieldManager: string
  /** The object as the cache has it now. */
  latest: () => KubeObject | undefined
  onStatusWrite: () => void
}

/** Each needs somebody else to write the object at the same moment. */
const attempts = 5

/** `obj` is what the run saw; without an `ending` nothing is said of Ready. */
export async function writeStatus(
  o: StatusWriter,
  obj: KubeObject,
  collected: Collected,
  ending: Ending | undefined,
): Promise<void> {
  const { kind, kube, fieldManager } = o
  const time = metaTime(new Date(o.clock.now()))
  const { name, namespace, uid } = obj.metadata
  let latest = o.latest()
  for (let attempt = 1; latest?.metadata.uid === uid; attempt += 1) {
    const status = nextStatus({ ...obj, status: latest.status }, collected, { ending, time })
    if (!status) return
    try {
      const manifest = statusManifest(kind, latest, status)
      await kube.applyStatus(kind, manifest, { fieldManager, force: true })
      return o.onStatusWrite()
    } catch (error) {
      if (isNotFound(error)) return
      if (!isConflict(error) || attempt >= attempts) throw error
    }
    latest = await kube.get(kind, name, namespace) // somebody wrote since: look again
  }
}
