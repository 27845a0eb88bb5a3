// The watch protocol: one JSON object a line, an ERROR event ends it.
import type { WatchEvent } from '../kube.ts'
import type { KubeObject } from '../objects.ts'
import { KubeError, tooLarge } from '../errors.ts'

type WireEvent = {
  type: string
  object: KubeObject & { code?: number; reason?: string; message?: string }
}

export async function* watchEvents(
  chunks: AsyncIterable<string>,
  path: string,
  maxEventBytes: number,
): AsyncGenerator<WatchEvent> {
  for await (const line of linesOf(chunks, path, maxEventBytes)) {
    const { type, object } = JSON.parse(line) as WireEvent // the API server's own format
    switch (type) {
      case 'ADDED':
      case 'MODIFIED':
      case 'DELETED':
        yield { type, object: withoutBallast(object) }
        break
      case 'BOOKMARK':
        yield { type, resourceVersion: object.metadata.resourceVersion }
        break
      default:
        throw new KubeError(`watch ${path}: ${object.message ?? type}`, {
          status: object.code ?? 500,
          reason: object.reason ?? 'WatchError',
        })
    }
  }
}

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

/** What servers and kubectl note down beside an object: often more than the object, and nobody reads it. */
export function withoutBallast<Obj extends KubeObject>(obj: Obj): Obj {
  delete (obj.metadata as { managedFields?: unknown }).managedFields
  if (obj.metadata.annotations) delete obj.metadata.annotations[lastApplied]
  return obj
}

async function* linesOf(
  chunks: AsyncIterable<string>,
  path: string,
  longest: number,
): AsyncGenerator<string> {
  let rest: string[] = []
  let length = 0
  for await (const chunk of chunks) {
    const [first = '', ...more] = chunk.split('\n')
    length += first.length
    if (length > longest) throw tooLarge({ method: 'WATCH', path }, longest)
    rest.push(first)
    for (const next of more) {
      const line = rest.join('')
      if (line) yield line
      rest = [next]
      length = next.length
    }
  }
  // A line cut off by a lost connection is dropped: its event comes again after the last seen version.
}
