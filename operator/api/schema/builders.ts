// Small builders of structural OpenAPI schemas, for kinds whose schema is written by hand.
export type Json = Record<string, unknown>

export const text = (description: string, rest: Json = {}) => ({
  type: 'string',
  description,
  ...rest,
})
export const integer = (description: string, rest: Json = {}) => ({
  type: 'integer',
  format: 'int32',
  description,
  ...rest,
})
export const flag = (description: string, rest: Json = {}) => ({
  type: 'boolean',
  description,
  ...rest,
})
export const list = (description: string, items: Json, rest: Json = {}) => ({
  type: 'array',
  description,
  items,
  ...rest,
})
export const object = (description: string, properties: Json, rest: Json = {}) => ({
  type: 'object',
  description,
  properties,
  ...rest,
})
/** Nothing is in it. The API server would leave empty `properties` out, a change to the kubernetes plugin at every look. */
export const empty = (description: string) => ({ type: 'object', description })
export const map = (description: string) => ({
  type: 'object',
  description,
  additionalProperties: { type: 'string' },
})
/** A piece of core/v1, with the fields that Kubernetes requires. */
export const fragment = (description: string, properties: Json = {}, required: string[] = []) => ({
  type: 'object',
  description,
  'x-kubernetes-preserve-unknown-fields': true,
  ...(Object.keys(properties).length > 0 && { properties }),
  ...(required.length > 0 && { required }),
})

/** What the CRD does not say of a schema and the types made of it do; no key of JSON or YAML. */
export const notes = Symbol('notes')
export type Notes = {
  /** The name of its type. */
  type?: string
  /** What it is read as, where the CRD lets more pass. */
  readAs?: Json
  /** Fields that are never absent, where the CRD requires none; `all` but these optional ones. */
  always?: string[] | { except: string[] }
  /** Fields of another version that pass through. */
  passing?: string[]
}
export const noted = <S extends Json>(schema: S, more: Notes): S => ({
  ...schema,
  [notes]: { ...notesOf(schema), ...more },
})
export const notesOf = (schema: object): Notes => (schema as { [notes]?: Notes })[notes] ?? {} // set above alone
