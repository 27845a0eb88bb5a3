// The Kube interface over a transport: which path, body and query each call means.
import type { ProxyEnv } from 'node:http'
import { systemClock, type Clock } from '../clock.ts'
import { asker, type Ask } from './wire/ask.ts'
import { within } from './wire/budget.ts'
import { listAll, pagesOf, watch } from './collection.ts'
import type { KubeCredentials } from './credentials/credentials.ts'
import { isNotFound } from './errors.ts'
import { apiVersionOf, pathOf, type Kind } from './kinds.ts'
import type { ApplyOptions, Kube } from './kube.ts'
import type { KubeObject, Manifest } from './objects.ts'
import { recorded, type RequestRecord } from './wire/recorded.ts'
import { retrying } from './wire/retry.ts'
import { defaultMaxAnswerBytes, httpsTransport, type Transport } from './wire/transport.ts'

export type ConnectOptions = {
  userAgent?: string
  timeoutMs?: number
  /** The most that is read of one answer, or of one event of a watch. */
  maxAnswerBytes?: number
  /** How often a call that is safe to repeat is tried, 5 times by default. */
  attempts?: number
  onRequest?: (record: RequestRecord) => void
  clock?: Clock
  /** HTTPS_PROXY and its like, if the API server is behind one; the process's own are not read. */
  proxy?: ProxyEnv
}

export function connect(credentials: KubeCredentials, o: ConnectOptions = {}): Kube {
  return kubeOver(httpsTransport(credentials, o), o)
}

/** What connect() is made of; tests bring another transport. */
export function kubeOver(transport: Transport, o: ConnectOptions = {}): Kube {
  const clock = o.clock ?? systemClock
  const retried = retrying(recorded(transport, clock, o.onRequest), clock, { attempts: o.attempts })
  const ask = asker(retried, o.userAgent)
  const objectAt = <S, T, R>(call: Promise<unknown>) => call as Promise<KubeObject<S, T, R>> // the path says which kind
  return {
    get: (kind, name, namespace, call) =>
      objectAt(ask('GET', pathOf(kind, { namespace, name }), undefined, call ?? {})).catch(
        absent,
      ) as never,
    list: (kind, options = {}) => listAll(ask, kind, options) as never,
    pages: (kind, options = {}) => pagesOf(ask, kind, options) as never,
    watch: (kind, options) =>
      watch(transport, kind, {
        ...options,
        userAgent: o.userAgent,
        maxEventBytes: o.maxAnswerBytes ?? defaultMaxAnswerBytes,
      }) as never,
    create: (kind, obj, call = {}) =>
      objectAt(
        ask('POST', pathOf(kind, { namespace: obj.metadata.namespace }), typed(kind, obj), {
          signal: call.signal,
          query: { fieldManager: call.fieldManager, dryRun: call.dryRun ? 'All' : undefined },
        }),
      ),
    apply: (kind, obj, options) => objectAt(applyTo(ask, kind, obj, options)),
    applyStatus: (kind, obj, options) =>
      objectAt(applyTo(ask, kind, obj, { ...options, subresource: 'status' })),
    patch: (kind, ref, patch, { type, subresource, fieldManager, dryRun, signal }) =>
      objectAt(
        ask('PATCH', pathOf(kind, { ...ref, subresource }), patch, {
          signal,
          contentType: patchTypes[type],
          query: { fieldManager, dryRun: dryRun ? 'All' : undefined },
        }),
      ),
    delete: async (kind, ref, { signal, ...options } = {}) => {
      const call = ask('DELETE', pathOf(kind, ref), deleteBody(options), { signal })
      return (await call.then(() => true).catch(absent)) ?? false
    },
    request: ask,
    within: (budget) => kubeOver(within(transport, budget), o),
    close: () => transport.close(),
  }
}

const patchTypes = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
}

const absent = (error: unknown): undefined => {
  if (isNotFound(error)) return undefined
  throw error
}

const applyTo = (
  ask: Ask,
  kind: Kind,
  obj: Manifest,
  o: ApplyOptions & { subresource?: string },
): Promise<unknown> => {
  const { name = '', namespace } = obj.metadata
  return ask(
    'PATCH',
    pathOf(kind, { namespace, name, subresource: o.subresource }),
    typed(kind, obj),
    {
      signal: o.signal,
      contentType: 'application/apply-patch+yaml',
      query: { fieldManager: o.fieldManager, force: o.force, dryRun: o.dryRun ? 'All' : undefined },
    },
  )
}

const typed = (kind: Kind, obj: Manifest): Manifest => ({
  apiVersion: apiVersionOf(kind),
  kind: kind.kind,
  ...obj,
})

const deleteBody = (options: object): unknown =>
  Object.keys(options).length === 0
    ? undefined
    : { apiVersion: 'v1', kind: 'DeleteOptions', ...options }
