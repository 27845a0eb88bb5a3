// AdmissionReview and ConversionReview: what the API server asks and how it wants to be answered.
// Pure but for the handlers that it calls.
import type { KubeObject, Manifest } from '../kube/objects.ts'
import { patchBetween } from './json-patch.ts'

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

/** Thrown by a handler: refuses with these words. */
export class AdmissionError extends Error {
  override readonly name = 'AdmissionError'
  readonly code: number

  constructor(message: string, o: { code?: number } = {}) {
    super(message)
    this.code = o.code ?? forbidden
  }
}

const forbidden = 403

export type Validator = (review: AdmissionReview) => Promise<Verdict> | Verdict

/** Changes `review.object` in place. */
export type Mutator = Validator

/** `obj` comes in the version that it has and leaves in `desiredApiVersion`, for example locust.io/v1. */
export type Converter = (obj: Manifest, desiredApiVersion: string) => Manifest

type AdmissionRequest = Omit<AdmissionReview, 'dryRun'> & { uid: string; dryRun?: boolean }

export async function admit(body: unknown, validate: Validator): Promise<unknown> {
  const { request } = body as { request: AdmissionRequest } // the API server's own format
  const verdict = await verdictOf(validate, { ...request, dryRun: request.dryRun ?? false })
  return answerTo(request, verdict)
}

/** The handler changes a copy of the object; what differs then is the patch. */
export async function mutate(body: unknown, mutator: Mutator): Promise<unknown> {
  const { request } = body as { request: AdmissionRequest } // the API server's own format
  const object = structuredClone(request.object)
  const review = { ...request, ...(object && { object }), dryRun: request.dryRun ?? false }
  const verdict = await verdictOf(mutator, review)
  const patch = object ? patchBetween(request.object, object) : []
  if (verdict?.allowed === false || patch.length === 0) return answerTo(request, verdict)
  const encoded = Buffer.from(JSON.stringify(patch)).toString('base64')
  return answerTo(request, verdict, { patchType: 'JSONPatch', patch: encoded })
}

type Refusal = Verdict & { code?: number }

async function verdictOf(
  handler: Validator,
  review: AdmissionReview,
): Promise<Refusal | undefined> {
  try {
    return await handler(review)
  } catch (error) {
    if (!(error instanceof AdmissionError)) throw error
    return { allowed: false, message: error.message, code: error.code }
  }
}

function answerTo({ uid }: AdmissionRequest, verdict: Refusal | undefined, patch: object = {}) {
  const { allowed = true, message, warnings, code = forbidden } = verdict ?? {}
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: {
      uid,
      allowed,
      ...(!allowed && {
        status: { code, reason: 'Forbidden', message: message ?? 'refused' },
      }),
      ...(warnings?.length && { warnings }),
      ...patch,
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
