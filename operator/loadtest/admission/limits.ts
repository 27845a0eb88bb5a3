// The ceilings of this operator, kept current from the ConfigMap that the chart makes. The ValidatingAdmissionPolicy of
// the chart reads the same one, so there is one place to change them.
import type { Cache, KubeObject, Operator } from '../../framework/index.ts'
import { core } from '../../framework/index.ts'
import type { Ceilings } from './ceilings.ts'

export type Limits = {
  /** What is allowed now, or a sentence that says why that is not known: then no test is begun. */
  now(): Ceilings | string
  /** Calls back when a limit was changed. */
  onChange(listener: () => void): void
}

export const unlimited: Limits = { now: () => ({}), onChange: () => undefined }

/** Call it before the operator runs. */
export function limitsIn(operator: Operator, at: { namespace: string; name: string }): Limits {
  const where = { namespace: at.namespace, fieldSelector: `metadata.name=${at.name}` }
  const cache = operator.cache(core.configMap, where)
  return {
    now: () => readLimits(cache, at),
    onChange: (listener) => void cache.onChange(listener),
  }
}

type Data = { data?: Record<string, string> }

function readLimits(cache: Cache<KubeObject & Data>, at: { namespace: string; name: string }) {
  const found = cache.get(at)
  const place = `ConfigMap ${at.namespace}/${at.name}`
  return found
    ? parseLimits(found.data ?? {}, place)
    : `the limits of the load-test operator are not known: ${place} does not exist`
}

/** `place` is where the data come from, for the sentence that names what cannot be read of them. */
export function parseLimits(data: Record<string, string>, place: string): Ceilings | string {
  const counts = ['workers', 'users', 'maxDurationSeconds']
  const unreadable = counts.find((name) => !/^([1-9][0-9]{0,8})?$/.test(data[name] ?? ''))
  if (unreadable)
    return `the limits of the load-test operator cannot be read: ${place}: data.${unreadable}: expected a whole number, got ${data[unreadable]}`
  const count = (name: string) => (data[name] ? Number(data[name]) : undefined)
  const images = (data['images'] ?? '')
    .split(/[,\n]/)
    .map((pattern) => pattern.trim())
    .filter((pattern) => pattern !== '')
  return {
    workers: count('workers'),
    users: count('users'),
    durationSeconds: count('maxDurationSeconds'),
    images: images.length > 0 ? images : undefined,
  }
}
