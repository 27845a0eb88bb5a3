// Reads a LocustTest as the API server holds it, whatever state it is in: no spec, or a spec of v1.
import { createHash } from 'node:crypto'
import type { LocustTestSpec, LocustTestStatus } from '../../api/locust/locust-types.ts'
import type { LocustTestV1Spec } from '../../api/locust/locust-types.ts'
import { v1Shape, v2Shape } from '../../api/locust/locust-test-shapes.ts'
import type { KubeObject } from '../../framework/index.ts'
import { isV1Spec, toV2, unreadable } from './conversion.ts'

export type LocustTest = KubeObject<LocustTestSpec | LocustTestV1Spec | undefined, LocustTestStatus>

/** The part of a LocustTest that its objects are made from. */
export type Subject = {
  name: string
  namespace: string
  uid: string
  apiVersion: string
  spec: LocustTestSpec
  /** Its author writes v1: what is wrong with it is said in the fields of v1. */
  v1?: boolean
  /** What of the spec cannot be read, when it was not made by its CRD; `spec` is empty then. */
  misread?: string[]
}

/** The spec of a v1 object counts as the v2 spec that it converts to. */
export function subjectOf(obj: LocustTest): Subject {
  const { name, namespace = '', uid } = obj.metadata
  const misread = unreadable(obj.spec)
  const given = misread.length > 0 ? {} : (obj.spec ?? {})
  const v1 = isV1Spec(given)
  const spec = v1 ? { ...beyondV1(given), ...toV2(given) } : (given as LocustTestSpec) // problems() checks it
  return { name, namespace, uid, apiVersion: obj.apiVersion, spec, v1, misread }
}

/** What was added through v2 to an object that is stored as v1. */
function beyondV1(given: object): Partial<LocustTestSpec> {
  return Object.fromEntries(Object.entries(given).filter(([field]) => !v1Fields.has(field)))
}

const v1Fields = new Set(Object.keys(v1Shape).filter((field) => !(field in v2Shape)))

/** Identifies what a run is made of: all but the fields that may change while it runs. */
export function specHash(spec: LocustTestSpec): string {
  const { suspend: _suspend, thresholds: _thresholds, ...rest } = spec
  const fixed = { ...rest, worker: { ...spec.worker, replicas: 0 } }
  return createHash('sha256')
    .update(JSON.stringify(sorted(fixed)))
    .digest('hex')
    .slice(0, 16)
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]))
}
