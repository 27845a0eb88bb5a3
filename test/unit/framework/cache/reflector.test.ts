// The cache stays equal to the API server whatever happens to its connection.
import { expect, test } from 'vitest'
import { method } from '../../../../operator/framework/testing/index.ts'
import { widgets } from '../harness.ts'
import { cached } from './cached.ts'

test('lists, then follows every change', async () => {
  await using c = await cached({ before: ['a'] })
  await c.create('b')
  await c.remove('a')
  await c.clock.settle()
  expect(c.names()).toEqual(['b'])
  expect(c.changes).toEqual(['added a', 'added b', 'deleted a'])
})

test('a watch that ends is taken up where it was, without another list', async () => {
  await using c = await cached({ before: ['a'] })
  await c.create('b')
  await c.clock.settle()
  c.server.takeRequests()
  c.server.endWatches()
  await c.create('c')
  await c.clock.advance(2_000)
  expect(c.names()).toEqual(['a', 'b', 'c'])
  expect(c.lists()).toBe(0)
})

test('a connection that breaks in the middle of a line loses nothing', async () => {
  await using c = await cached()
  await c.create('a')
  c.server.dropWatches()
  await c.create('b')
  await c.clock.advance(2_000)
  expect(c.names()).toEqual(['a', 'b'])
})

test('a silent watch is given up within 90 s and its changes arrive', async () => {
  await using c = await cached()
  c.server.stallWatches()
  await c.create('a')
  await c.clock.advance(60_000)
  expect(c.names()).toEqual([])
  await c.clock.advance(31_000)
  expect(c.names()).toEqual(['a'])
})

test('a watch without bookmarks is opened again without a list, and its server counts as heard', async () => {
  await using c = await cached()
  c.server.takeRequests()
  for (let minutes = 0; minutes < 6; minutes += 1) {
    c.server.stallWatches()
    await c.clock.advance(91_000)
    expect(c.cache.reflector.silentMs).toBeLessThan(91_000)
  }
  expect(c.lists()).toBe(0)
})

test('a cache narrowed by fields holds what the server selects, and takes no own write for it', async () => {
  await using c = await cached({ before: ['a'], fieldSelector: 'metadata.name!=a' })
  await c.create('b')
  const other = await c.create('a2')
  c.caches.learn(widgets, { ...other, metadata: { ...other.metadata, name: 'a' } })
  await c.clock.settle()
  expect(c.names()).toEqual(['a2', 'b'])
  expect(c.caches.covering(widgets, { namespace: 'shop', name: 'a' })).toBe(undefined)
})

test('bookmarks keep a quiet watch open', async () => {
  await using c = await cached()
  c.server.takeRequests()
  await c.clock.advance(240_000)
  expect(c.server.takeRequests()).toEqual([])
})

test('after 410 it lists again and tells of deletions that nobody saw', async () => {
  await using c = await cached({ before: ['a', 'b', 'c'] })
  c.server.faults.add({ when: method('GET', 'watch=true'), times: 1, answer: 500 })
  c.server.dropWatches()
  await c.remove('a')
  await c.remove('b')
  await c.create('b')
  await c.create('d')
  c.server.compact()
  await c.clock.advance(10_000)
  expect(c.names()).toEqual(['b', 'c', 'd'])
  expect(c.changes.slice(3).toSorted()).toEqual(['added b', 'added d', 'deleted a', 'deleted b'])
})

test('410 again and again backs off', async () => {
  await using c = await cached()
  c.server.faults.add({
    when: method('GET', 'watch=true'),
    times: 1_000,
    answer: 410,
    reason: 'Expired',
  })
  c.server.endWatches()
  c.server.takeRequests()
  await c.clock.advance(60_000)
  expect(c.lists()).toBeGreaterThan(2)
  expect(c.lists()).toBeLessThan(12)
})

test('a server that closes every watch at once is not hammered', async () => {
  await using c = await cached()
  c.server.takeRequests()
  for (let second = 0; second < 60; second += 1) {
    c.server.endWatches()
    await c.clock.advance(1_000)
  }
  expect(c.server.takeRequests().length).toBeLessThan(61)
})

test('an API server that is away is found again', async () => {
  await using c = await cached({ before: ['a'] })
  c.server.faults.add({ times: 30, reset: 'before' })
  c.server.dropWatches()
  await c.clock.advance(5_000)
  await c.clock.advance(600_000)
  c.server.faults.clear()
  await c.clock.advance(40_000)
  await c.create('b')
  await c.clock.settle()
  expect(c.names()).toEqual(['a', 'b'])
})

test('refused in words it does not know, it lists again', async () => {
  await using c = await cached({ before: ['a'] })
  c.server.faults.add({ when: method('GET', 'watch=true'), times: 3, answer: 400 })
  c.server.dropWatches()
  await c.remove('a')
  c.server.takeRequests()
  await c.clock.advance(30_000)
  expect(c.lists()).toBe(1)
  expect(c.names()).toEqual([])
})

test('a listener that throws stops nobody', async () => {
  await using c = await cached()
  c.cache.onChange(() => {
    throw new Error('bug')
  })
  await c.create('a')
  await c.create('b')
  await c.clock.settle()
  expect(c.names()).toEqual(['a', 'b'])
})

test('managed fields are not kept', async () => {
  await using c = await cached({ before: ['a'] })
  await c.create('b')
  await c.clock.settle()
  for (const obj of c.cache.list()) expect(obj.metadata).not.toHaveProperty('managedFields')
})

test('a start that waits says for what, ever more seldom; a hiccup later is no news', async () => {
  await using c = await cached({ refused: 9 })
  await c.clock.advance(600_000)
  expect(c.warnings().map(({ msg, failures }) => [msg, failures])).toEqual(
    [1, 2, 4, 8].map((failures) => ['cannot follow widgets.example.com', failures]),
  )
  c.server.dropWatches()
  await c.clock.advance(10_000)
  expect(c.warnings()).toHaveLength(4)
})
