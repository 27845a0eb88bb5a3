// kopf's page "Error handling": what is thrown decides whether and when a handler is called again.
import { expect, test } from 'vitest'
import { Permanent, Temporary } from '../../../../operator/framework/index.ts'
import { harness } from '../harness.ts'
import { remove, restarted, start, stateOf, type Builder } from './told.ts'

test('errors: a temporary error comes back after its delay, a minute by default', async () => {
  const h = harness()
  const at: number[] = []
  const { ended } = start(h, (builder) =>
    builder.onCreate(async (c) => {
      at.push(h.clock.now())
      if (c.attempt === 0) throw new Temporary('not yet', { delayMs: 30_000 })
      if (c.attempt === 1) throw new Temporary('not yet')
    }),
  )
  await h.create('a')
  await h.clock.settle()
  const began = h.clock.now()
  expect(await h.condition('a', 'Reconciling')).toMatchObject({ message: 'not yet' })
  await h.clock.advance(300_000)
  expect(at.map((time) => time - began)).toEqual([0, 30_000, 90_000])
  expect(await h.condition('a', 'Ready')).toMatchObject({ status: 'True' })
  await h.shutDown(ended)
})

test('errors: after a permanent error the handler is not called again, in no other process either', async () => {
  const h = harness()
  let calls = 0
  const declare = (builder: Parameters<Parameters<typeof start>[1]>[0]) =>
    builder.onCreate(async () => {
      calls += 1
      throw new Permanent('never')
    })
  const first = start(h, declare)
  await h.create('a')
  await h.clock.advance(3_600_000)
  expect(await h.condition('a', 'Stalled')).toMatchObject({ status: 'True', message: 'never' })
  const second = await restarted(h, first.ended, { declare })
  expect(calls).toBe(1)
  expect(await h.condition('a', 'Stalled')).toMatchObject({ status: 'True' })
  await second.end()
})

test('errors: any other error is tried again without end, later and later', async () => {
  const h = harness()
  let calls = 0
  const { ended } = start(h, (builder) =>
    builder.onCreate(async () => {
      calls += 1
      if (calls < 6) throw new Error('the network')
    }),
  )
  await h.create('a')
  await h.clock.advance(120_000)
  expect(calls).toBe(6)
  await h.shutDown(ended)
})

test('errors: ignored ones count as success, permanent ones end it', async () => {
  const h = harness()
  const calls: string[] = []
  const fails = (name: string) => async () => {
    calls.push(name)
    throw new Error(name)
  }
  const { ended } = start(h, (builder) =>
    builder
      .onCreate(fails('ignored'), { errors: 'ignored', id: 'one' })
      .onCreate(fails('permanent'), { errors: 'permanent', id: 'two' }),
  )
  await h.create('a')
  await h.clock.advance(600_000)
  expect(calls).toEqual(['ignored', 'permanent'])
  expect(await h.condition('a', 'Stalled')).toMatchObject({ message: 'permanent' })
  await h.shutDown(ended)
})

test('errors: retries are counted over restarts', async () => {
  const h = harness()
  let calls = 0
  const declare = (builder: Parameters<Parameters<typeof start>[1]>[0]) =>
    builder.onCreate(
      async () => {
        calls += 1
        throw new Error('no')
      },
      { retries: 3, backoffMs: 100_000 },
    )
  const first = start(h, declare)
  await h.create('a')
  await h.clock.advance(1_000)
  expect(calls).toBe(1)
  const second = await restarted(h, first.ended, { declare })
  await h.clock.advance(1_000_000)
  expect(calls).toBe(3)
  expect(await h.condition('a', 'Stalled')).toMatchObject({
    message: expect.stringContaining('3 attempts'),
  })
  await second.end()
})

test('errors: a timeout is of all attempts together, and aborts the one that runs', async () => {
  const h = harness()
  const ends: unknown[] = []
  const { ended } = start(h, (builder) =>
    builder.onCreate(
      async (c) => {
        if (c.attempt === 0) throw new Temporary('first', { delayMs: 20_000 })
        await new Promise((_, reject) =>
          c.signal.addEventListener('abort', () => reject(c.signal.reason as Error), {
            once: true,
          }),
        ).catch((error: unknown) => {
          ends.push(h.clock.now())
          throw error
        })
      },
      { timeoutMs: 30_000 },
    ),
  )
  await h.create('a')
  await h.clock.settle()
  const began = h.clock.now()
  await h.clock.advance(600_000)
  expect(ends).toEqual([began + 30_000])
  expect(await h.condition('a', 'Stalled')).toMatchObject({
    message: expect.stringContaining('30 s'),
  })
  await h.shutDown(ended)
})

test('errors: a backoff of its own is constant', async () => {
  const h = harness()
  const at: number[] = []
  const { ended } = start(h, (builder) =>
    builder.onCreate(
      async () => {
        at.push(h.clock.now())
        if (at.length < 4) throw new Error('no')
      },
      { backoffMs: 5_000 },
    ),
  )
  await h.create('a')
  await h.clock.advance(60_000)
  expect(at.map((time) => time - (at[0] ?? 0))).toEqual([0, 5_000, 10_000, 15_000])
  await h.shutDown(ended)
})

test('errors: one handler that waits keeps no other from its work', async () => {
  const h = harness()
  const calls: string[] = []
  const { ended } = start(h, (builder) =>
    builder
      .onCreate(async (c) => {
        calls.push(`slow ${c.attempt}`)
        if (c.attempt === 0) throw new Temporary('wait', { delayMs: 50_000 })
      })
      .onCreate(async () => void calls.push('quick')),
  )
  await h.create('a')
  await h.clock.advance(100_000)
  expect(calls).toEqual(['slow 0', 'quick', 'slow 1'])
  await h.shutDown(ended)
})

test('errors: a handler of deletion that fails for good keeps the object, unlike kopf’s', async () => {
  const h = harness()
  const { ended } = start(h, (builder) =>
    builder.onDelete(async () => {
      throw new Permanent('something is left')
    }),
  )
  await h.create('a')
  await h.clock.settle()
  await remove(h)
  await h.clock.advance(3_600_000)
  expect((await h.widget('a'))?.metadata.finalizers).toEqual(['widget-operator/finalizer'])
  expect(await h.condition('a', 'Stalled')).toMatchObject({ message: 'something is left' })
  await h.edit('a', {
    metadata: { annotations: { 'widget-operator/finalizer.force-release': 'true' } },
  })
  await h.clock.settle()
  expect(await h.widget('a')).toBeUndefined()
  await h.shutDown(ended)
})

test('errors: what could not be written of a handler is written by and by, for the next process', async () => {
  const h = harness()
  let calls = 0
  const declare = (builder: Builder) =>
    builder.onCreate(async () => {
      calls += 1
      throw new Permanent('never')
    })
  const first = start(h, declare)
  await h.clock.settle()
  const isState = ({ path, method }: { path: string; method: string }) =>
    method === 'PATCH' && !path.includes('/status') && path.includes('/widgets/')
  h.server.faults.add({ when: isState, times: 2, answer: 500 })
  await h.create('a')
  await h.clock.advance(60_000)
  expect(await stateOf(h)).toContain('never')
  const second = await restarted(h, first.ended, { declare })
  expect(calls).toBe(1)
  await second.end()
})
