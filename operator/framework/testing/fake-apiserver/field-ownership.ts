// Server-side apply, as far as operators lean on it: who owns which field, conflicts, and removal of fields
// that their only owner no longer applies. Lists are atomic but for the associative ones named here.
import { isDeepStrictEqual } from 'node:util'
import { Refusal } from './refusal.ts'

type Json = Record<string, unknown>
type Leaf = { path: string[]; value: unknown }

/** Field paths (joined) by manager. */
export type Owners = Map<string, Set<string>>

const listKeys: Record<string, string> = {
  conditions: 'type',
  ownerReferences: 'uid',
  containers: 'name',
  webhooks: 'name',
}
const sets = new Set(['finalizers'])
const unowned = new Set(['apiVersion', 'kind'])
const unownedMeta = new Set(['name', 'namespace', 'uid', 'resourceVersion'])

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const text = (path: string[]): string => path.join('\0')

export function applyConfiguration(
  current: Json,
  config: Json,
  o: { owners: Owners; manager: string; force: boolean },
): Json {
  const applied = leaves(config)
  const wanted = new Set(applied.map(({ path }) => text(path)))
  const others = [...o.owners].filter(([manager]) => manager !== `apply ${o.manager}`)
  for (const { path, value } of applied) {
    const owner = others.find(([, paths]) => paths.has(text(path)))
    if (!owner || isDeepStrictEqual(read(current, path), value)) continue
    if (!o.force) {
      const message = `Apply failed with 1 conflict: conflict with "${owner[0]}": .${path.join('.')}`
      throw new Refusal(409, 'Conflict', message)
    }
    for (const [, paths] of others) paths.delete(text(path))
  }
  const result = structuredClone(current)
  for (const old of o.owners.get(`apply ${o.manager}`) ?? []) {
    const kept = wanted.has(old) || others.some(([, paths]) => paths.has(old))
    if (!kept) remove(result, old.split('\0'))
  }
  for (const { path, value } of applied) write(result, path, value)
  o.owners.set(`apply ${o.manager}`, wanted)
  return result
}

/** After a write that is no apply: whoever changed a field owns it. */
export function takeOver(was: Json, now: Json, owners: Owners, manager: string): void {
  const mine = owners.get(`update ${manager}`) ?? new Set<string>()
  for (const { path, value } of leaves(now)) {
    if (isDeepStrictEqual(read(was, path), value)) continue
    for (const paths of owners.values()) paths.delete(text(path))
    mine.add(text(path))
  }
  owners.set(`update ${manager}`, mine)
}

function leaves(value: unknown, path: string[] = []): Leaf[] {
  const field = path.at(-1) ?? ''
  const listKey = listKeys[field]
  if (Array.isArray(value) && listKey) {
    return value.flatMap((item: Json) =>
      leaves(item, [...path, `${listKey}=${String(item[listKey])}`]),
    )
  }
  if (Array.isArray(value) && sets.has(field)) {
    return value.map((item: unknown) => ({ path: [...path, `=${String(item)}`], value: item }))
  }
  if (!isObject(value) || (Object.keys(value).length === 0 && path.length > 0))
    return [{ path, value }]
  return Object.entries(value)
    .filter(([name]) => !(path.length === 0 && unowned.has(name)))
    .filter(([name]) => !(path.length === 1 && path[0] === 'metadata' && unownedMeta.has(name)))
    .flatMap(([name, child]) => leaves(child, [...path, name]))
}

/** An item of an associative list or set by `key=value`, else a field. */
function child(at: unknown, segment: string): unknown {
  if (!Array.isArray(at)) return (at as Json | undefined)?.[segment]
  return at.find((item: unknown) => isItem(item, segment)) as unknown
}

function isItem(item: unknown, segment: string): boolean {
  const [key = '', ...rest] = segment.split('=')
  const value = rest.join('=')
  return key === '' ? item === value : String((item as Json)[key]) === value
}

const read = (root: unknown, path: string[]): unknown => path.reduce<unknown>(child, root)

function write(root: Json, path: string[], value: unknown): void {
  let at: unknown = root
  for (const [depth, segment] of path.entries()) {
    const isLast = depth === path.length - 1
    if (Array.isArray(at)) {
      if (child(at, segment) === undefined) at.push(isLast ? value : newItem(segment))
      else if (isLast) at[at.findIndex((item: unknown) => isItem(item, segment))] = value
    } else if (isLast) (at as Json)[segment] = value
    else if (child(at, segment) === undefined) {
      ;(at as Json)[segment] = path[depth + 1]?.includes('=') && isList(segment) ? [] : {}
    }
    at = child(at, segment)
  }
}

const isList = (field: string): boolean => field in listKeys || sets.has(field)

const newItem = (segment: string): Json => {
  const [key = '', ...rest] = segment.split('=')
  return { [key]: rest.join('=') }
}

/** Takes the field away, and what became empty with it. */
function remove(root: Json, path: string[]): void {
  const parents = path.slice(0, -1)
  const parent = read(root, parents)
  const last = path.at(-1) ?? ''
  if (Array.isArray(parent)) {
    const at = parent.findIndex((item: unknown) => isItem(item, last))
    if (at >= 0) parent.splice(at, 1)
  } else if (isObject(parent) && !isKeyOf(parents.at(-1) ?? '', last)) delete parent[last]
  const emptied = parents.length > 1 && isObject(parent) && isBare(parent, parents.at(-1) ?? '')
  if (emptied) remove(root, parents)
}

/** An item keeps its key until it goes as a whole. */
const isKeyOf = (segment: string, field: string): boolean => segment.startsWith(`${field}=`)

/** Nothing but the key of its list is left. */
const isBare = (item: Json, segment: string): boolean =>
  Object.keys(item).every((field) => isKeyOf(segment, field))
