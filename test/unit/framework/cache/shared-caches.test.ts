// What an operator writes is in its cache at once, and stays as the API server has it.
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
