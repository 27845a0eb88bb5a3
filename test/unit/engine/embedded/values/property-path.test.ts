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

test.each([
  [
    'an index keeps its item',
    { olds: { l: [1, 2] }, news: { l: [5, 6] }, paths: ['l[1]'] },
    { l: [5, 2] },
  ],
  [
    'an index that is new stays',
    { olds: { l: [1] }, news: { l: [5, 6] }, paths: ['l[1]'] },
    { l: [5, 6] },
  ],
  [
    'an index that is gone stays so',
    { olds: { l: [1, 2] }, news: { l: [5] }, paths: ['l[1]'] },
    { l: [5] },
  ],
  [
    'an item of what was no list stays',
    { olds: { l: 'x' }, news: { l: [5] }, paths: ['l[0]'] },
    { l: [5] },
  ],
  [
    'a key below a text stays',
    { olds: { a: { b: 1 } }, news: { a: 'x' }, paths: ['a.b'] },
    { a: 'x' },
  ],
  [
    'each of a map is kept',
    { olds: { m: { a: 1 } }, news: { m: { a: 5, b: 6 } }, paths: ['m[*]'] },
    { m: { a: 1 } },
  ],
  [
    'each of a text is the text',
    { olds: { m: { a: 1 } }, news: { m: 'x' }, paths: ['m[*].a'] },
    { m: 'x' },
  ],
  [
    'what was no object is none',
    { olds: { a: 'x' }, news: { a: { b: 1, c: 2 } }, paths: ['a.b'] },
    { a: { c: 2 } },
  ],
  ['no path changes nothing', { olds: { a: 1 }, news: { a: 2 }, paths: [] }, { a: 2 }],
  ['an empty path is everything', { olds: { a: 1 }, news: { a: 2 }, paths: [''] }, { a: 1 }],
])('%s', (_, { olds, news, paths }, expected) => {
  expect(keepOldValues(olds, news, paths)).toEqual(expected)
})

test.each([
  [['a.b'], 'a.b.c', true],
  [['a.b'], 'a.c', false],
  [['l[*].x'], 'l[3].x', true],
  [['l[*].x'], 'l[3].y', false],
  [['l[0]'], 'l[1]', false],
  [['x', 'a'], 'a', true],
  [[], 'a', false],
])('%j meets a change at %s: %s', (paths, changed, meets) => {
  expect(pathMatches(paths, changed)).toBe(meets)
})

test('a quoted key may hold anything', () => {
  expect(parsePath(String.raw`a["x\"y].z"][12]`)).toEqual(['a', 'x"y].z', 12])
})
