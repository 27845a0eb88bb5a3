// Keys are worked on once at a time, none is lost, none starves.
import { expect, test } from 'vitest'
import { backoffMs } from '../../../operator/framework/backoff.ts'
import { WorkQueue } from '../../../operator/framework/work-queue.ts'
import { VirtualClock } from '../../../operator/framework/testing/index.ts'

function queued() {
  const clock = new VirtualClock()
  const queue = new WorkQueue({ clock, backoff: { baseMs: 1_000, capMs: 8_000 }, random: () => 1 })
  return { clock, queue }
}

test('a key added twice is worked on once', async () => {
  const { queue } = queued()
  queue.add('a')
  queue.add('a')
  queue.add('b')
  expect(await queue.take()).toBe('a')
  expect(await queue.take()).toBe('b')
  expect(queue.depth).toBe(0)
})

test('a key added while it is worked on runs once more, after and never beside', async () => {
  const { queue, clock } = queued()
  queue.add('a')
  await queue.take()
  queue.add('a')
  queue.add('a')
  const next = queue.take()
  let taken = false
  void next.then(() => (taken = true))
  await clock.settle()
  expect(taken).toBe(false)
  queue.done('a')
  expect(await next).toBe('a')
  queue.done('a')
  expect(queue.depth).toBe(0)
})

test('the first list lets others pass, but not for ever', async () => {
  const { queue, clock } = queued()
  queue.add('old', 'low')
  await clock.advance(5_000)
  queue.add('new')
  expect(await queue.take()).toBe('new')
  await clock.advance(6_000)
  queue.add('newer')
  expect(await queue.take()).toBe('old')
})

test('a low key that changes becomes a normal one', async () => {
  const { queue } = queued()
  queue.add('a', 'low')
  queue.add('b', 'low')
  queue.add('b')
  expect(await queue.take()).toBe('b')
  expect(await queue.take()).toBe('a')
  expect(queue.depth).toBe(0)
})

test('failures double the wait up to the cap, and success forgets them', async () => {
  const { queue, clock } = queued()
  const waits: number[] = []
  queue.add('a')
  for (let failure = 0; failure < 5; failure += 1) {
    await queue.take()
    queue.retry('a')
    queue.done('a')
    const before = clock.now()
    await clock.until(() => queue.depth === 1)
    waits.push(clock.now() - before)
  }
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 8_000])
  queue.succeeded('a')
  expect(queue.failures('a')).toBe(0)
})

test('a key that is taken early is not taken again for what was planned', async () => {
  const { queue, clock } = queued()
  queue.addAfter('a', 5_000)
  queue.addAfter('a', 9_000)
  queue.add('a')
  await queue.take()
  queue.done('a')
  await clock.advance(20_000)
  expect(queue.depth).toBe(0)
})

test('of two planned times the earlier holds', async () => {
  const { queue, clock } = queued()
  queue.addAfter('a', 9_000)
  queue.addAfter('a', 5_000)
  await clock.advance(5_000)
  expect(queue.depth).toBe(1)
})

test('closing lets takers go, drops what waits, and resolves when the work is done', async () => {
  const { queue, clock } = queued()
  queue.add('a')
  await queue.take()
  const taker = queue.take()
  let closed = false
  const closing = queue.close().then(() => (closed = true))
  expect(await taker).toBeUndefined()
  queue.add('b')
  await clock.settle()
  expect(closed).toBe(false)
  queue.done('a')
  await closing
  expect(await queue.take()).toBeUndefined()
  expect(clock.pending).toBe(0)
})

test('the age of the oldest key is known', async () => {
  const { queue, clock } = queued()
  expect(queue.oldestMs).toBe(0)
  queue.add('a')
  await clock.advance(3_000)
  queue.add('b')
  expect(queue.oldestMs).toBe(3_000)
})

test('backoff stays between half a step and the step, and below the cap', () => {
  for (const random of [0, 0.3, 0.999]) {
    for (let failures = 1; failures < 60; failures += 1) {
      const step = Math.min(30_000, 800 * 2 ** (failures - 1))
      const wait = backoffMs(failures, { baseMs: 800, capMs: 30_000 }, () => random)
      expect(wait).toBeGreaterThanOrEqual(step / 2)
      expect(wait).toBeLessThanOrEqual(step)
    }
  }
})

test('an earlier time takes the place of a later one, which comes no more', async () => {
  const { queue, clock } = queued()
  queue.addAfter('a', 9_000)
  queue.addAfter('a', 5_000)
  expect(clock.pending).toBe(1)
  await clock.advance(5_000)
  expect([queue.depth, clock.pending]).toEqual([1, 0])
})

test('a later time leaves the earlier one, and so does the same', async () => {
  const { queue, clock } = queued()
  queue.addAfter('a', 5_000)
  queue.addAfter('a', 5_000)
  queue.addAfter('a', 9_000)
  expect(clock.pending).toBe(1)
  await clock.advance(4_999)
  expect(queue.depth).toBe(0)
  await clock.advance(1)
  expect(queue.depth).toBe(1)
})

test('a time that has come can be planned again', async () => {
  const { queue, clock } = queued()
  queue.addAfter('a', 1_000)
  await clock.advance(1_000)
  queue.addAfter('a', 5_000)
  expect(clock.pending).toBe(1)
})

test('a low key waits ten seconds longer than a normal one, and no more', async () => {
  for (const [lead, first] of [
    [10_000, 'normal'],
    [10_001, 'low'],
  ] as const) {
    const { queue, clock } = queued()
    queue.add('low', 'low')
    await clock.advance(lead)
    queue.add('normal')
    expect(await queue.take()).toBe(first)
  }
})

test('the oldest of both priorities counts', async () => {
  const { queue, clock } = queued()
  queue.add('low', 'low')
  await clock.advance(2_000)
  expect(queue.oldestMs).toBe(2_000)
  queue.add('a')
  await clock.advance(1_000)
  expect([queue.oldestMs, queue.depth]).toEqual([3_000, 2])
})

test('a key keeps its place when it is added again with a lower priority', async () => {
  const { queue } = queued()
  queue.add('a')
  queue.add('a', 'low')
  expect(queue.depth).toBe(1)
})

test('a key that is worked on comes back as what it was added', async () => {
  const { queue, clock } = queued()
  queue.add('a')
  await queue.take()
  queue.add('a', 'low')
  queue.add('b')
  queue.done('a')
  await clock.settle()
  expect(await queue.take()).toBe('b')
  expect(await queue.take()).toBe('a')
})

test('takers get keys in the order in which they came', async () => {
  const { queue } = queued()
  const taken = [queue.take(), queue.take()]
  queue.add('a')
  queue.add('b')
  expect(await Promise.all(taken)).toEqual(['a', 'b'])
  expect(queue.depth).toBe(0)
})

test('a retry can say when, and counts all the same', async () => {
  const { queue, clock } = queued()
  expect(queue.failures('a')).toBe(0)
  expect(queue.retry('a', 250)).toBe(250)
  expect(queue.failures('a')).toBe(1)
  await clock.advance(250)
  expect(queue.depth).toBe(1)
})

test('tells of each key: added at which depth, taken after how long, tried again', async () => {
  const clock = new VirtualClock()
  const told: unknown[] = []
  const queue = new WorkQueue({
    clock,
    backoff: { baseMs: 1_000, capMs: 8_000 },
    events: {
      added: (depth) => told.push(['added', depth]),
      taken: (depth, waitedMs) => told.push(['taken', depth, waitedMs]),
      retried: () => told.push(['retried']),
    },
  })
  queue.add('a')
  queue.add('b')
  await clock.advance(700)
  await queue.take()
  queue.retry('a')
  expect(told).toEqual([['added', 1], ['added', 2], ['taken', 1, 700], ['retried']])
})

test('a closed queue that works on nothing is closed at once, and plans nothing', async () => {
  const { queue, clock } = queued()
  queue.addAfter('a', 1_000)
  await queue.close()
  expect(clock.pending).toBe(0)
  queue.addAfter('a', 1_000)
  expect(clock.pending).toBe(0)
})

test('what was added while it was worked on is not taken up after the end', async () => {
  const { queue } = queued()
  queue.add('a')
  queue.add('c')
  await queue.take()
  await queue.take()
  queue.add('a')
  const closing = queue.close()
  queue.done('a')
  expect(queue.depth).toBe(0)
  let closed = false
  void closing.then(() => (closed = true))
  await Promise.resolve()
  expect(closed).toBe(false)
  queue.done('c')
  await closing
})
