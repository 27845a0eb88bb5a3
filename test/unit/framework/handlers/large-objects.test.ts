// Objects of which more would have to be kept than annotations hold.
import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { Temporary } from '../../../../operator/framework/index.ts'
import { harness, type WidgetSpec } from '../harness.ts'
import { remove, restarted, start, stateOf, type Builder } from './told.ts'

/** Text that nothing makes shorter, another for each seed. */
const noise = (seed: string, kilobytes: number): string =>
  Array.from({ length: kilobytes * 16 }, (_, at) =>
    createHash('sha384').update(`${seed} ${at}`).digest('base64'),
  ).join('')

const most = 256 * 1024

test('an object of which too much would be kept is handled, without what was before', async () => {
  const h = harness()
  const told: unknown[] = []
  const declare = (builder: Builder) =>
    builder
      .onCreate(async () => void told.push('create'))
      .onUpdate(async (c) => {
        const spec = (c.new as { spec: WidgetSpec }).spec
        told.push([c.old, spec.size, c.diff.map(({ op, path, old }) => [op, path, old])])
      })
      .onField('spec.size', async (c, was, now) => void told.push([was, now, c.diff]))
  const first = start(h, declare)
  await h.create('a', { size: 1, color: noise('one', 300) })
  await h.clock.settle()
  expect(told.splice(0)).toEqual(['create', [undefined, 1, [{ op: 'add', path: [], old: undefined, new: 1 }]]]) // prettier-ignore
  expect((await stateOf(h))?.length).toBeLessThan(2_048)
  expect(await h.condition('a', 'Ready')).toMatchObject({ status: 'True' })

  await h.edit('a', { spec: { size: 2 } })
  await h.clock.settle()
  expect(told.splice(0)).toEqual([
    [undefined, 2, [['change', [], undefined]]],
    [undefined, 2, [{ op: 'change', path: [], old: undefined, new: 2 }]],
  ])
  const second = await restarted(h, first.ended, {
    declare,
    meanwhile: () => h.edit('a', { spec: { color: noise('two', 300) } }),
  })
  expect(told.splice(0)).toEqual([[undefined, 2, [['change', [], undefined]]]])
  await h.edit('a', { metadata: { finalizers: [] } })
  await h.clock.advance(60_000)
  expect(told).toEqual([])

  await h.edit('a', { spec: { color: 'red' } })
  await h.clock.settle()
  await h.edit('a', { spec: { color: 'blue' } })
  await h.clock.settle()
  expect(told).toEqual([
    [undefined, 2, [['change', [], undefined]]],
    [expect.objectContaining({ spec: { size: 2, color: 'red' } }), 2, [['change', ['spec', 'color'], 'red']]], // prettier-ignore
  ])
  await second.end()
})

test('a field that went or came is told, though no value of it is kept', async () => {
  const h = harness()
  const told: unknown[] = []
  const { ended } = start(h, (builder) =>
    builder
      .onUpdate(async () => undefined)
      .onField('spec.color', async (c, was, now) => void told.push([was, now, c.diff[0]?.op])),
  )
  const color = noise('one', 300)
  await h.create('a', { size: 1, color })
  await h.clock.settle()
  await h.edit('a', { spec: { color: null } })
  await h.clock.settle()
  expect(told).toEqual([
    [undefined, color, 'add'],
    [undefined, undefined, 'remove'],
  ])
  await h.shutDown(ended)
})

test('versions that some have seen and others have not may be as large', async () => {
  const h = harness()
  const told: unknown[] = []
  const { ended } = start(h, (builder) =>
    builder
      .onUpdate(async (c) => void told.push(['quick', (c.new as { spec: WidgetSpec }).spec.size]))
      .onUpdate(async (c) => {
        if (c.attempt < 2) throw new Temporary('x'.repeat(100_000), { delayMs: 5_000 })
        told.push(['slow', (c.new as { spec: WidgetSpec }).spec.size])
      }),
  )
  await h.create('a', { size: 1, color: noise('one', 150) })
  await h.clock.settle()
  await h.edit('a', { spec: { size: 2, color: noise('two', 150) } })
  await h.clock.settle()
  expect(told).toEqual([['quick', 2]])
  await h.clock.advance(60_000)
  expect(told).toEqual([['quick', 2], ['slow', 2]]) // prettier-ignore
  await h.shutDown(ended)
})

test('what others write in annotations leaves less room, and none is told as what it is', async () => {
  const h = harness()
  let calls = 0
  const declare = (builder: Builder) => builder.onCreate(async () => void (calls += 1))
  const { ended } = start(h, declare)
  const note = noise('note', 300).slice(0, most - 'note'.length - 20)
  await h.create('a', { size: 1 }, { annotations: { note } })
  await h.clock.advance(600_000)
  expect(calls).toBe(1)
  const stalled = await h.condition('a', 'Stalled')
  expect(stalled).toMatchObject({ status: 'True', reason: 'StateTooLong' })
  expect(stalled?.message).toMatch(
    /^metadata\.annotations: expected \d+ bytes for what handlers have seen, got 0 beside the other annotations$/,
  )
  await h.edit('a', { metadata: { annotations: { note: 'short' } } })
  await h.clock.settle()
  expect(await h.condition('a', 'Stalled')).toBeUndefined()
  expect(await stateOf(h)).toBeDefined()
  expect(calls).toBe(1)
  await h.shutDown(ended)
})

test('an object without room for what its handlers have seen can be deleted', async () => {
  const h = harness()
  const told: string[] = []
  const { ended } = start(h, (builder) =>
    builder
      .onDelete(async () => void told.push('one'))
      .onDelete(async (c) => {
        told.push('two')
        if (c.attempt === 0) throw new Temporary('not yet', { delayMs: 1_000 })
      }),
  )
  await h.create('a', { size: 1 }, { annotations: { note: noise('note', 300).slice(0, most - 4) } })
  await h.clock.settle()
  await remove(h)
  await h.clock.advance(60_000)
  expect(told).toEqual(['one', 'two', 'two'])
  expect(await h.widget('a')).toBeUndefined()
  await h.shutDown(ended)
})
