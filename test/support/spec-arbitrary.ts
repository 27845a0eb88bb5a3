// Specs as somebody might write them, made from the CRD's own schema: mostly near what it takes, now and then hostile.
// A field that is added to the schema is in them without anybody's doing.
import fc from 'fast-check'

export type Schema = {
  type?: string
  enum?: unknown[]
  pattern?: string
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
  maxProperties?: number
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  additionalProperties?: Schema
  'x-kubernetes-list-map-keys'?: string[]
}
type Arbitrary = fc.Arbitrary<unknown>
/** Path without indexes, such as spec.nodePools[].labels{} -> values that it may well take. */
export type Likely = Readonly<Record<string, readonly unknown[]>>

const hostile: readonly unknown[] = [
  '', ' ', 'a b', 'a\nb', 'café', '🙂', '-a', 'a-', '--flag=x', 'a,b=c', 'a:b', 'a=b', '/a', 'a/', 'a/b/c', '..', '../a',
  'A'.repeat(64), 'a'.repeat(254), 'b --anonymous-auth=true', '$(id)', '`id`', '$HOME', '"', "'", '%s', '{{.}}', '*', '#',
  'kubernetes.io/a', 'Kubernetes.io/a', 'eks.amazonaws.com/x', 'aws:x', 'AWS:x', 'cratekube.io/uid', 'Name', '__proto__',
  '4dabf18193072939515e22adb298388d', '04da6b54-80e4-46f7-96ec-b56ff0331ba9', 'dd056dcd-154b-4c76-9bd3-c8f88648b5ff',
  '0.0.0.0/16', '127.0.0.0/16', '10.0.0.0/8', '10.0.0.1/16', '224.0.0.0/16', '172.17.0.0/16', '::/0', '010.0.0.0/16',
  ':/proc/1/root', 'program:/x', 'fstype=bind', 'suid', 'PASSWORD=x', 'credentials=/etc/shadow', 0, -1, 5, true, null, {}, [],
] // prettier-ignore

export function specs(schema: Schema, likely: Likely): Arbitrary {
  return valueOf(schema, 'spec', likely)
}

function valueOf(schema: Schema, path: string, likely: Likely): Arbitrary {
  const near = nearOf(schema, path, likely)
  if (schema.properties || schema.items || schema.additionalProperties) return near
  return fc.oneof({ weight: 60, arbitrary: near }, { weight: 1, arbitrary: fc.constantFrom(...hostile) }) // prettier-ignore
}

function nearOf(schema: Schema, path: string, likely: Likely): Arbitrary {
  const known = likely[path]
  if (known) return fc.constantFrom(...known)
  if (schema.enum) return fc.constantFrom(...schema.enum)
  if (schema.properties) return objectOf(schema, path, likely)
  if (schema.items) return listOf(schema, path, likely)
  if (schema.additionalProperties) return mapOf(schema, path, likely)
  if (schema.type === 'boolean') return fc.boolean()
  if (schema.type === 'integer') return edgesOf(schema)
  return textOf(schema)
}

function objectOf({ properties = {}, required = [] }: Schema, path: string, likely: Likely) {
  const members = Object.entries(properties).map(
    ([name, member]) => [name, valueOf(member, `${path}.${name}`, likely)] as const,
  )
  const union = exclusive(path, Object.keys(properties))
  if (union.length === 0) return fc.record(Object.fromEntries(members), { requiredKeys: required })
  const requiredKeys = [...required, ...union]
  return fc
    .tuple(fc.record(Object.fromEntries(members), { requiredKeys }), fc.constantFrom(...union))
    .map(([value, kept]) => Object.fromEntries(Object.entries(value).filter(([name]) => name === kept || !union.includes(name)))) // prettier-ignore
}

/** Members of which an object has exactly one. */
function exclusive(path: string, members: string[]): string[] {
  if (path === 'spec.provider') return members
  return path === 'spec.autofs.maps[]' ? ['source', 'entries'] : []
}

/** Items that a list tells apart by some of their members come once; so do those of other lists. */
function listOf(schema: Schema, path: string, likely: Likely) {
  const { items = {}, minItems = 0, maxItems = 3 } = schema
  const keys = schema['x-kubernetes-list-map-keys']
  const idOf = (item: unknown) =>
    JSON.stringify(keys ? keys.map((key) => (item as Record<string, unknown> | null)?.[key]) : item)
  return fc.uniqueArray(valueOf(items, `${path}[]`, likely), {
    minLength: minItems,
    maxLength: Math.min(maxItems, minItems + 2),
    selector: idOf,
  })
}

function mapOf({ additionalProperties = {} }: Schema, path: string, likely: Likely) {
  const good = fc.constantFrom(...((likely[`${path}{key}`] ?? ['a']) as string[])) // keys are texts
  const bad = fc.constantFrom(...hostile.filter((value) => typeof value === 'string'))
  const key = fc.oneof({ weight: 20, arbitrary: good }, { weight: 1, arbitrary: bad })
  return fc.dictionary(key, valueOf(additionalProperties, `${path}{}`, likely), { maxKeys: 4 })
}

const edgesOf = ({ minimum = 0, maximum = 100 }: Schema): Arbitrary =>
  fc.oneof(fc.integer({ min: minimum, max: maximum }), fc.constantFrom(minimum, maximum))

function textOf({ pattern, minLength = 0, maxLength = 64 }: Schema): Arbitrary {
  if (pattern === undefined) return fc.stringMatching(/^[a-z0-9]{1,8}$/)
  return fc
    .stringMatching(new RegExp(pattern))
    .filter((text) => text.length >= minLength && text.length <= maxLength)
}
