// What the steps of an update share: whether one may begin, what is told of it, and how many go at once.
import { expect, test } from 'vitest'
import {
  count,
  fail,
  isStopped,
  openSlots,
  performStep,
  refuseWhenStopped,
  UpdateStopped,
} from '../../../../../operator/engine/embedded/run/run.ts'
import { stage, thing, urn } from './stage.ts'

const a = thing('a')
const step = { op: 'update' as const, urn: urn('a'), old: a, new: a }

test('a failure stops what comes, and is told once', () => {
  const { run, told } = stage()
  expect(isStopped(run)).toBe(false)
  refuseWhenStopped(run)
  const stopped = fail(run, new Error('first'), urn('a'))
  expect(stopped).toBeInstanceOf(UpdateStopped)
  expect(isStopped(run)).toBe(true)
  expect(() => refuseWhenStopped(run)).toThrow('first')
  expect(fail(run, stopped)).toBe(stopped)
  fail(run, new Error('second'))
  expect(run.failure).toBe('first')
  expect(told).toEqual(['error: first', 'error: second'])
})

test('so does a cancel, without a failure', () => {
  const on = stage()
  on.cancel()
  expect(isStopped(on.run)).toBe(true)
  expect(() => refuseWhenStopped(on.run)).toThrow('update canceled')
})

test('changes are counted, but for providers that nobody wrote down', () => {
  const { run } = stage()
  count(run, 'create', urn('a'))
  count(run, 'create', urn('mine', 'pulumi:providers:fake'))
  count(run, 'create', urn('default_1_2_3', 'pulumi:providers:fake'))
  count(run, 'same', urn('b'))
  expect(run.changes).toEqual({ create: 2, same: 1 })
})

test('a step tells its beginning and its end, with what came of it', async () => {
  const on = stage()
  const made = thing('a', { id: 'made' })
  expect(await performStep(on.run, step, async () => made)).toBe(made)
  expect(on.told).toEqual(['starting update a', 'update a'])
})

test('or lets its caller tell the end', async () => {
  const on = stage()
  await performStep(on.run, { ...step, reportsEnd: false }, async () => a)
  expect(on.told).toEqual(['starting update a'])
})

test('one that fails is told as such, and stops the update', async () => {
  const on = stage()
  const failing = performStep(on.run, step, async () => Promise.reject(new Error('boom')))
  await expect(failing).rejects.toBeInstanceOf(UpdateStopped)
  expect(on.told).toEqual(['starting update a', 'failed update a', 'error: boom'])
  const next = performStep(on.run, step, async () => a)
  await expect(next).rejects.toThrow('boom')
  expect(on.told).toHaveLength(3)
})

test('while it changes something outside it stands in the state', async () => {
  const on = stage()
  const { new: _, ...deletion } = { ...step, pending: 'deleting' as const }
  const seen: number[] = []
  await performStep(on.run, deletion, async () => {
    seen.push(on.written.length)
    return a
  })
  expect(seen).toEqual([1])
  expect(on.written.map(({ pending }) => pending.map(({ type }) => type))).toEqual([
    ['deleting'],
    [],
  ])
})

test.each([
  ['changes nothing', false, step],
  ['is a preview', true, { ...step, pending: 'updating' as const }],
  ['is of nothing', false, { op: 'same' as const, urn: urn('a'), pending: 'updating' as const }],
])('one that %s does not', async (_, dryRun, of) => {
  const on = stage({ dryRun })
  await performStep(on.run, of, async () => a)
  expect(on.written).toEqual([])
})

test('one that failed no longer stands there either', async () => {
  const on = stage()
  const failing = async () => Promise.reject(new Error('boom'))
  const pending = { ...step, pending: 'updating' as const }
  await expect(performStep(on.run, pending, failing)).rejects.toThrow()
  expect(on.written.at(-1)?.pending).toEqual([])
})

test('steps wait for a slot, and give it back', async () => {
  const on = stage({ parallel: 1 })
  const first = Promise.withResolvers<typeof a>()
  const order: string[] = []
  const one = performStep(on.run, step, () => first.promise)
  const two = performStep(on.run, step, async () => {
    order.push('second')
    return a
  })
  await Promise.resolve()
  expect([order, on.run.slots.taken()]).toEqual([[], 1])
  first.resolve(a)
  await Promise.all([one, two])
  expect([order, on.run.slots.taken()]).toEqual([['second'], 0])
})

test('slots are given in the order in which they were asked for', async () => {
  const slots = openSlots(2)
  const [one, two] = [await slots.take(), await slots.take()]
  const order: string[] = []
  const three = slots.take().then((slot) => (order.push('three'), slot))
  const four = slots.take().then((slot) => (order.push('four'), slot))
  expect(slots.taken()).toBe(2)
  one[Symbol.dispose]()
  const third = await three
  two[Symbol.dispose]()
  const fourth = await four
  expect([order, slots.taken()]).toEqual([['three', 'four'], 2])
  third[Symbol.dispose]()
  fourth[Symbol.dispose]()
  expect(slots.taken()).toBe(0)
})
