// kopf's pages "Handlers", "Idempotence" and "Continuity": what is called when, with what, and how often.
import { expect, test } from 'vitest'
import { Permanent, Retry, settled, Temporary } from '../../../../operator/framework/index.ts'
import { harness, widgets } from '../harness.ts'
import { remove, restarted, start, stateOf, type Builder } from './told.ts'

test('handlers: an update has the old and the new state and their difference, labels and annotations too', async () => {
  const h = harness()
  const told: unknown[] = []
  const { ended } = start(h, (builder) =>
    builder.onUpdate(async (c) => void told.push(c.reason, c.old, c.new, c.diff)),
  )
  await h.create('a')
  await h.clock.settle()
  await h.edit('a', { spec: { size: 2 }, metadata: { labels: { tier: 'gold' } } })
  await h.clock.settle()
  expect(told).toEqual([
    'update',
    { spec: { size: 1 } },
    { spec: { size: 2 }, metadata: { labels: { tier: 'gold' } } },
    [
      { op: 'change', path: ['spec', 'size'], old: 1, new: 2 },
      { op: 'add', path: ['metadata'], old: undefined, new: { labels: { tier: 'gold' } } },
    ],
  ])
  await h.shutDown(ended)
})

test('handlers: a change of the status is none, unless a handler watches a field of it', async () => {
  const h = harness()
  const told: string[] = []
  const { ended } = start(h, (builder) =>
    builder
      .onUpdate(async () => void told.push('any'))
      .onField(
        'status.size',
        async (_, was, now) => void told.push(`${String(was)} ${String(now)}`),
      ),
  )
  await h.create('a')
  await h.clock.settle()
  for (const size of [3, 4]) {
    await h.user.patch(
      widgets,
      { name: 'a', namespace: 'shop' },
      { status: { size } },
      { type: 'merge', subresource: 'status' },
    )
    await h.clock.settle()
  }
  expect(told).toEqual(['undefined 3', '3 4'])
  await h.shutDown(ended)
})

test('handlers: what was changed while the operator was down is one change, from what was handled last', async () => {
  const h = harness()
  const told: unknown[] = []
  const declare = (builder: Builder) =>
    builder
      .onUpdate(async (c) => void told.push(c.diff))
      .onField('spec.size', async (_, was, now) => void told.push([was, now]))
  const first = start(h, declare)
  await h.create('a')
  await h.clock.settle()
  told.length = 0
  const second = await restarted(h, first.ended, {
    declare,
    async meanwhile() {
      await h.edit('a', { spec: { size: 2 } })
      await h.edit('a', { spec: { size: 3 } })
    },
  })
  expect(told).toEqual([[{ op: 'change', path: ['spec', 'size'], old: 1, new: 3 }], [1, 3]])
  await second.end()
})

test('handlers: resuming is once in each process, for what an earlier one has handled, not for what goes', async () => {
  const h = harness()
  const told: string[] = []
  const declare = (builder: Builder) =>
    builder
      .onResume(async (c) => void told.push(`resume ${c.obj.metadata.name}`))
      .onResume(async (c) => void told.push(`deleted ${c.obj.metadata.name}`), { deleted: true })
      .onDelete(async (c) => {
        if (c.obj.metadata.annotations?.['go'] !== 'yes')
          throw new Temporary('not yet', { delayMs: 1e6 })
      })
      .onUpdate(async () => undefined)
  const first = start(h, declare)
  await h.create('a')
  await h.create('b')
  await h.clock.settle()
  await remove(h, 'b')
  await h.clock.settle()
  expect(told).toEqual([])
  const second = await restarted(h, first.ended, { declare })
  await h.edit('a', { spec: { size: 9 } })
  await h.clock.advance(100_000)
  expect(told.toSorted()).toEqual(['deleted a', 'deleted b', 'resume a'])
  await second.end()
})

test('handlers: one function for creation and resuming is called once, for either', async () => {
  const h = harness()
  const told: string[] = []
  const both = async (c: { reason: string }) => void told.push(c.reason)
  const declare = (builder: Builder) => builder.onCreate(both).onResume(both)
  const first = start(h, declare)
  await h.create('a')
  await h.clock.settle()
  const second = await restarted(h, first.ended, { declare })
  expect(told).toEqual(['create', 'resume'])
  await second.end()
})

test('handlers: an optional handler of deletion holds nothing up', async () => {
  const h = harness()
  const told: string[] = []
  const { ended } = start(h, (builder) =>
    builder.onDelete(async (c) => void told.push(c.obj.metadata.name), { optional: true }),
  )
  await h.create('a')
  await h.create('b', { size: 1 }, { finalizers: ['example.com/of-another'] })
  await h.clock.settle()
  expect((await h.widget('a'))?.metadata.finalizers).toBeUndefined()
  await remove(h, 'a')
  await remove(h, 'b')
  await h.clock.advance(60_000)
  expect(await h.widget('a')).toBeUndefined()
  expect(told).toEqual(['b'])
  await h.shutDown(ended)
})

test('handlers: handlers of deletion are all called before the finalizer goes, each once', async () => {
  const h = harness()
  const told: string[] = []
  const { ended } = start(h, (builder) =>
    builder
      .onDelete(async () => void told.push('quick'))
      .onDelete(async (c) => {
        told.push(`slow ${c.attempt}`)
        if (c.attempt < 2) throw new Temporary('not yet', { delayMs: 10_000 })
      })
      .finalize('example.com/last', async () => {
        told.push('finalize')
        return settled
      }),
  )
  await h.create('a')
  await h.clock.settle()
  await remove(h)
  await h.clock.advance(60_000)
  expect(told).toEqual(['quick', 'slow 0', 'slow 1', 'slow 2', 'finalize'])
  expect(await h.widget('a')).toBeUndefined()
  await h.shutDown(ended)
})

test('idempotence: sub-handlers have attempts of their own, and none that succeeded is called twice', async () => {
  const h = harness()
  const calls = { parent: 0, left: 0, a: 0, b: 0 }
  const declare = (builder: Builder) =>
    builder.onCreate(async (c) => {
      calls.parent += 1
      await c.execute({
        a: async (sub) => {
          calls.a += 1
          if (sub.attempt < 2) throw new Temporary('a', { delayMs: 10_000 })
        },
        b: async (sub) => {
          calls.b += 1
          if (sub.attempt < 6) throw new Temporary('b', { delayMs: 10_000 })
        },
      })
      calls.left += 1
    })
  const first = start(h, declare)
  await h.create('a')
  await h.clock.advance(35_000)
  expect(calls).toMatchObject({ a: 3, b: 4, left: 0 })
  const second = await restarted(h, first.ended, { declare })
  await h.clock.advance(100_000)
  expect(calls).toMatchObject({ a: 3, b: 7, left: 1 })
  await second.end()
})

test('handlers: sub-handlers that are registered run after their handler, for each item of a list', async () => {
  const h = harness()
  const told: string[] = []
  const { ended } = start(h, (builder) =>
    builder.onCreate(async (c) => {
      for (const item of ['one', 'two', 'never']) {
        c.subhandler(
          item,
          async (sub) => {
            told.push(`${item} ${sub.attempt}`)
            if (item === 'never') throw new Permanent('no such item')
          },
          { retries: 2 },
        )
      }
      told.push('registered')
    }),
  )
  await h.create('a')
  await h.clock.advance(60_000)
  expect(told).toEqual(['registered', 'one 0', 'two 0', 'never 0'])
  expect(await h.condition('a', 'Stalled')).toMatchObject({ message: 'no such item' })
  await h.shutDown(ended)
})

test('continuity: a handler that is through is not called again because another is not', async () => {
  const h = harness()
  const told: string[] = []
  let broken = true
  const declare = (builder: Builder) =>
    builder
      .onUpdate(
        async (c) => void told.push(`quick ${JSON.stringify(c.diff.map((d) => [d.old, d.new]))}`),
      )
      .onUpdate(async (c) => {
        if (broken) throw new Retry('Busy', 'x', { afterMs: 10_000 })
        told.push(`slow ${JSON.stringify(c.diff.map((d) => [d.old, d.new]))}`)
      })
  const first = start(h, declare)
  await h.create('a')
  await h.clock.settle()
  await h.edit('a', { spec: { size: 2 } })
  await h.clock.advance(25_000)
  expect(told).toEqual(['quick [[1,2]]'])
  const second = await restarted(h, first.ended, {
    declare,
    meanwhile: () => h.edit('a', { spec: { size: 3 } }),
  })
  broken = false
  await h.clock.advance(60_000)
  expect(told).toEqual(['quick [[1,2]]', 'quick [[2,3]]', 'slow [[1,3]]'])
  await second.end()
})

test('continuity: a change back is a change to a handler that has seen the first one, and to no other', async () => {
  const h = harness()
  const told: string[] = []
  const { ended } = start(h, (builder) =>
    builder
      .onUpdate(
        async (c) => void told.push(`quick ${String(c.diff[0]?.old)} ${String(c.diff[0]?.new)}`),
      )
      .onUpdate(async () => {
        throw new Temporary('not yet', { delayMs: 100_000 })
      }),
  )
  await h.create('a')
  await h.clock.settle()
  for (const size of [2, 1]) {
    await h.edit('a', { spec: { size } })
    await h.clock.settle()
  }
  expect(told).toEqual(['quick 1 2', 'quick 2 1'])
  expect(await h.condition('a', 'Ready')).toMatchObject({ status: 'True' })
  await h.shutDown(ended)
})

test('continuity: a copy of an object under another name is a new object', async () => {
  const h = harness()
  const told: string[] = []
  const { ended } = start(h, (builder) =>
    builder.onCreate(async (c) => void told.push(c.obj.metadata.name)),
  )
  await h.create('a')
  await h.clock.settle()
  const annotations = (await h.widget('a'))?.metadata.annotations
  expect(Object.keys(annotations ?? {})).toEqual(['widget-operator/handled'])
  await h.create('b', { size: 1 }, { annotations })
  await h.clock.settle()
  expect(told).toEqual(['a', 'b'])
  await h.shutDown(ended)
})

test('continuity: the state is small, written once after a pass, and not at all when nothing came of it', async () => {
  const h = harness()
  const { ended } = start(h, (builder) =>
    builder.onCreate(async () => undefined).onField('spec.size', async () => undefined),
  )
  await h.create('a')
  await h.clock.settle()
  const { uid } = (await h.widget('a'))?.metadata ?? {}
  expect(await stateOf(h)).toBe(JSON.stringify({ uid, base: { fields: { 'spec.size': 1 } } }))
  const writes = () => h.server.takeRequests().filter((line) => line.startsWith('PATCH'))
  expect(writes()).toHaveLength(2) // the state and Ready
  await h.edit('a', { metadata: { labels: { some: 'label' } } })
  await h.clock.settle()
  expect(writes()).toHaveLength(1) // the user's own
  await h.shutDown(ended)
})

test('continuity: in the status the state costs no write of its own', async () => {
  const h = harness()
  let calls = 0
  const declare = (builder: Builder) =>
    builder.options({ keep: 'status' }).onCreate(async () => void (calls += 1))
  const first = start(h, declare)
  await h.create('a')
  await h.clock.settle()
  const writes = h.server.takeRequests().filter((line) => line.startsWith('PATCH'))
  expect(writes).toHaveLength(1)
  expect(await stateOf(h)).toBeUndefined()
  const second = await restarted(h, first.ended, { declare })
  expect(calls).toBe(1)
  await second.end()
})
