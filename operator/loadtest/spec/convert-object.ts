// What the conversion webhook answers: whole objects between v1 and v2, with status and metadata untouched.
import type { LocustTestSpec } from '../../api/locust/locust-types.ts'
import type { Manifest } from '../../framework/index.ts'
import { isV1Spec, keptAnnotation, toV1, toV2, unreadable } from './conversion.ts'

const v1 = 'locust.io/v1'
const v2 = 'locust.io/v2'

/** Throws an Error for a version that is neither; an object without a spec keeps having none. */
export function convertObject(obj: Manifest, desired: string): Manifest {
  if (desired !== v1 && desired !== v2)
    throw new Error(`apiVersion: expected ${v1} or ${v2}, got ${desired}`)
  const spec = obj['spec']
  // What cannot be read is handed on as it is, for the validation to name.
  if (
    obj.apiVersion === desired ||
    unreadable(spec).length > 0 ||
    typeof spec !== 'object' ||
    spec === null
  )
    return { ...obj, apiVersion: desired }
  return desired === v1 ? downgraded(obj, spec) : upgraded(obj, spec)
}

function downgraded(obj: Manifest, spec: object): Manifest {
  if (isV1Spec(spec)) return { ...obj, apiVersion: v1 } // stored by a client of v1, before there was a webhook
  const full = spec as LocustTestSpec // a v2 object is validated by its CRD
  if (!full.master || !full.worker) return { ...obj, apiVersion: v1 }
  const annotations = { ...obj.metadata.annotations, [keptAnnotation]: JSON.stringify(full) }
  return {
    ...obj,
    apiVersion: v1,
    metadata: { ...obj.metadata, annotations },
    spec: toV1(full),
  }
}

function upgraded(obj: Manifest, spec: object): Manifest {
  if (!isV1Spec(spec)) return { ...obj, apiVersion: v2 }
  const { [keptAnnotation]: kept, ...annotations } = obj.metadata.annotations ?? {}
  const { annotations: _all, ...metadata } = obj.metadata
  const others = Object.keys(annotations).length > 0 ? { annotations } : {}
  return {
    ...obj,
    apiVersion: v2,
    metadata: { ...metadata, ...others },
    spec: toV2(spec, readKept(kept)),
  }
}

/** A user can write anything into an annotation; what is no spec is as good as none. */
function readKept(text: string | undefined): LocustTestSpec | undefined {
  if (text === undefined) return undefined
  try {
    const kept = JSON.parse(text) as Partial<LocustTestSpec> | null
    const whole =
      unreadable(kept).length === 0 &&
      typeof kept?.master?.command === 'string' &&
      typeof kept.worker?.command === 'string'
    return whole ? (kept as LocustTestSpec) : undefined
  } catch {
    return undefined // not JSON
  }
}
