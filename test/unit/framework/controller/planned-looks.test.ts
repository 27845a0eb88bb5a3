// Whoever takes an object's key calls off the look that was planned for it: what somebody asked for happens all the same,
// whatever wakes the object in between, and nothing is looked at without end.
import { Registry } from 'prom-client'
import { expect, test } from 'vitest'
import {
  again,
  Permanent,
  Retry,
  settled,
  Stall,
  Temporary,
  type Operator,
  type Outcome,
} from '../../../../operator/framework/index.ts'
import { cutOff, harness, widgets } from '../harness.ts'

type H = ReturnType<typeof harness>

const remove = (h: H) => h.user.delete(widgets, { name: 'a', namespace: 'shop' })

/** When something happened, in milliseconds since it happened first. */
function times(h: H) {
  const at: number[] = []
  return { note: () => void at.push(h.clock.now()), since: () => at.map((time) => time - at[0]!) }
}

const hourMs = 3_600_000

const endings: [string, () => Outcome][] = [
  ['settled', () => settled],
  ['again', () => again(hourMs, { reason: 'Waiting', message: 'x' })],
  ['Retry', () => raised(new Retry('Broken', 'x', { afterMs: hourMs }))],
  ['Stall', () => raised(new Stall('Broken', 'x'))],
  ['Permanent', () => raised(new Permanent('x'))],
]

function raised(error: Error): never {
  throw error
}

test.each(endings)(
  'lookAgainWithin: holds for a reconcile that ended in %s, while handlers are tried in between',
  async (_, end) => {
    const h = harness()
    const runs = times(h)
    const { ended } = h.start((op) =>
      op
        .for(widgets)
        .onCreate(async () => raised(new Temporary('not yet', { delayMs: 7_000 })))
        .reconcile(async (c) => {
          runs.note()
          c.lookAgainWithin(20_000)
          return end()
        }),
    )
    await h.create('a')
    await h.clock.advance(45_000)
    expect(runs.since()).toEqual([0, 20_000, 40_000])
    await h.shutDown(ended)
  },
)

test.each(endings)(
  'lookAgainWithin: holds for a reconcile without handlers that ended in %s, whatever changes',
  async (_, end) => {
    const h = harness()
    const runs = times(h)
    const { ended } = h.start((op) =>
      op.for(widgets).reconcile(async (c) => {
        runs.note()
        c.lookAgainWithin(20_000)
        return end()
      }),
    )
    await h.create('a')
    await h.clock.advance(7_000)
    await h.edit('a', { metadata: { labels: { seen: 'yes' } } })
    await h.clock.advance(60_000)
    const gaps = runs.since().map((time, at, all) => time - (all[at - 1] ?? 0))
    expect(Math.max(...gaps)).toBe(20_000)
    expect(gaps.length).toBeGreaterThan(3)
    await h.shutDown(ended)
  },
)

test.each([
  ['again', again(60_000, { reason: 'Waiting', message: 'x' })],
  ['Retry', new Retry('Broken', 'x', { afterMs: 60_000 })],
])(
  'a reconcile that ended in %s comes at its time, though handlers are tried before',
  async (_, end) => {
    const h = harness()
    const runs = times(h)
    const { ended } = h.start((op) =>
      op
        .for(widgets)
        .onCreate(async () => raised(new Temporary('not yet', { delayMs: 7_000 })))
        .reconcile(async () => {
          runs.note()
          return end instanceof Error ? raised(end) : end
        }),
    )
    await h.create('a')
    await h.clock.advance(125_000)
    expect(runs.since()).toEqual([0, 60_000, 120_000])
    await h.shutDown(ended)
  },
)

test('lookAgainWithin: said by a handler of changes, the reconcile runs again', async () => {
  const h = harness()
  const runs = times(h)
  const { ended } = h.start((op) =>
    op
      .for(widgets)
      .onCreate(async (c) => c.lookAgainWithin(20_000))
      .onCreate(async () => raised(new Temporary('not yet', { delayMs: 7_000 })))
      .reconcile(async () => {
        runs.note()
        return settled
      }),
  )
  await h.create('a')
  await h.clock.advance(60_000)
  expect(runs.since()).toEqual([0, 20_000])
  await h.shutDown(ended)
})

test.each(['timer', 'daemon'] as const)(
  'lookAgainWithin: said by a %s, the reconcile runs again, of a stalled object too',
  async (sort) => {
    const h = harness()
    const runs = times(h)
    const ask = async (c: { lookAgainWithin(ms: number): void }) => c.lookAgainWithin(20_000)
    const { ended } = h.start((op) => {
      const controller = op.for(widgets).reconcile(async () => {
        runs.note()
        throw new Stall('Broken', 'x')
      })
      if (sort === 'timer') controller.timer(ask, { initialDelayMs: 5_000, everyMs: 1e9 })
      else controller.daemon(ask, { initialDelayMs: 5_000 })
    })
    await h.create('a')
    await h.clock.settle()
    await h.clock.advance(10_000)
    await h.edit('a', { metadata: { labels: { seen: 'yes' } } })
    await h.clock.advance(hourMs)
    expect(runs.since()).toEqual([0, 25_000])
    await h.shutDown(ended)
  },
)

test('lookAgainWithin: holds though what the run said could not be written', async () => {
  const h = harness()
  const runs = times(h)
  const { ended } = h.start((op) =>
    op.for(widgets).reconcile(async (c) => {
      runs.note()
      c.lookAgainWithin(2_000)
      c.status({ size: runs.since().length })
      return settled
    }),
  )
  h.server.faults.add({
    when: ({ path }) => path.includes('/status'),
    times: 1_000,
    answer: 422,
    retryAfterSeconds: 300,
  })
  await h.create('a')
  await h.clock.advance(5_000)
  expect(runs.since()).toEqual([0, 2_000, 4_000])
  await h.shutDown(ended)
})

test('lookAgainWithin: is asked once, and over when the reconcile has run for another reason', async () => {
  const h = harness()
  const runs = times(h)
  const { ended } = h.start((op) =>
    op.for(widgets).reconcile(async (c) => {
      if (c.first) c.lookAgainWithin(20_000)
      runs.note()
      return settled
    }),
  )
  await h.create('a')
  await h.clock.advance(7_000)
  await h.edit('a', { spec: { size: 2 } })
  await h.clock.advance(hourMs)
  expect(runs.since()).toEqual([0, 7_000])
  await h.shutDown(ended)
})

test('lookAgainWithin: a run that a change interrupts is followed by one at once', async () => {
  const h = harness()
  const runs = times(h)
  const { ended } = h.start((op) =>
    op.for(widgets).reconcile(async (c) => {
      runs.note()
      c.lookAgainWithin(20_000)
      if (c.first) await cutOff(c.signal)
      return settled
    }),
  )
  await h.create('a')
  await h.clock.advance(7_000)
  await h.edit('a', { spec: { size: 2 } })
  await h.clock.advance(21_000)
  expect(runs.since()).toEqual([0, 7_000, 27_000])
  await h.shutDown(ended)
})

test('a stalled object that asked to be looked at waits for its handlers of deletion without a pause for nobody', async () => {
  const h = harness()
  const attempts = times(h)
  const metrics = new Registry()
  const declare = (op: Operator) =>
    op
      .for(widgets)
      .onDelete(async () => {
        attempts.note()
        if (attempts.since().length < 2) throw new Temporary('not yet', { delayMs: 60_000 })
      })
      .reconcile(async (c) => {
        c.lookAgainWithin(20_000)
        throw new Stall('Broken', 'x')
      })
  const { ended } = h.start(declare, { metrics })
  await h.create('a')
  await h.clock.settle()
  await remove(h)
  await h.clock.settle()
  const passes = async () => {
    const { values } = (await metrics.getMetricsAsJSON()).find(({ name }) => name === 'reconcile_total') ?? {} // prettier-ignore
    return values?.reduce((sum, { value }) => sum + value, 0)
  }
  await h.clock.advance(59_000)
  expect(await passes()).toBeLessThan(10)
  await h.clock.advance(2_000)
  expect(attempts.since()).toEqual([0, 60_000])
  expect(await h.widget('a')).toBeUndefined()
  await h.shutDown(ended)
})

test('a handler that runs past its deadline keeps the reconcile from nothing', async () => {
  const h = harness()
  const runs = times(h)
  const began = h.clock.now()
  const { ended } = h.start((op) =>
    op
      .for(widgets)
      .onCreate(
        async (c) => {
          await cutOff(c.signal)
        },
        { backoffMs: 600_000 },
      )
      .reconcile(
        async () => {
          runs.note()
          return settled
        },
        { deadlineMs: 5_000 },
      ),
  )
  await h.create('a')
  await h.clock.advance(60_000)
  expect(runs.since()).toEqual([0])
  expect(h.clock.now() - began).toBe(60_000)
  await h.shutDown(ended)
})

test.each([
  ['an onCreate that is tried again', 'onCreate', new Temporary('not yet', { delayMs: 600_000 })],
  ['an onUpdate that is tried again', 'onUpdate', new Temporary('not yet', { delayMs: 600_000 })],
  ['an onCreate that has failed for good', 'onCreate', new Permanent('never')],
  ['an onUpdate that has failed for good', 'onUpdate', new Permanent('never')],
] as const)('%s does not keep an object that goes', async (_, sort, error) => {
  const h = harness()
  const told: string[] = []
  const { ended } = h.start((op) =>
    op
      .for(widgets)
      [sort](async () => raised(error))
      .onDelete(async () => void told.push('deleted')),
  )
  await h.create('a')
  await h.clock.settle()
  await h.edit('a', { spec: { size: 2 } })
  await h.clock.settle()
  await remove(h)
  await h.clock.advance(10_000)
  expect(told).toEqual(['deleted'])
  expect(await h.widget('a')).toBeUndefined()
  await h.shutDown(ended)
})

test.each([0, 3_000])(
  'a wake during a run that stalls the object is no loss (%d ms)',
  async (afterMs) => {
    const h = harness()
    const runs = times(h)
    const gate = Promise.withResolvers<void>()
    const { op, ended } = h.start((o) =>
      o.for(widgets).reconcile(async () => {
        runs.note()
        await gate.promise
        throw new Stall('Broken', 'x')
      }),
    )
    await h.create('a')
    await h.clock.settle()
    op.wake(widgets, { name: 'a', namespace: 'shop' }, { afterMs })
    await h.clock.advance(1_000)
    gate.resolve()
    await h.clock.advance(hourMs)
    expect(runs.since()).toEqual([0, afterMs === 0 ? 1_000 : afterMs])
    await h.shutDown(ended)
  },
)

test('wakes that may wait are one run, and whoever asks then has another', async () => {
  const h = harness()
  const runs = times(h)
  const { op, ended } = h.start((o) =>
    o.for(widgets).reconcile(async () => {
      runs.note()
      return settled
    }),
  )
  await h.create('a')
  await h.clock.settle()
  for (let asked = 0; asked < 12; asked += 1) {
    op.wake(widgets, { name: 'a', namespace: 'shop' }, { afterMs: 100 })
    await h.clock.advance(20)
  }
  await h.clock.advance(60_000)
  expect(runs.since()).toEqual([0, 100, 200, 300])
  await h.shutDown(ended)
})

test('a handler that waits for its time is let go with its filter: creation is over without it, as for kopf', async () => {
  const h = harness()
  const calls = times(h)
  const { ended } = h.start((op) =>
    op.for(widgets).onCreate(
      async () => {
        calls.note()
        throw new Temporary('not yet', { delayMs: 10_000 })
      },
      { when: ({ obj }) => obj.metadata.labels?.['on'] === 'yes' },
    ),
  )
  const label = (on: string | null) => h.edit('a', { metadata: { labels: { on } } })
  await h.create('a', { size: 1 }, { labels: { on: 'yes' } })
  await h.clock.advance(5_000)
  await label(null)
  await h.clock.advance(20_000)
  expect(calls.since()).toEqual([0])
  expect(await h.condition('a', 'Reconciling')).toBeUndefined()
  await label('yes')
  await h.clock.advance(hourMs)
  expect(calls.since()).toEqual([0])
  expect(await h.condition('a', 'Ready')).toMatchObject({ status: 'True' })
  await h.shutDown(ended)
})

test('an object that somebody else’s finalizer keeps is looked at no more', async () => {
  const h = harness()
  const runs = times(h)
  const { ended } = h.start((op) =>
    op.for(widgets).reconcile(async (c) => {
      runs.note()
      c.lookAgainWithin(20_000)
      return settled
    }),
  )
  await h.create('a', { size: 1 }, { finalizers: ['example.com/of-another'] })
  await h.clock.advance(5_000)
  await remove(h)
  await h.clock.advance(hourMs)
  expect(runs.since()).toEqual([0])
  await h.shutDown(ended)
})

test('a handler of a field of the status hears of what the reconcile writes there', async () => {
  const h = harness()
  const told: unknown[] = []
  const { ended } = h.start((op) =>
    op
      .for(widgets)
      .onField('status.size', async (_, was, now) => void told.push([was, now]))
      .reconcile(async (c) => {
        c.status({ size: c.obj.spec.size })
        return settled
      }),
  )
  await h.create('a')
  await h.clock.settle()
  await h.edit('a', { spec: { size: 2 } })
  await h.clock.settle()
  expect(told).toEqual([
    [undefined, 1],
    [1, 2],
  ])
  await h.shutDown(ended)
})

test.each(['reconcile', 'finalize'] as const)(
  'a stalled %s that asked to be looked at again is, though changes that cannot help woke it before',
  async (stage) => {
    const h = harness()
    const at: number[] = []
    const look = async (c: { lookAgainWithin(ms: number): void }) => {
      at.push(h.clock.now())
      c.lookAgainWithin(20_000)
      throw new Stall('BadColor', 'spec.color: expected a color, got 7')
    }
    const { ended } = h.start((op) => {
      const controller = op
        .for(widgets)
        .reconcile(stage === 'finalize' ? async () => settled : look)
      if (stage === 'finalize') controller.finalize('example.com/paint', look)
    })
    await h.create('a')
    await h.clock.settle()
    if (stage === 'finalize') await h.user.delete(widgets, { name: 'a', namespace: 'shop' })
    for (const seen of ['once', 'twice']) {
      await h.clock.advance(7_000)
      await h.edit('a', { metadata: { labels: { seen } } })
    }
    await h.clock.advance(45_000)
    expect(at.map((time) => time - at[0]!)).toEqual([0, 20_000, 40_000])
    await h.shutDown(ended)
  },
)
