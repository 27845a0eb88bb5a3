// The caches of an operator: one reflector for each kind and place, started when the operator runs, and
// told of the operator's own writes so that whoever reads after a write sees it.
import type { Logger } from 'pino'
import type { Clock } from '../clock.ts'
import { kindText, type Kind } from '../kube/kinds.ts'
import type { Kube } from '../kube/kube.ts'
import { keyOf, type Key, type KubeObject } from '../kube/objects.ts'
import type { Metrics } from '../metrics.ts'
import type { Cache, Origin } from './cache.ts'
import { isInNamespaces } from './namespaces.ts'
import { Reflector, type Scope } from './reflector.ts'
import { Store } from './store.ts'

export type SharedCache = Cache & {
  readonly kind: Kind
  readonly scope: Scope
  readonly store: Store
  readonly reflector: Reflector
}

type Options = {
  kube: Kube
  clock: Clock
  log: Logger
  metrics: Metrics
  trim?: (obj: KubeObject) => void
  /** Where a declaration names no place. */
  namespaces?: readonly string[]
}

export class SharedCaches {
  readonly #caches = new Map<string, SharedCache>()
  readonly #o: Options
  #start: ((cache: SharedCache) => void) | undefined

  constructor(o: Options) {
    this.#o = o
  }

  of(kind: Kind, asked: Scope = {}): SharedCache {
    const scope = placed(kind, asked, this.#o.namespaces)
    const { namespace, namespaces, labelSelector, fieldSelector } = scope
    const place = [namespace, namespaces?.join(), labelSelector, fieldSelector]
    const id = [kindText(kind), kind.version, ...place].join('\0')
    const known = this.#caches.get(id)
    if (known) return known
    const cache = this.#create(kind, scope)
    this.#caches.set(id, cache)
    this.#start?.(cache)
    return cache
  }

  all(): SharedCache[] {
    return [...this.#caches.values()]
  }

  /** A cache that would hold the object if there were one; undefined when only the API server can tell. */
  covering(kind: Kind, key: Key): SharedCache | undefined {
    const candidates = this.#ofKind(kind).filter((cache) => inScope(cache.scope, key))
    return candidates.find((cache) => !cache.scope.labelSelector) ?? candidates[0]
  }

  /** What an own write returned. */
  learn(kind: Kind, obj: KubeObject, origin?: Origin): void {
    for (const cache of this.#ofKind(kind)) {
      if (!inScope(cache.scope, keyOf(obj))) continue
      if (cache.scope.labelSelector && !sameLabels(cache.store.get(keyOf(obj)), obj)) {
        cache.store.doubt(keyOf(obj)) // the server decides whether the selector still holds
      } else cache.store.learn(obj, origin)
    }
  }

  learnDeletion(kind: Kind, key: Key): void {
    for (const cache of this.#ofKind(kind)) if (cache.store.get(key)) cache.store.doubt(key)
  }

  /** Runs every reflector, those asked for later too, until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    const running: Promise<void>[] = []
    this.#start = (cache) => running.push(cache.reflector.run(signal))
    for (const cache of this.all()) this.#start(cache)
    await new Promise<void>((resolve) => {
      if (signal.aborted) return resolve()
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    await Promise.all(running)
  }

  async synced(): Promise<void> {
    await Promise.all(this.all().map((cache) => cache.reflector.synced))
  }

  /** Without those narrowed by fields: which objects are theirs only the server can say. */
  #ofKind(kind: Kind): SharedCache[] {
    return this.all().filter(
      (cache) =>
        kindText(cache.kind) === kindText(kind) &&
        cache.kind.version === kind.version &&
        !cache.scope.fieldSelector,
    )
  }

  #create(kind: Kind, scope: Scope): SharedCache {
    const name = kindText(kind)
    const log = this.#o.log.child({ watch: name })
    const report = (error: unknown) =>
      log.error({ err: error }, 'a listener or index function threw')
    const store = new Store(report, this.#o.trim, (obj) => inScope(scope, keyOf(obj)))
    const metrics = this.#o.metrics.watch(name)
    const runner = new Reflector({ ...this.#o, kind, scope, store, log, metrics })
    return {
      kind,
      scope,
      store,
      reflector: runner,
      get: (key) => store.get(key),
      list: () => store.list(),
      by: (index, value) => store.by(index, value),
      addIndex: (index, by) => store.addIndex(index, by),
      onChange: (listener) => store.onChange(listener),
      synced: () => runner.synced,
    }
  }
}

/** One namespace by its name is the API server's to apply, and needs no rights beyond it. */
function placed(kind: Kind, scope: Scope, namespaces: readonly string[] = []): Scope {
  const [only, ...others] = namespaces
  const isPlaced = scope.namespace !== undefined || scope.namespaces !== undefined
  if (!kind.namespaced || isPlaced || only === undefined) return scope
  const isName = others.length === 0 && /^[a-z0-9-]+$/.test(only)
  return isName ? { ...scope, namespace: only } : { ...scope, namespaces }
}

const inScope = ({ namespace, namespaces }: Scope, key: Key): boolean =>
  (namespace === undefined || namespace === key.namespace) &&
  (namespaces === undefined ||
    key.namespace === undefined ||
    isInNamespaces(namespaces, key.namespace))

const sameLabels = (a: KubeObject | undefined, b: KubeObject): boolean =>
  a !== undefined && JSON.stringify(a.metadata.labels) === JSON.stringify(b.metadata.labels)
