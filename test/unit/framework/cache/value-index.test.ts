// What a function makes of each object, by key.
import { expect, test } from 'vitest'
import type { Cache } from '../../../../operator/framework/cache/cache.ts'
import { Store } from '../../../../operator/framework/cache/store.ts'
import { valueIndex, type IndexOptions } from '../../../../operator/framework/cache/value-index.ts'
import { Permanent } from '../../../../operator/framework/index.ts'
import type { KubeObject } from '../../../../operator/framework/kube/objects.ts'
import { testLog } from '../../../../operator/framework/testing/index.ts'

type Spec = { pairs?: [unknown, unknown][] | 'nothing' | 'error' | 'permanent' }

function indexed(options: IndexOptions<Spec, unknown> = {}) {
  const store = new Store<KubeObject<Spec>>((error) => {
    throw error
  })
  const { log, lines } = testLog()
  let version = 0
  const made: string[] = []
  const index = valueIndex<Spec, unknown, unknown, unknown, unknown>(
    store as unknown as Cache<KubeObject<Spec>>,
    ({ spec: { pairs }, metadata: { name } }) => {
      made.push(name)
      if (pairs === 'error') throw new Error('bug')
      if (pairs === 'permanent') throw new Permanent('never')
      return pairs === 'nothing' ? undefined : (pairs ?? [])
    },
    { ...options, log },
  )
  const object = (name: string, pairs: Spec['pairs'], labels?: Record<string, string>) => ({
    apiVersion: 'v1',
    kind: 'Thing',
    metadata: {
      name,
      namespace: 'shop',
      uid: `uid-${name}`,
      resourceVersion: String((version += 1)),
      ...(labels && { labels }),
    } as KubeObject['metadata'],
    spec: { ...(pairs !== undefined && { pairs }) },
  })
  const put = (...of: Parameters<typeof object>) => store.put(object(...of))
  const remove = (name: string) => store.remove(object(name, undefined))
  return { index, put, remove, made, lines, all: () => [...index] }
}

test('holds each value under its key, of all objects', () => {
  const { index, put, all } = indexed()
  put('a', [
    ['x', 1],
    ['y', 2],
    ['x', 3],
  ])
  put('b', [['x', 4]])
  expect(index.get('x')).toEqual([1, 3, 4])
  expect([index.get('y'), index.get('z')]).toEqual([[2], []])
  expect([index.has('x'), index.has('z')]).toEqual([true, false])
  expect(index.keys()).toEqual(['x', 'y'])
  expect(index.size).toBe(2)
  expect(all()).toEqual([
    ['x', [1, 3, 4]],
    ['y', [2]],
  ])
})

test('follows its objects', () => {
  const { index, put, remove } = indexed()
  put('a', [
    ['x', 1],
    ['y', 2],
  ])
  put('b', [['x', 3]])
  put('a', [
    ['y', 5],
    ['z', 6],
  ])
  expect([index.get('x'), index.get('y'), index.get('z')]).toEqual([[3], [5], [6]])
  remove('b')
  expect([index.has('x'), index.size]).toEqual([false, 2])
  remove('a')
  expect(index.keys()).toEqual([])
})

test('keys of the same content are one key, of another sort another', () => {
  const { index, put } = indexed()
  put('a', [
    [{ n: 1 }, 'first'],
    [1, 'number'],
    [null, 'null'],
  ])
  put('b', [
    [{ n: 1 }, 'second'],
    ['1', 'text'],
  ])
  expect(index.get({ n: 1 })).toEqual(['first', 'second'])
  expect([index.get(1), index.get('1'), index.get(null)]).toEqual([['number'], ['text'], ['null']])
  expect(index.keys()).toContainEqual({ n: 1 })
  expect(index.size).toBe(4)
})

test('nothing keeps what the object had before', () => {
  const { index, put } = indexed()
  put('a', [['x', 1]])
  put('a', 'nothing')
  expect(index.get('x')).toEqual([1])
  put('a', [])
  expect(index.has('x')).toBe(false)
})

test('so does an error, which is told and not tried again', () => {
  const { index, put, lines } = indexed()
  put('a', [['x', 1]])
  put('a', 'error')
  expect(index.get('x')).toEqual([1])
  expect(lines).toMatchObject([{ level: 40, name: 'a' }])
  put('a', [['x', 2]])
  expect(index.get('x')).toEqual([2])
})

test.each([
  ['permanent', {}],
  ['error', { errors: 'permanent' as const }],
] as const)('an error for good takes the object out: %s, %j', (kind, options) => {
  const { index, put, made, remove } = indexed(options)
  put('a', [['x', 1]])
  put('a', kind)
  expect(index.size).toBe(0)
  made.length = 0
  put('a', [['x', 2]])
  expect([index.size, made]).toEqual([0, []])
  remove('a')
  put('a', [['x', 3]])
  expect(index.get('x')).toEqual([3])
})

test('objects that are not meant are not in it, and leave it', () => {
  const { index, put, made } = indexed({ labels: { team: 'a' } })
  put('a', [['x', 1]], { team: 'b' })
  expect([index.size, made]).toEqual([0, []])
  put('a', [['x', 1]], { team: 'a' })
  expect(index.get('x')).toEqual([1])
  put('a', [['x', 1]], { team: 'b' })
  expect(index.size).toBe(0)
})

test('a filter sees the object alone', () => {
  const seen: unknown[] = []
  const { put } = indexed({
    when: ({ memo, reason, old, new: now, diff }) => {
      seen.push({ memo, reason, old, new: now, diff })
      return true
    },
  })
  put('a', [])
  expect(seen).toEqual([{ memo: {}, reason: undefined, old: undefined, new: undefined, diff: [] }])
})
