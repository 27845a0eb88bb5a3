// The watch protocol: one JSON object a line, an ERROR event ends it.
import type { WatchEvent } from './kube.ts'
import type { KubeObject } from './objects.ts'
import { KubeError } from './errors.ts'

type WireEvent = {
  type: string
  object: KubeObject & { code?: number; reason?: string; message?: string }
}

export async function* watchEvents(
  chunks: AsyncIterable<string>,
  path: string,
): AsyncGenerator<WatchEvent> {
  for await (const line of linesOf(chunks)) {
    const { type, object } = JSON.parse(line) as WireEvent // the API server's own format
    switch (type) {
      case 'ADDED':
      case 'MODIFIED':
      case 'DELETED':
        yield { type, object: withoutManagedFields(object) }
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

/** Half of a typical object, and nobody reads them. */
export function withoutManagedFields<Obj extends KubeObject>(obj: Obj): Obj {
  delete (obj.metadata as { managedFields?: unknown }).managedFields
  return obj
}

async function* linesOf(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) if (line) yield line
  }
  // A line cut off by a lost connection is dropped: its event comes again after the last seen version.
}
