// JSON merge patch (RFC 7396) and the part of JSON patch (RFC 6902) that Kubernetes clients use.
import { isDeepStrictEqual } from 'node:util'
import { Refusal } from './refusal.ts'

type Json = Record<string, unknown>
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch
  const result: Json = isObject(target) ? { ...target } : {}
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) delete result[field]
    else result[field] = mergePatch(result[field], value)
  }
  return result
}

type Operation = { op: string; path: string; value?: unknown }

export function jsonPatch(target: unknown, operations: Operation[]): unknown {
  const result = structuredClone(target)
  for (const operation of operations) applyOperation(result, operation)
  return result
}

function applyOperation(root: unknown, { op, path, value }: Operation): void {
  const segments = path
    .split('/')
    .slice(1)
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'))
  const last = segments.pop() ?? ''
  const parent = segments.reduce<unknown>((at, segment) => (at as Json)?.[segment], root) as Json
  const invalid = (why: string) => new Refusal(422, 'Invalid', `json patch ${op} ${path}: ${why}`)
  if (parent === undefined) throw invalid('no such path')
  if (op === 'add') return add(parent, last, value)
  if (op === 'test' && isDeepStrictEqual(parent[last], value)) return
  if (op === 'test') throw invalid('test failed')
  if (parent[last] === undefined) throw invalid(`nothing to ${op}`)
  if (op === 'replace') parent[last] = value
  else if (op !== 'remove') throw invalid('unknown operation')
  else if (Array.isArray(parent)) parent.splice(Number(last), 1)
  else delete parent[last]
}

function add(parent: Json, last: string, value: unknown): void {
  if (!Array.isArray(parent)) parent[last] = value
  else parent.splice(last === '-' ? parent.length : Number(last), 0, value)
}
