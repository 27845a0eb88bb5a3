// What of an object counts as a change, and how much of it is kept to compare with later. Pure.
import { createHash } from 'node:crypto'
import type { KubeObject } from '../kube/objects.ts'

/** A field that a handler watches: a path such as spec.size, or a function under a name. */
export type Field = { readonly name: string; readonly of: (obj: KubeObject) => unknown }

/** What update and field handlers compare with: no more than they need. A field that is not there is null. */
export type Kept = {
  essence?: unknown
  fields?: Record<string, unknown>
  /** Of what was too long to be kept: the digest of the whole; then essence and fields are digests of what they were. */
  abridged?: string
}

/** Every operator that is built so keeps its state under this name; none is an essential change to another. */
export const handledName = 'handled'

const isState = (annotation: string) => annotation.endsWith(`/${handledName}`)
const withoutStatus = new Set(['apiVersion', 'kind', 'metadata', 'status'])

/** Everything but status and metadata, and of metadata the labels and annotations. */
export function essenceOf(obj: KubeObject): Record<string, unknown> {
  const content = Object.entries(obj).filter(([field]) => !withoutStatus.has(field))
  const { labels, annotations = {} } = obj.metadata
  const own = Object.entries(annotations).filter(([name]) => !isState(name))
  const metadata = {
    ...(labels && { labels }),
    ...(own.length > 0 && { annotations: Object.fromEntries(own) }),
  }
  const essence = {
    ...Object.fromEntries(content),
    ...(Object.keys(metadata).length > 0 && { metadata }),
  }
  return isSecret(obj) ? concealed(essence) : essence
}

export function fieldOf(field: string | readonly string[]): Field {
  const path = typeof field === 'string' ? field.split('.') : field
  return { name: path.join('.'), of: (obj) => at(obj, path) }
}

export const isOfStatus = ({ name }: Field): boolean => /^status(\.|$)/.test(name)

/** `whole` when a handler wants to know of any change. */
export function keptOf(obj: KubeObject, wants: { whole: boolean; fields: readonly Field[] }): Kept {
  const fields = wants.fields.map((field): [string, unknown] => {
    const value = field.of(obj) ?? null
    return [field.name, value !== null && isSecret(obj) ? digest(value) : value]
  })
  return {
    ...(wants.whole && { essence: essenceOf(obj) }),
    ...(wants.fields.length > 0 && { fields: Object.fromEntries(fields) }),
  }
}

/** By it that something has changed is still known, and no longer from what. */
export function abridged(kept: Kept): Kept {
  if (kept.abridged !== undefined) return kept
  const { essence, fields } = kept
  return {
    abridged: digest(kept),
    ...(essence !== undefined && { essence: digest(essence) }),
    ...(fields && { fields: digests(fields) }),
  }
}

const digests = (fields: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, value === null ? null : digest(value)]),
  )

export const versionOf = (kept: Kept): string => kept.abridged ?? digest(kept)

/** The same for the same content, in whatever order its fields come. */
export const digest = (value: unknown): string =>
  createHash('sha256').update(canonical(value)).digest('base64url').slice(0, 22)

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const fields = Object.entries(value).filter(([, content]) => content !== undefined)
  const sorted = fields.toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${sorted.map(([name, content]) => `${JSON.stringify(name)}:${canonical(content)}`).join(',')}}`
}

function at(value: unknown, path: readonly string[]): unknown {
  let found = value
  for (const name of path) {
    if (typeof found !== 'object' || found === null) return undefined
    found = (found as Record<string, unknown>)[name]
  }
  return found
}

const isSecret = ({ apiVersion, kind }: KubeObject) => apiVersion === 'v1' && kind === 'Secret'

/** What is kept stands in an annotation, which more may read than the Secret's data. */
function concealed(essence: Record<string, unknown>): Record<string, unknown> {
  const data = Object.entries((essence['data'] ?? {}) as Record<string, string>) // core/v1 says so
  return { ...essence, data: Object.fromEntries(data.map(([key, value]) => [key, digest(value)])) }
}
