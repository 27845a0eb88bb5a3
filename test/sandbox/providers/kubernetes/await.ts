// Waits for objects to be ready and for deleted ones to be gone, as the real provider does.
import { type Key, type Kind, type Kube, KubeError } from '../../../../operator/framework/index.ts'
import { textOf } from '../values.ts'
import { isObject } from '../../../../operator/engine/embedded/values/values.ts'
import { waitUntil } from '../wait.ts'
import { type Live, bindsLate, needsEndpoints, readiness } from './ready.ts'

export type Wait = { kube: Kube; signal: AbortSignal; pollMs: number; timeoutMs: number }
export type Found = Record<string, unknown> & Live

export const skipsAwait = (annotations: Record<string, unknown>): boolean =>
  textOf(annotations['pulumi.com/skipAwait']) === 'true'

const storageClass: Kind = {
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'StorageClass',
  plural: 'storageclasses',
  namespaced: false,
}
const endpointSlice: Kind = {
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  namespaced: true,
}

/** Resolves with the ready object; the error says what is still missing. */
export async function awaitReady(kind: Kind, key: Key, o: Wait): Promise<Found> {
  let missing = 'the object itself'
  const probe = async (): Promise<Found | undefined> => {
    const live = (await o.kube.get(kind, key.name, key.namespace)) as Found | undefined // as the API server has it
    if (!live) return undefined
    const seen = readiness(live)
    if (seen.state === 'failed') throw new Error(seen.why)
    if (seen.state === 'waiting' && !(await bindsLater(live, o.kube))) {
      missing = seen.why
      return undefined
    }
    if (needsEndpoints(live) && !(await hasEndpoints(live, o.kube))) {
      missing = 'Service does not target any Pods. Selected Pods may not be ready, or field \'.spec.selector\' may not match labels on any Pods' // prettier-ignore
      return undefined
    }
    return live
  }
  try {
    return await waitUntil(probe, { ...o, what: 'it to be ready' })
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}: ${missing}`, {
      cause: error,
    })
  }
}

async function bindsLater(live: Found, kube: Kube): Promise<boolean> {
  if (live.kind !== 'PersistentVolumeClaim' || !isObject(live.spec)) return false
  const name = live.spec['storageClassName']
  return typeof name === 'string' && name !== '' && bindsLate(await kube.get(storageClass, name))
}

type Slice = { endpoints?: { conditions?: { ready?: boolean } }[] }

async function hasEndpoints(live: Found, kube: Kube): Promise<boolean> {
  const { items } = await kube.list(endpointSlice, {
    namespace: live.metadata.namespace,
    labelSelector: `kubernetes.io/service-name=${live.metadata.name}`,
  })
  return items.some((item) => {
    const { endpoints } = item as unknown as Slice // an EndpointSlice, as listed
    return endpoints?.some((endpoint) => endpoint.conditions?.ready !== false) === true
  })
}

/** Resolves when the object, or the one with this uid, is no more. */
export async function awaitGone(
  kind: Kind,
  key: Key,
  o: Wait & { uid: string | undefined },
): Promise<void> {
  let left: unknown
  try {
    await waitUntil(
      async () => {
        const live = await o.kube.get(kind, key.name, key.namespace)
        left = live && { finalizers: live.metadata.finalizers, status: live.status }
        return live && (o.uid === undefined || live.metadata.uid === o.uid) ? undefined : true
      },
      { ...o, what: 'it to be gone' },
    )
  } catch (error) {
    if (error instanceof KubeError) throw error
    const text = error instanceof Error ? error.message : String(error)
    throw new Error(`${text}: ${JSON.stringify(left)}`, { cause: error })
  }
}
