// The caches of an operator: which there are, which knows of an object, and what they learn of its writes.
import { expect, test } from 'vitest'
import { widgets } from '../harness.ts'
import { cached } from './cached.ts'

test('own writes are seen at once, and their echo is no change', async () => {
  await using c = await cached()
  const obj = await c.create('a')
  await c.clock.settle()
  const written = {
    ...obj,
    metadata: { ...obj.metadata, resourceVersion: '5000' },
    spec: { size: 9 },
  }
  c.caches.learn(widgets, written)
  expect(c.cache.get({ name: 'a', namespace: 'shop' })?.spec).toEqual({ size: 9 })
  c.cache.store.put(written)
  c.cache.store.put(obj)
  expect(c.changes).toEqual(['added a', 'changed a'])
})

test('the answer to an own write that comes after the word of its deletion brings nothing back', async () => {
  await using c = await cached()
  const answer = await c.create('a')
  await c.remove('a')
  await c.clock.settle()
  c.caches.learn(widgets, answer)
  expect(c.names()).toEqual([])
  expect(c.changes).toEqual(['added a', 'deleted a'])
})

test('what was written after a list was taken survives it', async () => {
  await using c = await cached()
  const obj = await c.create('a')
  await c.clock.settle()
  c.cache.store.replace([], String(Number(obj.metadata.resourceVersion) - 1))
  expect(c.names()).toEqual([])
  c.cache.store.put({ ...obj, metadata: { ...obj.metadata, resourceVersion: '6000' } })
  c.cache.store.replace([], '5999')
  expect(c.names()).toEqual(['a'])
})

const label = { labelSelector: 'team=a' }
const ref = { namespace: 'shop', name: 'a' }

test('one cache for each kind, version and place', async () => {
  await using c = await cached()
  const { caches, cache } = c
  expect(caches.of(widgets)).toBe(cache)
  const others = [
    caches.of({ ...widgets, version: 'v2' }),
    caches.of(widgets, { namespace: 'shop' }),
    caches.of(widgets, { namespaces: ['shop'] }),
    caches.of(widgets, { labelSelector: 'shop' }),
    caches.of(widgets, { fieldSelector: 'shop' }),
  ]
  expect(new Set([cache, ...others]).size).toBe(6)
  expect(caches.all()).toEqual([cache, ...others])
  expect(caches.of(widgets, { namespace: 'shop' })).toBe(others[1])
})

test('one that is asked for later is filled, too', async () => {
  await using c = await cached({ before: ['a'] })
  const later = c.caches.of(widgets, { namespace: 'shop' })
  expect(later.list()).toEqual([])
  await c.clock.settle()
  await Promise.all([later.synced(), c.caches.synced()])
  expect(later.list()).toHaveLength(1)
})

test('synced waits for every one of them', async () => {
  await using c = await cached({ refused: 1 })
  let synced = 0
  void c.caches.synced().then(() => (synced += 1))
  void c.cache.synced().then(() => (synced += 1))
  await c.clock.settle()
  expect(synced).toBe(0)
  await c.clock.advance(60_000)
  expect(synced).toBe(2)
})

test('an object is known to the cache of its place, first to one of all labels', async () => {
  await using c = await cached(label)
  const { caches, cache: labelled } = c
  expect(caches.covering(widgets, ref)).toBe(labelled)
  const elsewhere = caches.of(widgets, { namespace: 'barn' })
  expect(caches.covering(widgets, ref)).toBe(labelled)
  const here = caches.of(widgets, { namespace: 'shop' })
  expect(caches.covering(widgets, ref)).toBe(here)
  expect(caches.covering(widgets, { namespace: 'barn', name: 'a' })).toBe(elsewhere)
  expect(caches.covering({ ...widgets, version: 'v2' }, ref)).toBeUndefined()
  expect(caches.covering({ ...widgets, plural: 'gadgets', kind: 'Gadget' }, ref)).toBeUndefined()
})

test('by pattern, what is in no meant namespace is not there', async () => {
  await using c = await cached({ namespaces: ['sh*'] })
  await c.create('a')
  await c.clock.settle()
  expect(c.names()).toEqual(['a'])
  expect(c.caches.covering(widgets, ref)).toBe(c.cache)
  expect(c.caches.covering(widgets, { namespace: 'barn', name: 'a' })).toBeUndefined()
  expect(c.caches.covering(widgets, { name: 'a' })).toBe(c.cache)
})

test('an own write is learned where the object belongs', async () => {
  await using c = await cached({ before: ['a'] })
  const barn = c.caches.of(widgets, { namespace: 'barn' })
  await c.clock.settle()
  const obj = await c.user.get(widgets, 'a', 'shop')
  const written = { ...obj!, metadata: { ...obj!.metadata, resourceVersion: '5000' } }
  c.caches.learn(widgets, written)
  expect(c.cache.get(ref)?.metadata.resourceVersion).toBe('5000')
  expect(barn.list()).toEqual([])
})

test('a write that changes labels is the server’s to select', async () => {
  await using c = await cached(label)
  const obj = await c.create('a', { team: 'a' })
  await c.clock.settle()
  const at = (resourceVersion: string, labels: Record<string, string>) => ({
    ...obj,
    metadata: { ...obj.metadata, resourceVersion, labels },
  })
  c.caches.learn(widgets, at('5000', { team: 'a' }))
  expect(c.cache.get(ref)?.metadata.resourceVersion).toBe('5000')
  expect(c.cache.store.doubts(ref)).toBe(false)
  c.caches.learn(widgets, at('6000', { team: 'b' }))
  expect(c.cache.get(ref)?.metadata.resourceVersion).toBe('5000')
  expect(c.cache.store.doubts(ref)).toBe(true)
  const other = { ...at('7000', { team: 'a' }).metadata, name: 'new' }
  c.caches.learn(widgets, { ...obj, metadata: other })
  expect(c.names()).toEqual(['a'])
})

test('a deletion is doubted where the object is known', async () => {
  await using c = await cached({ before: ['a'] })
  const barn = c.caches.of(widgets, { namespace: 'barn' })
  c.caches.learnDeletion(widgets, ref)
  c.caches.learnDeletion(widgets, { ...ref, name: 'unknown' })
  expect(c.cache.store.doubts(ref)).toBe(true)
  expect(c.cache.store.doubts({ ...ref, name: 'unknown' })).toBe(false)
  expect(barn.store.doubts(ref)).toBe(false)
})

test('an operator that has ended runs none', async () => {
  await using c = await cached()
  const stopped = AbortSignal.abort(new Error('over'))
  await c.caches.run(stopped)
  expect(c.caches.all()).toHaveLength(1)
})
