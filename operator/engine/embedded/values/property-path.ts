// Property paths of resource options, such as `tags.owner`, `rules[0].port` or `spec["a.b"]`, as Pulumi writes them.
import { isObject } from './values.ts'
import type { Props } from './props.ts'

type Key = string | number

export function parsePath(path: string): Key[] {
  const keys: Key[] = []
  for (const match of path.matchAll(/\[(\d+|\*)\]|\["((?:[^"\\]|\\.)*)"\]|([^.[\]]+)/g)) {
    const [, index, quoted, word] = match
    if (index !== undefined) keys.push(index === '*' ? '*' : Number(index))
    else keys.push(quoted === undefined ? (word ?? '') : quoted.replaceAll('\\"', '"'))
  }
  return keys
}

/** `news` with the values of `olds` at `paths`; what `olds` does not have there is removed. */
export function keepOldValues(olds: Props, news: Props, paths: readonly string[]): Props {
  let result: unknown = news
  for (const path of paths) result = copyPath(olds, result, parsePath(path))
  // copyPath of an object gives an object: a path has at least one key here or the value is returned as it was.
  return result as Props
}

function copyPath(from: unknown, to: unknown, keys: readonly Key[]): unknown {
  const [key, ...rest] = keys
  if (key === undefined) return from
  if (key === '*') return copyEach(from, to, rest)
  if (Array.isArray(to)) return copyItem(from, to, { index: Number(key), rest })
  if (!isObject(to)) return to
  const source = isObject(from) ? from[key] : undefined
  const result: Props = { ...to }
  const value = copyPath(source, to[key], rest)
  if (value === undefined) delete result[key]
  else result[key] = value
  return result
}

function copyItem(
  from: unknown,
  to: unknown[],
  at: { index: number; rest: readonly Key[] },
): unknown {
  const items: unknown[] = Array.isArray(from) ? from : []
  if (at.index >= to.length || at.index >= items.length) return to
  return to.with(at.index, copyPath(items[at.index], to[at.index], at.rest))
}

function copyEach(from: unknown, to: unknown, rest: readonly Key[]): unknown {
  const keys: Key[] = Array.isArray(to) ? [...to.keys()] : isObject(to) ? Object.keys(to) : []
  let result = to
  for (const key of keys) result = copyPath(from, result, [key, ...rest])
  return result
}

/** Whether a change at `changed` (a path or a top-level key) lies at, above or below one of `paths`. */
export function pathMatches(paths: readonly string[], changed: string): boolean {
  const target = parsePath(changed)
  return paths.some((path) => {
    const keys = parsePath(path)
    return keys.every((key, at) => at >= target.length || key === '*' || key === target[at])
  })
}
