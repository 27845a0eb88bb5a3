// What comes of the outcomes that a handler returns or throws.
import { expect, test } from 'vitest'
import { again, Retry, settled, Stall } from '../../../../operator/framework/index.ts'
import { harness, statusWrites, widgets } from '../harness.ts'

test('again takes the reason and the message of a condition, and no more', () => {
  const lacking = { type: 'NodesReady', status: false, reason: 'NodesNotReady', message: '1 of 2' }
  expect(again(500, lacking)).toEqual({
    type: 'again',
    afterMs: 500,
    reason: 'NodesNotReady',
    message: '1 of 2',
  })
})

test('again() shows Reconciling and comes back after the given time without backing off', async () => {
  const h = harness()
  const at: number[] = []
  const { ended } = h.start((op) =>
    op.for(widgets).reconcile(async () => {
      at.push(h.clock.now())
      return again(5_000, { reason: 'Waiting', message: 'for paint' })
    }),
  )
  await h.create('a')
  await h.clock.advance(20_500)
  expect(at.map((time) => time - at[0]!)).toEqual([0, 5_000, 10_000, 15_000, 20_000])
  expect(await h.condition('a', 'Ready')).toMatchObject({ status: 'False', reason: 'Waiting' })
  expect(await h.condition('a', 'Reconciling')).toMatchObject({
    status: 'True',
    message: 'for paint',
  })
  await h.shutDown(ended)
})

test('Retry backs off exponentially within its bounds and tells of its attempts', async () => {
  const h = harness()
  const at: number[] = []
  const attempts: number[] = []
  const { ended } = h.start((op) =>
    op.for(widgets).reconcile(
      async (c) => {
        at.push(h.clock.now())
        attempts.push(c.attempt)
        throw new Retry('NoPaint', 'the shop is closed')
      },
      { retry: { baseMs: 1_000, capMs: 4_000 } },
    ),
  )
  await h.create('a')
  await h.clock.until(() => at.length === 6)
  const waits = at.slice(1).map((time, index) => time - at[index]!)
  for (const [index, full] of [1_000, 2_000, 4_000, 4_000, 4_000].entries()) {
    expect(waits[index]).toBeGreaterThanOrEqual(full / 2)
    expect(waits[index]).toBeLessThanOrEqual(full)
  }
  expect(attempts).toEqual([0, 1, 2, 3, 4, 5])
  expect(await h.condition('a', 'Reconciling')).toMatchObject({ reason: 'NoPaint' })
  expect(statusWrites(h.server)).toHaveLength(1) // the same failure again says nothing new
  await h.shutDown(ended)
})

test('Stall waits for another generation, requestedAt or a wake by name, and for nothing else', async () => {
  const h = harness()
  let runs = 0
  const { op, ended } = h.start((o) =>
    o.for(widgets).reconcile(async () => {
      runs += 1
      throw new Stall('BadColor', 'spec.color: expected a color, got 7')
    }),
  )
  await h.create('a')
  await h.clock.advance(24 * 3_600_000)
  await h.edit('a', { metadata: { labels: { seen: 'yes' } } })
  await h.clock.settle()
  expect(runs).toBe(1)
  expect(await h.condition('a', 'Stalled')).toMatchObject({ status: 'True', reason: 'BadColor' })

  await h.edit('a', { metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': 'now' } } })
  await h.clock.settle()
  expect(runs).toBe(2)
  expect((await h.widget('a'))?.status?.lastHandledReconcileAt).toBe('now')
  await h.edit('a', { spec: { size: 9 } })
  await h.clock.settle()
  expect(runs).toBe(3)
  op.wake(widgets, { name: 'a', namespace: 'shop' })
  await h.clock.settle()
  expect(runs).toBe(4)
  await h.shutDown(ended)
})

test('a retry budget ends in Stalled', async () => {
  const h = harness()
  let runs = 0
  const { ended } = h.start((op) =>
    op.for(widgets).reconcile(
      async () => {
        runs += 1
        throw new Retry('Broken', 'no')
      },
      { retry: { baseMs: 10, capMs: 10, budget: 3 } },
    ),
  )
  await h.create('a')
  await h.clock.advance(3_600_000)
  expect(runs).toBe(3)
  const stalled = await h.condition('a', 'Stalled')
  expect(stalled).toMatchObject({ reason: 'Broken', message: 'no (gave up after 3 attempts)' })
  await h.shutDown(ended)
})

test.each([
  ['a string', 'oops', 'threw oops'],
  ['undefined', undefined, 'threw undefined'],
  ['an object', { code: 7 }, 'threw {"code":7}'],
  ['a cyclic object', cyclic(), 'threw [object Object]'],
  ['an error', new TypeError('x is not a function'), 'x is not a function'],
])('a handler that throws %s is retried and shown', async (_, thrown, message) => {
  const h = harness()
  let runs = 0
  const { ended } = h.start((op) =>
    op.for(widgets).reconcile(async () => {
      runs += 1
      if (runs === 1) return Promise.reject(thrown as Error)
      return settled
    }),
  )
  await h.create('a')
  await h.clock.settle()
  expect(await h.condition('a', 'Ready')).toMatchObject({ reason: 'Error', message })
  await h.clock.advance(2_000)
  expect(await h.condition('a', 'Ready')).toMatchObject({ status: 'True' })
  await h.shutDown(ended)
})

test('a handler that returns nothing is an error, not a success', async () => {
  const h = harness()
  const { ended } = h.start((op) => op.for(widgets).reconcile((async () => undefined) as never))
  await h.create('a')
  await h.clock.settle()
  expect(await h.condition('a', 'Ready')).toMatchObject({ status: 'False', reason: 'Error' })
  await h.shutDown(ended)
})

function cyclic(): object {
  const object: { self?: object } = {}
  object.self = object
  return object
}
