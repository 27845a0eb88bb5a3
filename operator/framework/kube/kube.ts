// Access to one API server, as every other part of the framework and its users see it.
import type { Budget } from './wire/budget.ts'
import type { Kind } from './kinds.ts'
import type { Key, KubeObject, Manifest } from './objects.ts'

type Maybe<T> = T | undefined
export type ListOptions = {
  namespace?: Maybe<string>
  labelSelector?: Maybe<string>
  fieldSelector?: Maybe<string>
}

export type WatchEvent<Obj = KubeObject> =
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: Obj }
  | { type: 'BOOKMARK'; resourceVersion: string }

export type WatchOptions = ListOptions & {
  resourceVersion: string
  signal: AbortSignal
  timeoutSeconds?: number
  /** Told when the server has accepted the watch, which may be long before its first event. */
  onOpen?: () => void
}

export type ApplyOptions = {
  fieldManager: string
  force?: boolean
  dryRun?: boolean
  signal?: Maybe<AbortSignal>
}
export type Call = { signal?: Maybe<AbortSignal> }

export type DeleteOptions = Call & {
  preconditions?: { uid?: string; resourceVersion?: string }
  propagationPolicy?: 'Foreground' | 'Background' | 'Orphan'
  gracePeriodSeconds?: number
}

export type PatchOptions = Call & {
  type: 'merge' | 'json' | 'strategic'
  subresource?: string
  fieldManager?: string
  dryRun?: boolean
}

export type RequestOptions = Call & {
  contentType?: string
  query?: Record<string, string | number | boolean | undefined>
  /** 'json' (default) parses the answer, 'text' returns it as it is (logs, metrics through the proxy). */
  as?: 'json' | 'text'
  timeoutMs?: number
  /** For an answer of somebody else that comes through the API server: less than the client reads of any. */
  maxAnswerBytes?: number
}

/** A server that somebody else fills with objects: nothing reads a collection of it whole. */
export type TenantKube = Pick<Kube, 'get' | 'pages' | 'request' | 'delete' | 'close'> & {
  within(budget: Budget): TenantKube
}

export interface Kube {
  /** undefined when there is no such object. */
  get<S, T, R>(
    kind: Kind<S, T, R>,
    name: string,
    namespace?: string,
    o?: Call,
  ): Promise<KubeObject<S, T, R> | undefined>
  /** All objects, page by page (`limit` is the size of a page, 100 by default; less where a page is too large to be read). */
  list<S, T, R>(
    kind: Kind<S, T, R>,
    o?: ListOptions & Call & { limit?: number },
  ): Promise<{ items: KubeObject<S, T, R>[]; resourceVersion: string }>
  /**
   * All objects of one snapshot, a page of 50 at a time, for who keeps none of them. Ends with an error when the server
   * has forgotten the snapshot, and when there are more than `maxPages` (400 by default).
   */
  pages<S, T, R>(
    kind: Kind<S, T, R>,
    o?: ListOptions & Call & { limit?: number; maxPages?: number },
  ): AsyncIterable<KubeObject<S, T, R>[]>
  /** One watch connection. Ends when the server ends it; throws KubeError (410: list again). */
  watch<S, T, R>(
    kind: Kind<S, T, R>,
    o: WatchOptions,
  ): AsyncIterable<WatchEvent<KubeObject<S, T, R>>>
  create<S, T, R>(
    kind: Kind<S, T, R>,
    obj: Manifest,
    o?: Call & { fieldManager?: string; dryRun?: boolean },
  ): Promise<KubeObject<S, T, R>>
  apply<S, T, R>(kind: Kind<S, T, R>, obj: Manifest, o: ApplyOptions): Promise<KubeObject<S, T, R>>
  applyStatus<S, T, R>(
    kind: Kind<S, T, R>,
    obj: Manifest,
    o: ApplyOptions,
  ): Promise<KubeObject<S, T, R>>
  patch<S, T, R>(
    kind: Kind<S, T, R>,
    ref: Key,
    patch: unknown,
    o: PatchOptions,
  ): Promise<KubeObject<S, T, R>>
  /** True when there was something to delete. */
  delete(kind: Kind, ref: Key, o?: DeleteOptions): Promise<boolean>
  /** Anything else: logs, proxy, scale, token. `path` starts with /. */
  request(method: string, path: string, body?: unknown, o?: RequestOptions): Promise<unknown>
  /** The same server, for calls that together may take no more than this. */
  within(budget: Budget): Kube
  close(): void
}
