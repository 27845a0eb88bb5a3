// What becomes of a structural schema: the type that the operator reads by, the shape that it holds objects to.
import { describe, expect, test } from 'vitest'
import { locustTestSpecSchema } from '../../../operator/api/locust/locust-test-schema.ts'
import { locustTestV1SpecSchema } from '../../../operator/api/locust/locust-test-v1-schema.ts'
import { v1Shape, v2Shape } from '../../../operator/api/locust/locust-test-shapes.ts'
import {
  empty,
  flag,
  fragment,
  integer,
  list,
  map,
  noted,
  object,
  text,
} from '../../../operator/api/schema/builders.ts'
import { shapesOf, typesOf } from '../../../operator/generate/structural-types.ts'

const open = { 'x-kubernetes-preserve-unknown-fields': true }
const quantities = { type: 'object', additionalProperties: { 'x-kubernetes-int-or-string': true } }

/** On one line, without comments. */
const flat = (code: string) =>
  code
    .replace(/\/\*\*.*?\*\//g, '')
    .replace(/\s+/g, ' ')
    .trim()
const typeOf = (schema: object) => {
  const root = noted(object('', { field: schema }), { type: 'Root' })
  return flat(typesOf([root])).replace(/.*export type Root = \{ field\?: (.*) \}$/, '$1')
}
const shapeOf = (schema: object) =>
  flat(shapesOf({ it: schema })).replace(/^export const it = (.*) as const$/, '$1')

describe('a schema has a type and a shape', () => {
  const named = noted(fragment('', { name: text('') }, ['name']), { type: 'Volume' })
  test.each<[string, object, type: string, shape: string]>([
    ['text', text(''), 'string', "'text'"],
    ['one of some', text('', { enum: ['a', 'b'] }), "'a' | 'b'", "'text'"],
    ['number', integer(''), 'number', "'number'"],
    ['flag', flag(''), 'boolean', "'flag'"],
    ['texts', map(''), 'Record<string, string>', "'texts'"],
    ['quantities', quantities, 'Record<string, string | number>', "'fragment'"],
    ['nothing inside', empty(''), 'Record<string, never>', "'fragment'"],
    ['a piece of core/v1', fragment(''), 'CoreFragment', "'fragment'"],
    ['pieces', list('', fragment('')), 'CoreFragment[]', "'fragments'"],
    ['texts in a list', list('', text('')), 'string[]', "['text']"],
    ['choices', list('', text('', { enum: ['a', 'b'] })), "('a' | 'b')[]", "['text']"],
    ['required', object('', { a: text('') }, { required: ['a'] }), '{ a: string }', "{ a: 'text', }"],
    ['optional', object('', { a: text('') }), '{ a?: string }', "{ a: 'text', }"],
    ['never absent', noted(object('', { a: text(''), b: flag('') }), { always: { except: ['b'] } }), '{ a: string b?: boolean }', "{ a: 'text', b: 'flag', }"],
    ['with a name of its own', named, 'Volume', "{ name: 'text', }"],
    ['with a name, in a list', list('', named), 'Volume[]', "[ { name: 'text', }, ]"],
    ['read as less than passes', noted(open, { readAs: text('') }), 'string', "'text'"],
    ['with what passes through', noted({ ...open, ...object('', { a: text(''), b: text('') }) }, { passing: ['b'] }), '{ a?: string }', "{ a: 'text', }"],
  ])('%s', (_, schema, type, shape) => {
    expect(typeOf(schema)).toBe(type)
    expect(shapeOf(schema)).toBe(shape)
  }) // prettier-ignore

  test('a schema of no type is no mistake to pass over', () => {
    expect(() => typeOf(open)).toThrow('no type for')
    expect(() => shapeOf(open)).toThrow('no shape for')
  })
})

test('a type is declared once, before what is made of it', () => {
  const named = noted(object('A volume.', { name: text('Its name.') }), { type: 'Volume' })
  const code = typesOf([noted(object('', { a: named, b: list('', named) }), { type: 'Root' })])
  expect(code.match(/export type \w+/g)).toEqual(['export type Volume', 'export type Root'])
  expect(code).toContain('/** Its name. */')
})

test('what only the types say is not in the CRD', () => {
  expect(JSON.stringify([locustTestSpecSchema, locustTestV1SpecSchema])).not.toContain('passing')
})

test('v2 lets every field of v1 pass that it does not have, and v1 those of v2', () => {
  const others = Object.keys(v1Shape).filter((field) => !(field in v2Shape))
  const { properties: v2 } = locustTestSpecSchema as { properties: object }
  expect(Object.keys(v2).filter((field) => !(field in v2Shape))).toEqual(others)
})
