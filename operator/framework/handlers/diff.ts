// What differs between two values, leaf by leaf: what update and field handlers are given. Pure.
import { isDeepStrictEqual } from 'node:util'

export type Difference = {
  readonly op: 'add' | 'change' | 'remove'
  readonly path: readonly string[]
  readonly old: unknown
  readonly new: unknown
}

export type Diff = readonly Difference[]

/** Objects are compared field by field; lists and everything else as one value. */
export function diffOf(old: unknown, now: unknown, path: readonly string[] = []): Diff {
  if (isDeepStrictEqual(old, now)) return []
  if (old === undefined) return [{ op: 'add', path, old, new: now }]
  if (now === undefined) return [{ op: 'remove', path, old, new: now }]
  if (!isMap(old) || !isMap(now)) return [{ op: 'change', path, old, new: now }]
  const fields = new Set([...Object.keys(old), ...Object.keys(now)])
  return [...fields].flatMap((field) => diffOf(old[field], now[field], [...path, field]))
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
