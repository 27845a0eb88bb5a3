// The controller end to end on the fake API server: outcomes, status, supersede, failures.
import { expect, test } from 'vitest'
import { again, Interrupt, Retry, settled, Stall } from '../../../operator/framework/index.ts'
import { harness, statusWrites, widgets } from './harness.ts'

test('reports a settled object Ready at its generation, by one status write', async () => {
  const h = harness()
  const { ended } = h.start((op) =>
    op.for(widgets).reconcile(async (c) => {
      c.status({ size: c.obj.spec.size })
      return settled
    }),
  )
  await h.create('a', { size: 3 })
  await h.clock.settle()
  expect((await h.widget('a'))?.status).toMatchObject({
    size: 3,
    observedGeneration: 1,
    conditions: [{ type: 'Ready', status: 'True', reason: 'Succeeded', observedGeneration: 1 }],
  })
  expect(statusWrites(h.server)).toHaveLength(1)
  await h.shutDown(ended)
})

test('writes no status when nothing changed, and no request at all', async () => {
  const h = harness()
  let runs = 0
  const { op, ended } = h.start((o) =>
    o.for(widgets).reconcile(async (c) => {
      runs += 1
      c.status({ size: c.obj.spec.size })
      c.condition('Painted', true, 'Blue', 'is blue')
      return settled
    }),
  )
  await h.create('a')
  await h.clock.settle()
  h.server.takeRequests()
  for (let time = 0; time < 5; time += 1) {
    op.wake(widgets, { name: 'a', namespace: 'shop' })
    await h.clock.settle()
  }
  expect(runs).toBe(6)
  expect(h.server.takeRequests()).toEqual([])
  await h.shutDown(ended)
})

test('its own status write does not wake the object', async () => {
  const h = harness()
  let runs = 0
  const { ended } = h.start((op) =>
    op.for(widgets).reconcile(async (c) => {
      c.status({ size: (runs += 1) }) // another status every time
      return settled
    }),
  )
  await h.create('a')
  await h.clock.advance(60_000)
  expect(runs).toBe(1)
  await h.shutDown(ended)
})

test('removes a status field that is set to undefined', async () => {
  const h = harness()
  const { ended } = h.start((op) =>
    op.for(widgets).reconcile(async (c) => {
      c.status({ size: c.obj.spec.size > 1 ? undefined : 1 })
      return settled
    }),
  )
  await h.create('a')
  await h.clock.settle()
  expect((await h.widget('a'))?.status?.size).toBe(1)
  await h.edit('a', { spec: { size: 2 } })
  await h.clock.settle()
  const status = (await h.widget('a'))?.status
  expect(status).not.toHaveProperty('size')
  expect(status?.observedGeneration).toBe(2)
  await h.shutDown(ended)
})

test('a request is echoed, unless the handler puts it off', async () => {
  const h = harness()
  const { ended } = h.start((op) =>
    op.for(widgets).reconcile(async (c) => {
      const { lastHandledReconcileAt } = c.obj.status ?? {}
      if (c.obj.spec.size === 1) c.status({ lastHandledReconcileAt })
      return settled
    }),
  )
  await h.create('a', { size: 1 })
  await h.edit('a', { metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': 'now' } } })
  await h.clock.settle()
  expect((await h.widget('a'))?.status).not.toHaveProperty('lastHandledReconcileAt')
  await h.edit('a', { spec: { size: 2 } })
  await h.clock.settle()
  expect((await h.widget('a'))?.status?.lastHandledReconcileAt).toBe('now')
  await h.shutDown(ended)
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

test('a change of the spec supersedes the running handler, and the new spec is handled', async () => {
  const h = harness()
  const seen: number[] = []
  const causes: unknown[] = []
  const { ended } = h.start((op) =>
    op.for(widgets).reconcile(async (c) => {
      seen.push(c.obj.spec.size)
      if (c.obj.spec.size === 2) return settled
      await untilAborted(c.signal)
      causes.push(c.signal.reason)
      throw c.signal.reason
    }),
  )
  await h.create('a')
  await h.clock.settle()
  await h.edit('a', { spec: { size: 2 } })
  await h.clock.settle()
  expect(seen).toEqual([1, 2])
  expect(causes[0]).toBeInstanceOf(Interrupt)
  expect(causes[0]).toMatchObject({ interrupt: 'superseded' })
  expect(await h.condition('a', 'Ready')).toMatchObject({ status: 'True' })
  await h.shutDown(ended)
})

test('with supersede: finish the handler ends first, then runs once more', async () => {
  const h = harness()
  const gate = Promise.withResolvers<void>()
  const seen: number[] = []
  const { ended } = h.start((op) =>
    op.for(widgets).reconcile(
      async (c) => {
        seen.push(c.obj.spec.size)
        await gate.promise
        expect(c.signal.aborted).toBe(false)
        return settled
      },
      { supersede: 'finish' },
    ),
  )
  await h.create('a')
  await h.clock.settle()
  await h.edit('a', { spec: { size: 2 } })
  await h.edit('a', { spec: { size: 3 } })
  await h.clock.settle()
  gate.resolve()
  await h.clock.settle()
  expect(seen).toEqual([1, 3])
  await h.shutDown(ended)
})

test('the deadline aborts the signal and is retried', async () => {
  const h = harness()
  const { ended } = h.start((op) =>
    op.for(widgets).reconcile(
      async (c) => {
        await untilAborted(c.signal)
        throw new Error('stopped half-way', { cause: c.signal.reason })
      },
      { deadlineMs: 1_000 },
    ),
  )
  await h.create('a')
  await h.clock.advance(1_100)
  expect(await h.condition('a', 'Ready')).toMatchObject({ reason: 'DeadlineExceeded' })
  await h.shutDown(ended)
})

test('a handler that ignores its signal holds its own key and no worker', async () => {
  const h = harness()
  const handled: string[] = []
  const { ended } = h.start((op) =>
    op.for(widgets).reconcile(
      async (c) => {
        handled.push(c.key.name)
        if (c.key.name === 'deaf') await new Promise(() => undefined)
        return settled
      },
      { concurrency: 1, deadlineMs: 1_000 },
    ),
  )
  await h.create('deaf')
  await h.clock.settle()
  await h.create('other')
  await h.edit('deaf', { spec: { size: 2 } })
  await h.clock.advance(40_000)
  expect(handled).toEqual(['deaf', 'other'])
  await h.shutDown(ended)
})

test('everything is looked at again after the resync time, spread by jitter', async () => {
  const h = harness()
  const at = new Map<string, number[]>()
  const { ended } = h.start((op) =>
    op.for(widgets).reconcile(
      async (c) => {
        at.set(c.key.name, [...(at.get(c.key.name) ?? []), h.clock.now()])
        return settled
      },
      { resync: { everyMs: 100_000, jitter: 0.3 } },
    ),
  )
  for (let n = 0; n < 10; n += 1) await h.create(`w${n}`)
  await h.clock.advance(131_000)
  const waits = [...at.values()].map(([first = 0, second = 0]) => second - first)
  expect(waits).toHaveLength(10)
  for (const wait of waits) expect(wait).toBeGreaterThanOrEqual(70_000)
  expect(new Set(waits).size).toBeGreaterThan(5)
  await h.shutDown(ended)
})

test('an object of the same name is a new one: first, unstalled, without its history', async () => {
  const h = harness()
  const firsts: boolean[] = []
  const { ended } = h.start((op) =>
    op.for(widgets).reconcile(async (c) => {
      firsts.push(c.first)
      throw new Stall('Never', 'no')
    }),
  )
  await h.create('a')
  await h.clock.settle()
  await h.user.delete(widgets, { name: 'a', namespace: 'shop' })
  await h.create('a')
  await h.clock.settle()
  expect(firsts).toEqual([true, true])
  await h.shutDown(ended)
})

test('a failing status write is retried without running into the next object', async () => {
  const h = harness()
  let runs = 0
  const { ended } = h.start((op) =>
    op.for(widgets).reconcile(async (c) => {
      runs += 1
      c.status({ size: 5 })
      return settled
    }),
  )
  await h.clock.settle()
  h.server.faults.add({ when: (r) => r.path.includes('/status'), times: 2, answer: 500 })
  await h.create('a')
  await h.clock.advance(10_000)
  expect(runs).toBe(3)
  expect((await h.widget('a'))?.status?.size).toBe(5)
  await h.shutDown(ended)
})

function cyclic(): object {
  const object: { self?: object } = {}
  object.self = object
  return object
}

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
