// What counts as a change of an object, and what is kept of it.
import { expect, test } from 'vitest'
import { diffOf } from '../../../../operator/framework/handlers/diff.ts'
import {
  digest,
  essenceOf,
  fieldOf,
  keptOf,
} from '../../../../operator/framework/handlers/essence.ts'
import { read, written, type Handled } from '../../../../operator/framework/handlers/handled.ts'

const metadata = { name: 'a', uid: 'u', resourceVersion: '7', generation: 3, finalizers: ['x/y'] }
const widget = {
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata,
  spec: { size: 1 },
  status: { size: 2 },
}

test('of metadata only labels and annotations count, and no operator’s state', () => {
  const annotations = { note: 'x', 'some-operator/handled': '{}', 'another/handled': '{}' }
  const obj = { ...widget, metadata: { ...metadata, labels: { tier: 'gold' }, annotations } }
  expect(essenceOf(obj)).toEqual({
    spec: { size: 1 },
    metadata: { labels: { tier: 'gold' }, annotations: { note: 'x' } },
  })
  expect(essenceOf(widget)).toEqual({ spec: { size: 1 } })
})

test('of a Secret no value is kept, as a whole or by field, and a change of one shows', () => {
  const secret = (password: string) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata,
    spec: undefined,
    data: { password },
  })
  const wants = { whole: true, fields: [fieldOf('data.password'), fieldOf('data')] }
  const kept = keptOf(secret('c2VjcmV0'), wants)
  expect(JSON.stringify(kept)).not.toContain('c2VjcmV0')
  expect(kept).not.toEqual(keptOf(secret('b3RoZXI='), wants))
})

test('no more is kept than is asked for, and a field that is missing is known to be', () => {
  const fields = [fieldOf('spec.size'), fieldOf(['spec', 'color'])]
  expect(keptOf(widget, { whole: false, fields })).toEqual({
    fields: { 'spec.size': 1, 'spec.color': null },
  })
  expect(keptOf(widget, { whole: false, fields: [] })).toEqual({})
})

test('a digest does not depend on the order of fields, and does on everything else', () => {
  expect(digest({ a: 1, b: [1, 2] })).toBe(digest({ b: [1, 2], a: 1 }))
  const others = [{ a: 1, b: [2, 1] }, { a: '1', b: [1, 2] }, { a: 1 }, null, [], {}]
  expect(new Set([{ a: 1, b: [1, 2] }, ...others].map(digest)).size).toBe(others.length + 1)
})

test('a long state is packed, and read as it was; of another object or spoilt it is none', () => {
  const state: Handled = { uid: 'u', base: { essence: { text: 'x'.repeat(50_000) } } }
  expect(written(state).length).toBeLessThan(500)
  expect(read(written(state), 'u')).toEqual(state)
  expect(read(written(state), 'v')).toBeUndefined()
  for (const spoilt of ['deflate:AAAA', '{', 'null', '', undefined])
    expect(read(spoilt, 'u')).toBeUndefined()
})

test('a difference is told leaf by leaf, of lists as a whole', () => {
  expect(diffOf({ a: { b: 1, c: [1] }, d: 1 }, { a: { b: 2, c: [1, 2] }, e: null })).toEqual([
    { op: 'change', path: ['a', 'b'], old: 1, new: 2 },
    { op: 'change', path: ['a', 'c'], old: [1], new: [1, 2] },
    { op: 'remove', path: ['d'], old: 1, new: undefined },
    { op: 'add', path: ['e'], old: undefined, new: null },
  ])
  expect(diffOf({ a: [1] }, { a: [1] })).toEqual([])
})
