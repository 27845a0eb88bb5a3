// What a store makes of what it is told, in whichever order it comes.
import { expect, test } from 'vitest'
import type { Change } from '../../../../operator/framework/cache/cache.ts'
import { indexOf } from '../../../../operator/framework/cache/indexes.ts'
import { isInNamespaces } from '../../../../operator/framework/cache/namespaces.ts'
import { Store } from '../../../../operator/framework/cache/store.ts'
import { isNewer } from '../../../../operator/framework/cache/versions.ts'
import type { KubeObject } from '../../../../operator/framework/kube/objects.ts'

const thing = (name: string, version: number | string, more: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Thing',
  metadata: {
    name,
    namespace: 'shop',
    uid: `uid-${name}`,
    resourceVersion: `${version}`,
    ...more,
  } as KubeObject['metadata'],
  spec: {},
})
const key = (name: string) => ({ namespace: 'shop', name })

function stored() {
  const errors: unknown[] = []
  const store = new Store((error) => errors.push(error))
  const told: string[] = []
  const tell = (change: Change<KubeObject>) => {
    const { type, obj } = change
    const initial = 'initial' in change && change.initial ? ' at first' : ''
    told.push(`${type} ${obj.metadata.name}@${obj.metadata.resourceVersion}${initial}`)
  }
  return { store, told, errors, stop: store.onChange(tell) }
}

test('what is newer is taken, what is older or the same is not', () => {
  const { store, told } = stored()
  for (const version of [9, 10, 10, 9]) store.put(thing('a', version))
  expect(told).toEqual(['added a@9 at first', 'changed a@10'])
  expect(store.size).toBe(1)
})

test('what is there before the first list is, and what comes with it, is told as such', () => {
  const { store, told } = stored()
  store.replace([thing('a', 1)], '1')
  store.put(thing('b', 2))
  expect(told).toEqual(['added a@1 at first', 'added b@2'])
})

test('who listens later hears of all that is there, and nobody who has gone', () => {
  const { store, told, stop } = stored()
  store.replace([thing('a', 1)], '1')
  stop()
  told.length = 0
  const later: string[] = []
  store.onChange(({ type }) => later.push(type))
  store.put(thing('a', 2))
  expect([told, later]).toEqual([[], ['added', 'changed']])
})

test('a change says what was there, and whose it is', () => {
  const { store } = stored()
  const changes: unknown[] = []
  store.put(thing('a', 1))
  store.onChange((change) => changes.push(change))
  const origin = { id: 'mine' } as never
  store.put(thing('a', 2), origin)
  store.put(thing('b', 2), origin)
  expect(changes.slice(1)).toMatchObject([
    { type: 'changed', was: { metadata: { resourceVersion: '1' } }, origin },
    { type: 'added', origin },
  ])
})

test('a new object of an old name is a deletion and an addition', () => {
  const { store, told } = stored()
  store.put(thing('a', 1))
  store.put(thing('a', 2, { uid: 'other' }))
  expect(told.slice(1)).toEqual(['deleted a@1', 'added a@2 at first'])
  store.remove(thing('a', 3))
  expect(store.size).toBe(1)
  store.remove(thing('a', 3, { uid: 'other' }))
  expect(store.list()).toEqual([])
})

test('a list says what was deleted meanwhile, but for what was written since', () => {
  const { store, told } = stored()
  for (const [name, version] of [
    ['a', 5],
    ['b', 5],
    ['c', 8],
  ] as const)
    store.put(thing(name, version))
  store.replace([thing('b', 6)], '7')
  expect(told.slice(3)).toEqual(['deleted a@5', 'changed b@6'])
  expect(store.list().map(({ metadata }) => metadata.name)).toEqual(['b', 'c'])
})

test('a list that is older than the last is the truth: the server was restored', () => {
  const { store, told } = stored()
  store.replace([thing('a', 20), thing('b', 21)], '30')
  told.length = 0
  store.replace([thing('a', 2)], '10')
  expect(told).toEqual(['deleted a@20', 'deleted b@21', 'added a@2'])
})

test('as is one older than where the watch has got to', () => {
  const { store } = stored()
  store.replace([thing('a', 20)], '20')
  store.reached('40')
  store.replace([thing('a', 20)], '40')
  store.put(thing('a', 35))
  store.replace([thing('a', 5)], '30')
  expect(store.get(key('a'))?.metadata.resourceVersion).toBe('5')
})

test('the answer to a write is taken where the watch has not got to', () => {
  const { store } = stored()
  store.replace([], '10')
  store.learn(thing('late', 10))
  store.learn(thing('later', 9))
  expect(store.size).toBe(0)
  store.learn(thing('a', 11))
  expect(store.size).toBe(1)
  store.reached('20')
  store.learn(thing('a', 15))
  expect(store.get(key('a'))?.metadata.resourceVersion).toBe('15')
})

test('a doubt is gone when the server has told', () => {
  const { store } = stored()
  const named = ['a', 'b', 'c']
  for (const name of named) {
    store.put(thing(name, 1))
    store.doubt(key(name))
  }
  expect(named.map((name) => store.doubts(key(name)))).toEqual([true, true, true])
  expect(store.doubts(key('d'))).toBe(false)
  store.put(thing('a', 2))
  store.remove(thing('b', 2))
  store.put(thing('c', 1))
  expect(named.map((name) => store.doubts(key(name)))).toEqual([false, false, true])
})

test('what is not accepted is not there, what is trimmed is trimmed', () => {
  const trim = (obj: KubeObject) => void (obj.spec = 'trimmed')
  const store = new Store(
    () => undefined,
    trim,
    ({ metadata }) => metadata.name !== 'b',
  )
  store.put(thing('a', 1))
  store.put(thing('b', 1))
  expect(store.list()).toMatchObject([{ spec: 'trimmed' }])
})

test('whoever throws is reported, and stops nobody', () => {
  const { store, told, errors } = stored()
  store.put(thing('a', 1))
  const bug = () => {
    throw new Error('bug')
  }
  store.onChange(bug)
  store.addIndex('bad', bug)
  expect(errors).toHaveLength(2)
  store.put(thing('b', 1))
  expect(errors).toHaveLength(4)
  expect(told).toContain('added b@1 at first')
})

test('an index has what was there before it, what comes, and nothing that goes', () => {
  const { store } = stored()
  store.put(thing('a', 1))
  store.addIndex('version', ({ metadata }) => metadata.resourceVersion)
  store.put(thing('b', 1))
  const at = (value: string) => store.by('version', value).map(({ metadata }) => metadata.name)
  expect(at('1')).toEqual(['a', 'b'])
  store.put(thing('a', 2))
  expect([at('1'), at('2')]).toEqual([['b'], ['a']])
  store.remove(thing('b', 2))
  expect(at('1')).toEqual([])
})

test('an index is there once, and asked by its name', () => {
  const { store } = stored()
  store.addIndex('a', () => undefined)
  expect(() => store.addIndex('a', () => undefined)).toThrow('index "a" exists')
  expect(() => store.by('b', 'x')).toThrow('no index "b"')
})

test('an object may have no value, one, or several', () => {
  const index = indexOf<string[] | string | undefined>((obj) => obj)
  const keys = (value: string) => [...index.keys(value)]
  index.put('1', 'ab')
  index.put('2', ['ab', 'cd'])
  index.put('3', undefined)
  expect([keys('ab'), keys('cd'), keys('a')]).toEqual([['1', '2'], ['2'], []])
  index.remove('2')
  expect([keys('ab'), keys('cd')]).toEqual([['1'], []])
  index.put('1', undefined)
  expect(keys('ab')).toEqual([])
  index.remove('unknown')
})

test('what was removed can come back', () => {
  const index = indexOf<string>((obj) => obj)
  index.put('1', 'x')
  index.put('2', 'x')
  index.remove('1')
  index.remove('1')
  index.put('1', 'y')
  index.put('2', 'y')
  expect([[...index.keys('x')], [...index.keys('y')]]).toEqual([[], ['1', '2']])
})

test.each([
  ['9', '10', false],
  ['10', '9', true],
  ['11', '10', true],
  ['10', '10', false],
  ['9007199254740993', '9007199254740992', true],
])('%s is newer than %s: %s', (a, than, newer) => {
  expect(isNewer(a, than)).toBe(newer)
})

test.each([
  [[], 'any', true],
  [['team-*'], 'team-a', true],
  [['team-*'], 'my-team-a', false],
  [['team-*'], undefined, false],
  [['!secret'], 'any', true],
  [['!secret'], 'secret', false],
  [['!secret'], undefined, true],
  [['*', '!team-?'], 'team-a', false],
  [['*', '!team-?'], 'team-ab', true],
  [['!*', 'a.b'], 'a.b', true],
  [['!*', 'a.b'], 'axb', false],
  [['*'], undefined, true],
])('%j means %s: %s', (patterns, namespace, isIn) => {
  expect(isInNamespaces(patterns, namespace)).toBe(isIn)
})
