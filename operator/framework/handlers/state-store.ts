// Where the state of handlers stands with an object: in an annotation, or in the status, for kinds that have
// a string `handled` in it, where it costs no write of its own.
import type { RunContext } from '../context/run-context.ts'
import { isNotFound } from '../kube/errors.ts'
import type { Kind } from '../kube/kinds.ts'
import type { Kube } from '../kube/kube.ts'
import type { KubeObject } from '../kube/objects.ts'
import { handledName } from './essence.ts'

export type Keep = 'annotation' | 'status'

export function stateIn(obj: KubeObject, o: { fieldManager: string; keep: Keep | undefined }) {
  if (o.keep !== 'status') return obj.metadata.annotations?.[annotationOf(o.fieldManager)]
  const status = obj.status as Record<string, unknown> | undefined // a status is an object
  const text = status?.[handledName]
  return typeof text === 'string' ? text : undefined
}

/** Kubernetes': of all annotations of an object, with their names. */
const annotationBytes = 256 * 1024

/** How many bytes it may have beside the other annotations. */
export function roomFor(obj: KubeObject, o: { fieldManager: string; keep: Keep | undefined }) {
  if (o.keep === 'status') return annotationBytes
  const own = annotationOf(o.fieldManager)
  const others = { ...obj.metadata.annotations, [own]: '' }
  return annotationBytes - Buffer.byteLength(Object.entries(others).flat().join(''))
}

/** In the status it is written with everything else that the run says of it. */
export async function storeState(
  o: { kind: Kind; kube: Kube; fieldManager: string; keep: Keep | undefined },
  context: RunContext,
  text: string,
): Promise<void> {
  if (o.keep === 'status') return context.status({ [handledName]: text })
  const { uid } = context.obj.metadata
  const metadata = { uid, annotations: { [annotationOf(o.fieldManager)]: text } } // of this object, or nothing
  try {
    const { fieldManager } = o
    await o.kube.patch(o.kind, context.key, { metadata }, { type: 'merge', fieldManager })
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}

const annotationOf = (operator: string) => `${operator}/${handledName}`
