// Reading a whole collection: page by page to list it, then one connection to watch it.
import { queryText, type Ask } from './ask.ts'
import { errorFromAnswer, isGone } from './errors.ts'
import { apiVersionOf, pathOf, type Kind } from './kinds.ts'
import type { Call, Kube, ListOptions } from './kube.ts'
import type { KubeObject } from './objects.ts'
import type { Transport } from './transport.ts'
import { watchEvents, withoutManagedFields } from './watch.ts'

const pageSize = 500

type ListBody = {
  items: KubeObject[] | null
  metadata: { resourceVersion: string; continue?: string }
}

export async function listAll(ask: Ask, kind: Kind, o: ListOptions & Call & { limit?: number }) {
  const page = async (more: { limit?: number | undefined; continue?: string }) => {
    const query = { ...selectors(o), ...more }
    return (await ask('GET', pathOf(kind, o), undefined, { query, signal: o.signal })) as ListBody
  }
  const limit = o.limit ?? pageSize
  const items: KubeObject[] = []
  let body = await page({ limit })
  for (;;) {
    for (const item of body.items ?? []) {
      items.push(
        withoutManagedFields(
          Object.assign(item, { apiVersion: apiVersionOf(kind), kind: kind.kind }),
        ),
      )
    }
    if (!body.metadata.continue) return { items, resourceVersion: body.metadata.resourceVersion }
    const next = await page({ limit, continue: body.metadata.continue }).catch(orUndefinedIfGone)
    if (next) body = next
    else {
      items.length = 0 // the snapshot was compacted between two pages: all in one answer
      body = await page({})
    }
  }
}

const orUndefinedIfGone = (error: unknown): undefined => {
  if (isGone(error)) return undefined
  throw error
}

export async function* watch(
  transport: Transport,
  kind: Kind,
  o: Parameters<Kube['watch']>[1] & { userAgent?: string | undefined },
) {
  const path = pathOf(kind, o)
  const query = {
    ...selectors(o),
    watch: true,
    allowWatchBookmarks: true,
    resourceVersion: o.resourceVersion,
    timeoutSeconds: o.timeoutSeconds,
  }
  const headers = { accept: 'application/json', 'user-agent': o.userAgent ?? 'cratekube' }
  const answer = await transport.stream({
    method: 'GET',
    path: path + queryText(query),
    headers,
    signal: o.signal,
  })
  if (answer.status === 200) {
    o.onOpen?.()
    return yield* watchEvents(answer.chunks, path)
  }
  const parts: string[] = []
  for await (const part of answer.chunks) parts.push(part)
  throw errorFromAnswer({ method: 'WATCH', path }, answer.status, {
    ...answer,
    body: parts.join(''),
  })
}

const selectors = ({ labelSelector, fieldSelector }: ListOptions) => ({
  labelSelector,
  fieldSelector,
})
