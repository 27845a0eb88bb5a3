// What a value has wrong by a JSON schema, as far as the values schemas of our charts go: Helm says it only when the chart
// is rendered, after minutes of cloud. Pure.
type Json = Record<string, unknown>
export type Problem = { path: string; expected: string; got: unknown }

/** The keywords that are understood; a schema that has others is refused by the tests. */
export const keywords: readonly string[] = ['$schema', '$ref', 'definitions', 'description', 'default', 'title', 'type', 'enum', 'anyOf', 'if', 'then', 'properties', 'additionalProperties', 'required', 'minProperties', 'items', 'minimum', 'maximum', 'minLength', 'maxLength', 'pattern'] // prettier-ignore

/** As Helm does it: null takes a default away and is not looked at. */
export function problemsOf(value: unknown, schema: Json, path: string): Problem[] {
  return check(value, schema, { path, root: schema })
}

type At = { path: string; root: Json }

function check(value: unknown, given: Json, at: At): Problem[] {
  const schema = resolve(given, at.root)
  const wrongType = typeProblem(value, schema)
  if (wrongType) return [problem(at, wrongType, value)]
  const { anyOf, if: condition, then } = schema as { anyOf?: Json[]; if?: Json; then?: Json } // JSON Schema's own types
  if (anyOf && !anyOf.some((option) => check(value, option, at).length === 0))
    return [problem(at, anyOf.map(words).join(' or '), value)]
  const applies = condition && then && check(value, condition, at).length === 0
  return [
    ...ownProblems(value, schema).map((expected) => problem(at, expected, value)),
    ...(applies ? check(value, then, at) : []),
    ...(Array.isArray(value) ? itemProblems(value, schema, at) : []),
    ...(isObject(value) ? memberProblems(value, schema, at) : []),
  ]
}

const problem = ({ path }: At, expected: string, got: unknown): Problem => ({ path, expected, got })

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function resolve(schema: Json, root: Json): Json {
  if (typeof schema['$ref'] !== 'string') return schema
  const name = schema['$ref'].replace('#/definitions/', '')
  return (root['definitions'] as Record<string, Json>)[name] ?? {} // what $ref names is there, in a schema of ours
}

const isOfType: Record<string, (value: unknown) => boolean> = {
  object: isObject,
  array: Array.isArray,
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  number: (value) => typeof value === 'number',
  integer: Number.isInteger,
}

const article = (type: string) => (/^[aio]/.test(type) ? `an ${type}` : `a ${type}`)

function typeProblem(value: unknown, { type }: Json): string | undefined {
  if (type === undefined) return undefined
  const types = [type].flat() as string[] // JSON Schema: a name or a list of names
  return types.some((name) => isOfType[name]?.(value)) ? undefined : types.map(article).join(' or ')
}

function ownProblems(value: unknown, schema: Json): string[] {
  const options = schema['enum'] as unknown[] | undefined
  const other = options && !options.includes(value) ? [`one of ${options.join(', ')}`] : []
  if (typeof value === 'number') {
    const { minimum, maximum } = schema as { minimum?: number; maximum?: number }
    return [...other, ...outside(value, { from: minimum, to: maximum }, '')]
  }
  if (typeof value !== 'string') return other
  const { minLength, maxLength, pattern } = schema as { minLength?: number; maxLength?: number; pattern?: string } // prettier-ignore
  const fits = pattern === undefined || new RegExp(pattern, 'u').test(value)
  return [
    ...other,
    ...outside(value.length, { from: minLength, to: maxLength }, ' characters'),
    ...(fits ? [] : [`what matches ${pattern}`]),
  ]
}

function outside(
  measure: number,
  { from, to }: { from: number | undefined; to: number | undefined },
  unit: string,
): string[] {
  if (from !== undefined && measure < from) return [`at least ${from}${unit}`]
  return to !== undefined && measure > to ? [`at most ${to}${unit}`] : []
}

function words({ type, pattern }: Json): string {
  const names = [type].flat().join(' or ')
  return typeof pattern === 'string' ? `${names} matching ${pattern}` : names
}

function itemProblems(list: unknown[], { items }: Json, { path, root }: At): Problem[] {
  if (!isObject(items)) return []
  return list.flatMap((item, i) => check(item, items, { path: `${path}[${i}]`, root }))
}

function memberProblems(value: Json, schema: Json, at: At): Problem[] {
  const { properties = {}, required = [], minProperties = 0 } = schema as { properties?: Record<string, Json>; required?: string[]; minProperties?: number } // prettier-ignore
  const others = schema['additionalProperties']
  const members = Object.entries(value).filter(([, member]) => member !== null)
  const names = members.map(([name]) => name)
  const missing = required.filter((name) => !names.includes(name))
  return [
    ...missing.map((name) => problem(at, `a member ${name}`, value)),
    ...(names.length < minProperties
      ? [problem(at, `at least ${minProperties} members`, value)]
      : []),
    ...members.flatMap(([name, member]) => {
      const here = { path: `${at.path}.${name}`, root: at.root }
      const own = Object.hasOwn(properties, name) ? properties[name] : undefined
      if (own) return check(member, own, here)
      if (isObject(others)) return check(member, others, here)
      if (others !== false) return []
      return [problem(here, `one of ${Object.keys(properties).join(', ')}`, member)]
    }),
  ]
}
