import { expect, test } from 'vitest'
import {
  keepOldValues,
  parsePath,
  pathMatches,
} from '../../../../../operator/engine/embedded/values/property-path.ts'

test('reads paths as Pulumi writes them', () => {
  expect(parsePath('spec.rules[0].port')).toEqual(['spec', 'rules', 0, 'port'])
  expect(parsePath('tags["a.b"]')).toEqual(['tags', 'a.b'])
  expect(parsePath('list[*].x')).toEqual(['list', '*', 'x'])
})

test('ignored changes keep the old value, and stay away when there was none', () => {
  const olds = { size: 1, tags: { a: 'old' }, list: [{ x: 1 }, { x: 2 }] }
  const news = { size: 2, tags: { a: 'new', b: 'new' }, list: [{ x: 5 }, { x: 6 }], extra: 1 }
  expect(keepOldValues(olds, news, ['size', 'tags.a', 'tags.b', 'list[*].x', 'extra'])).toEqual({
    size: 1,
    tags: { a: 'old' },
    list: [{ x: 1 }, { x: 2 }],
  })
})

test('the value given is not changed', () => {
  const news = { a: { b: 2 } }
  keepOldValues({ a: { b: 1 } }, news, ['a.b'])
  expect(news).toEqual({ a: { b: 2 } })
})

test('a change matches a path at it, above it and below it', () => {
  expect(pathMatches(['tags'], 'tags.a')).toBe(true)
  expect(pathMatches(['tags.a'], 'tags')).toBe(true)
  expect(pathMatches(['*'], 'anything')).toBe(true)
  expect(pathMatches(['tags.a'], 'tags.b')).toBe(false)
})
