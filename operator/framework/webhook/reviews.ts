// AdmissionReview and ConversionReview: what the API server asks and how it wants to be answered.
// Pure but for the handlers that it calls.
import type { KubeObject, Manifest } from '../kube/objects.ts'

export type AdmissionReview<Obj = KubeObject> = {
  operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT'
  object?: Obj
  oldObject?: Obj
  dryRun: boolean
  subResource?: string
  /** What the client asked in; `object` is in a version that the webhook's rules name. */
  requestKind?: { group: string; version: string; kind: string }
  userInfo: { username?: string; groups?: string[] }
}

/** undefined means allowed. */
export type Verdict = { allowed: boolean; message?: string; warnings?: string[] } | undefined

export type Validator = (review: AdmissionReview) => Promise<Verdict> | Verdict

/** `obj` comes in the version that it has and leaves in `desiredApiVersion`, for example locust.io/v1. */
export type Converter = (obj: Manifest, desiredApiVersion: string) => Manifest

type AdmissionRequest = Omit<AdmissionReview, 'dryRun'> & { uid: string; dryRun?: boolean }

const forbidden = 403

export async function admit(body: unknown, validate: Validator): Promise<unknown> {
  const { request } = body as { request: AdmissionRequest } // the API server's own format
  const verdict = await validate({ ...request, dryRun: request.dryRun ?? false })
  const { allowed = true, message, warnings } = verdict ?? {}
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: {
      uid: request.uid,
      allowed,
      ...(!allowed && {
        status: { code: forbidden, reason: 'Forbidden', message: message ?? 'refused' },
      }),
      ...(warnings?.length && { warnings }),
    },
  }
}

type ConversionRequest = { uid: string; desiredAPIVersion: string; objects: Manifest[] }

/** One object that cannot be converted fails them all: the API server wants it so. */
export function convertAll(body: unknown, convert: Converter): unknown {
  const { request } = body as { request: ConversionRequest } // the API server's own format
  const { uid, desiredAPIVersion } = request
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'ConversionReview',
    response: { uid, ...converted(request.objects, desiredAPIVersion, convert) },
  }
}

function converted(objects: Manifest[], desired: string, convert: Converter) {
  try {
    const convertedObjects = objects.map((obj) => withIdentity(obj, convert(obj, desired), desired))
    return { result: { status: 'Success' }, convertedObjects }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return { result: { status: 'Failure', message } }
  }
}

/** A conversion may change labels and annotations, and no other metadata. */
function withIdentity(from: Manifest, to: Manifest, apiVersion: string): Manifest {
  const { labels, annotations } = to.metadata
  const { labels: _, annotations: __, ...identity } = from.metadata
  const metadata = { ...identity, ...(labels && { labels }), ...(annotations && { annotations }) }
  return { ...to, apiVersion, metadata }
}
