// Reading a whole collection: page by page to list it, then one connection to watch it.
import { defaultUserAgent, queryText, type Ask } from './wire/ask.ts'
import { answerTooLarge, errorFromAnswer, isGone, isTooLarge, KubeError } from './errors.ts'
import { apiVersionOf, pathOf, type Kind } from './kinds.ts'
import type { Call, Kube, ListOptions } from './kube.ts'
import type { KubeObject } from './objects.ts'
import type { Transport } from './wire/transport.ts'
import { watchEvents, withoutBallast } from './wire/watch.ts'

const pageSize = 100
const pageToFold = 50
const mostPages = 400
const longestToken = 16_384
const longestErrorBody = 65_536

type Page = { items: KubeObject[]; resourceVersion: string; next: string | undefined }
type Place = ListOptions & Call

export async function listAll(ask: Ask, kind: Kind, o: Place & { limit?: number }) {
  let limit = o.limit ?? pageSize
  const items: KubeObject[] = []
  let from: string | undefined
  for (;;) {
    const page = await readPage(ask, kind, { ...o, limit, from }).catch((error: unknown) => {
      if (isTooLarge(error) && limit > 1) limit = Math.ceil(limit / 2)
      else if (isGone(error) && from !== undefined) {
        from = undefined // the snapshot was compacted between two pages: all in one answer
        items.length = limit = 0
      } else throw error
    })
    if (!page) continue
    items.push(...page.items)
    if (!page.next) return { items, resourceVersion: page.resourceVersion }
    from = page.next
  }
}

export async function* pagesOf(
  ask: Ask,
  kind: Kind,
  { limit = pageToFold, maxPages = mostPages, ...o }: Parameters<Kube['pages']>[1] & {},
): AsyncGenerator<KubeObject[]> {
  let from: string | undefined
  for (let pages = 1; ; pages += 1) {
    const { items, next } = await readPage(ask, kind, { ...o, limit, from })
    yield items
    if (!next) return
    if (pages === maxPages) {
      const message = `GET ${pathOf(kind, o)}: there are more than ${maxPages * limit} objects`
      throw new KubeError(message, { status: 0, reason: answerTooLarge })
    }
    from = next
  }
}

/** A limit of 0 is none. */
async function readPage(
  ask: Ask,
  kind: Kind,
  { limit, from, signal, ...o }: Place & { limit: number; from: string | undefined },
): Promise<Page> {
  const path = pathOf(kind, o)
  const query = { ...selectors(o), limit: limit || undefined, continue: from }
  const body = await ask('GET', path, undefined, { query, signal })
  if (!isList(body)) {
    throw new KubeError(`GET ${path}: the answer is no list`, { status: 0, reason: 'BadAnswer' })
  }
  const typed = { apiVersion: apiVersionOf(kind), kind: kind.kind }
  return {
    items: (body.items ?? []).map((item) => withoutBallast(Object.assign(item, typed))),
    resourceVersion: body.metadata.resourceVersion,
    next: body.metadata.continue,
  }
}

/** `items` is null when there are none. */
type List = { items: KubeObject[] | null; metadata: { resourceVersion: string; continue?: string } }

function isList(body: unknown): body is List {
  if (!isObject(body)) return false
  const { items, metadata } = body as { items?: unknown; metadata: { continue?: unknown } } // each checked here
  const itemsAreFine =
    (items ?? undefined) === undefined || (Array.isArray(items) && items.every(isObject))
  const { continue: next = '' } = metadata
  return itemsAreFine && typeof next === 'string' && next.length <= longestToken
}

/** Lists have metadata, as objects do. */
const isObject = (item: unknown): item is KubeObject =>
  typeof item === 'object' &&
  item !== null &&
  'metadata' in item &&
  typeof item.metadata === 'object' &&
  item.metadata !== null

export async function* watch(
  transport: Transport,
  kind: Kind,
  o: Parameters<Kube['watch']>[1] & { userAgent?: string | undefined; maxEventBytes: number },
) {
  const path = pathOf(kind, o)
  const query = {
    ...selectors(o),
    watch: true,
    allowWatchBookmarks: true,
    resourceVersion: o.resourceVersion,
    timeoutSeconds: o.timeoutSeconds,
  }
  const headers = { accept: 'application/json', 'user-agent': o.userAgent ?? defaultUserAgent }
  const answer = await transport.stream({
    method: 'GET',
    path: path + queryText(query),
    headers,
    signal: o.signal,
  })
  if (answer.status === 200) {
    o.onOpen?.()
    return yield* watchEvents(answer.chunks, path, o.maxEventBytes)
  }
  let body = ''
  for await (const part of answer.chunks) if ((body += part).length > longestErrorBody) break
  throw errorFromAnswer({ method: 'WATCH', path }, answer.status, { ...answer, body })
}

const selectors = ({ labelSelector, fieldSelector }: ListOptions) => ({
  labelSelector,
  fieldSelector,
})
