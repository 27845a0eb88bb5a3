// A Kubernetes API server in this process, for tests in virtual time: the protocol of the real one as far
// as operators use it (conformance.test.ts runs the same cases on both), with faults by script.
import { apiVersionOf, type Clock, type Kind, type Kube, systemClock } from '../../index.ts'
import { kubeOver, type ConnectOptions } from '../../kube/client.ts'
import type { Answer, Sent, StreamAnswer, Transport } from '../../kube/wire/transport.ts'
import { definedBy, discoveryAt, isDefinition } from './discovery.ts'
import { Faults } from './faults.ts'
import { Paging } from './paging.ts'
import { Refusal } from './refusal.ts'
import { collectionOf, Resources, type Place } from './resources.ts'
import { Routes } from './routes.ts'
import { matcher } from './selectors.ts'
import { struck } from './struck.ts'
import { WatchStream } from './watch-stream.ts'

export type RequestLog = { method: string; path: string; query: URLSearchParams; body?: unknown }

export class FakeApiServer {
  readonly faults = new Faults()
  /** Every request that reached the server. */
  readonly requests: RequestLog[] = []
  readonly #clock: Clock
  readonly #resources: Resources
  readonly #routes: Routes
  readonly #paging = new Paging()
  readonly #watches = new Set<WatchStream>()

  constructor(o: { clock?: Clock; kinds?: Kind[] } = {}) {
    this.#clock = o.clock ?? systemClock
    this.#resources = new Resources(() => this.#clock.now())
    this.#routes = new Routes(o.kinds ?? [])
  }

  kube(o: ConnectOptions = {}): Kube {
    return kubeOver(this.transport(), { clock: this.#clock, ...o })
  }

  transport(): Transport {
    return {
      send: (sent) => struck(this.faults.strike(sent), sent, this.#clock, () => this.#answer(sent)),
      stream: (sent) =>
        struck(this.faults.strike(sent), sent, this.#clock, () => this.#stream(sent)),
      close: () => undefined,
    }
  }

  /** Requests since the last call, as "METHOD path". */
  takeRequests(): string[] {
    return this.requests.splice(0).map(({ method, path }) => `${method} ${path}`)
  }

  /** Forgets history: a watch from an older version gets 410. */
  compact(): void {
    this.#resources.storage.compact()
    this.#paging.expire()
  }

  stallWatches(): void {
    for (const stream of this.#watches) stream.stall()
  }

  endWatches(): void {
    for (const stream of this.#watches) stream.end()
  }

  dropWatches(): void {
    for (const stream of this.#watches) stream.drop()
  }

  get openWatches(): number {
    return this.#watches.size
  }

  #answer(sent: Sent): Answer {
    const { path, query } = parsed(sent)
    const body = sent.body === undefined ? undefined : (JSON.parse(sent.body) as unknown)
    this.requests.push({ method: sent.method, path, query, ...(body !== undefined && { body }) })
    const about = path === '/version' ? version : discoveryAt(path, this.#routes.all())
    if (about) return { status: 200, body: JSON.stringify(about) }
    try {
      const place = this.#routes.place(path)
      const result =
        place.name || sent.method === 'POST'
          ? this.#one(sent, place, query, body)
          : this.#list(place, query)
      return { status: sent.method === 'POST' ? 201 : 200, body: JSON.stringify(result) }
    } catch (error) {
      if (error instanceof Refusal)
        return { status: error.status, body: JSON.stringify(error.body()) }
      throw error
    }
  }

  #one({ method, headers }: Sent, place: Place, query: URLSearchParams, body: unknown): unknown {
    const manager = query.get('fieldManager') ?? 'unknown'
    const dryRun = query.get('dryRun') === 'All'
    const type = headers?.['content-type'] ?? ''
    switch (method) {
      case 'GET':
        return this.#resources.get(place)
      case 'POST':
        return this.#create(place, body as Record<string, unknown>, { manager, dryRun })
      case 'PUT':
        return this.#resources.put(place, body as Record<string, unknown>, { manager, dryRun })
      case 'PATCH': {
        if (type !== 'application/apply-patch+yaml')
          return this.#resources.patch(place, type, body, { manager, dryRun })
        const force = query.get('force') === 'true'
        return this.#resources.apply(place, body as Record<string, unknown>, {
          manager,
          force,
          dryRun,
        })
      }
      case 'DELETE': {
        const { preconditions } = (body ?? {}) as { preconditions?: { uid?: string } }
        const left = this.#resources.delete(place, preconditions)
        return left ?? { kind: 'Status', apiVersion: 'v1', status: 'Success' }
      }
      default:
        throw new Refusal(405, 'MethodNotAllowed', `${method} is not allowed`)
    }
  }

  #create(place: Place, body: Record<string, unknown>, o: { manager: string; dryRun: boolean }) {
    const made = this.#resources.create(place, body, o)
    if (isDefinition(place.kind) && !o.dryRun) this.#routes.add(definedBy(made))
    return made
  }

  #list({ kind, namespace }: Place, query: URLSearchParams) {
    const { storage } = this.#resources
    const matches = this.#matcher(namespace, query)
    const { items, version, token } = this.#paging.page({
      all: () => storage.all(collectionOf(kind)).filter(matches),
      version: () => String(storage.version),
      limit: Number(query.get('limit') ?? 0),
      token: query.get('continue'),
    })
    const bare = items.map((item) => ({ ...item, apiVersion: undefined, kind: undefined })) // as in real lists
    const metadata = { resourceVersion: version, ...(token && { continue: token }) }
    return { apiVersion: apiVersionOf(kind), kind: `${kind.kind}List`, metadata, items: bare }
  }

  #stream(sent: Sent): StreamAnswer {
    const { path, query } = parsed(sent)
    this.requests.push({ method: 'WATCH', path, query })
    const { kind, namespace } = this.#routes.place(path)
    const stream = new WatchStream(this.#resources.storage, this.#clock, {
      collection: collectionOf(kind),
      matches: this.#matcher(namespace, query),
      from: Number(query.get('resourceVersion') ?? 0),
      timeoutMs: Number(query.get('timeoutSeconds') ?? 1800) * 1000,
      kind: { apiVersion: apiVersionOf(kind), kind: kind.kind },
    })
    this.#watches.add(stream)
    return { status: 200, chunks: this.#following(stream, sent.signal) }
  }

  async *#following(stream: WatchStream, signal: AbortSignal | undefined) {
    try {
      yield* stream.chunks(signal)
    } finally {
      this.#watches.delete(stream)
    }
  }

  #matcher(namespace: string, query: URLSearchParams) {
    const [labelSelector, fieldSelector] = [query.get('labelSelector'), query.get('fieldSelector')]
    const matches = matcher({ labelSelector, fieldSelector })
    return (obj: Parameters<typeof matches>[0]) =>
      (!namespace || obj.metadata.namespace === namespace) && matches(obj)
  }
}

const version = { major: '1', minor: '36', gitVersion: 'v1.36.0' }

function parsed({ path }: Sent) {
  const url = new URL(path, 'http://fake')
  return { path: url.pathname, query: url.searchParams }
}
