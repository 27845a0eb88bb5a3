// TypeScript of structural schemas that are written by hand, for processes that carry no schema library: their types, and
// the shapes that objects are held to which slipped past their CRD. For `npm run gen` only.
import { notesOf } from '../api/schema/builders.ts'

type Schema = {
  type?: string
  description?: string
  enum?: string[]
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  additionalProperties?: Schema
  'x-kubernetes-int-or-string'?: boolean
  'x-kubernetes-preserve-unknown-fields'?: boolean
}
/** Declarations by name, in the order in which they are needed. */
type Declared = Map<string, string>

const fragment = 'CoreFragment'

/** Each root by the name in its notes, and what it is made of. */
export function typesOf(roots: object[]): string {
  const declared: Declared = new Map()
  for (const root of roots) typeOf(root, declared)
  const types = [...declared].map(([name, text]) => `export type ${name} = ${text}`)
  const open = `/** A piece of a core/v1 object that is handed on to Kubernetes as the user wrote it. */\ntype ${fragment} = { readonly [field: string]: unknown }`
  return `${[open, ...types].join('\n\n')}\n`
}

function typeOf(given: Schema, declared: Declared): string {
  const { type, readAs } = notesOf(given)
  if (readAs) return typeOf(readAs, declared)
  if (type === undefined) return textOf(given, declared)
  if (!declared.has(type)) declared.set(type, textOf(given, declared))
  return type
}

function textOf(schema: Schema, declared: Declared): string {
  if (schema['x-kubernetes-int-or-string']) return 'string | number'
  switch (schema.type) {
    case 'string':
      return schema.enum?.map((one) => `'${one}'`).join(' | ') ?? 'string'
    case 'integer':
      return 'number'
    case 'boolean':
      return 'boolean'
    case 'array':
      return listOf(typeOf(schema.items ?? {}, declared))
    case 'object':
      return objectOf(schema, declared)
    default:
      throw new Error(`no type for the schema ${JSON.stringify(schema)}`)
  }
}

const listOf = (item: string) => (/^\w+$|^\{/.test(item) ? `${item}[]` : `(${item})[]`)

function objectOf(schema: Schema, declared: Declared): string {
  const { additionalProperties: values } = schema
  if (values) return `Record<string, ${typeOf(values, declared)}>`
  const fields = fieldsOf(schema).map(
    ([name, field]) =>
      `${comment(field)}${name}${isAlways(schema, name) ? '' : '?'}: ${typeOf(field, declared)}`,
  )
  const open = isOpen(schema)
  if (fields.length === 0) return open ? fragment : 'Record<string, never>'
  const own = `{\n${indented(fields.join('\n'))}\n}`
  return open ? `${fragment} & ${own}` : own
}

/** Without those of another version that pass through. */
function fieldsOf(schema: Schema): [string, Schema][] {
  const { passing = [] } = notesOf(schema)
  return Object.entries(schema.properties ?? {}).filter(([name]) => !passing.includes(name))
}

const isOpen = (schema: Schema) =>
  schema['x-kubernetes-preserve-unknown-fields'] === true && !notesOf(schema).passing

function isAlways(schema: Schema, name: string): boolean {
  const { always = schema.required ?? [] } = notesOf(schema)
  return Array.isArray(always) ? always.includes(name) : !always.except.includes(name)
}

const comment = ({ description }: Schema) => (description ? `/** ${description} */\n` : '')

const indented = (text: string) => text.replace(/^(?=.)/gm, '  ')

/** By the name of the constant. */
export const shapesOf = (roots: Record<string, object>): string =>
  Object.entries(roots)
    .map(([name, root]) => `export const ${name} = ${shapeOf(root)} as const\n`)
    .join('\n')

function shapeOf(given: Schema): string {
  const schema: Schema = notesOf(given).readAs ?? given
  switch (schema.type) {
    case 'string':
      return "'text'"
    case 'integer':
      return "'number'"
    case 'boolean':
      return "'flag'"
    case 'array': {
      const item = shapeOf(schema.items ?? {})
      if (item === "'fragment'") return "'fragments'"
      return item.startsWith('{') ? `[\n${indented(item)},\n]` : `[${item}]`
    }
    case 'object':
      return shapeOfObject(schema)
    default:
      throw new Error(`no shape for the schema ${JSON.stringify(schema)}`)
  }
}

function shapeOfObject(schema: Schema): string {
  if (schema.additionalProperties) {
    return schema.additionalProperties.type === 'string' ? "'texts'" : "'fragment'"
  }
  const fields = fieldsOf(schema).map(([name, field]) => `${name}: ${shapeOf(field)},`)
  return fields.length > 0 ? `{\n${indented(fields.join('\n'))}\n}` : "'fragment'"
}
