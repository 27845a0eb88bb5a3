// What stands in the state, in which order, and when it is written.
import { expect, test } from 'vitest'
import { openCheckpoint } from '../../../../../operator/engine/embedded/state/checkpoint.ts'
import type {
  PendingType,
  ResourceRecord,
  State,
} from '../../../../../operator/engine/embedded/state/state.ts'

const record = (urn: string, more: Partial<ResourceRecord> = {}): ResourceRecord => ({
  urn,
  custom: true,
  type: 't:t:T',
  ...more,
})

function opened(urns: string[] = [], pending: PendingType[] = []) {
  const written: State[] = []
  const resources = urns.map((urn) => record(urn))
  const checkpoint = openCheckpoint(
    { resources, pending: pending.map((type) => ({ type, resource: record(type) })) },
    async (state) => void written.push(structuredClone(state)),
  )
  const names = () => checkpoint.records().map(({ urn }) => urn)
  /** What one change has written. */
  const after = async (change: () => void) => {
    written.length = 0
    change()
    await checkpoint.flush()
    return written.map((state) => state.resources.map(({ urn }) => urn))
  }
  return { checkpoint, resources, written, names, after }
}

test('what is finished stands before what is left, in the order of its end', async () => {
  const { checkpoint, resources, names, after } = opened(['a', 'b', 'c'])
  expect(await after(() => checkpoint.finish(record('x')))).toEqual([['x', 'a', 'b', 'c']])
  expect(await after(() => checkpoint.finish(record('b'), resources[1]))).toEqual([])
  expect(names()).toEqual(['x', 'b', 'a', 'c'])
  expect(await after(() => checkpoint.finish(record('c', { id: '1' }), resources[2]))).toEqual([
    ['x', 'b', 'c', 'a'],
  ])
})

test('one that is finished can be finished again, in place of itself', () => {
  const { checkpoint, names } = opened()
  const [one, two] = [record('a'), record('b')]
  checkpoint.finish(one)
  checkpoint.finish(two)
  checkpoint.finish(record('a2'), one)
  expect(names()).toEqual(['b', 'a2'])
})

test('what takes the place of another stands where that stood', async () => {
  const { checkpoint, resources, names, after } = opened(['a', 'b', 'c'])
  const [a, b] = resources as [ResourceRecord, ResourceRecord]
  expect(await after(() => checkpoint.swap({ ...a }, a))).toEqual([])
  expect(await after(() => checkpoint.swap(record('b2'), b))).toEqual([['a', 'b2', 'c']])
  const done = record('d')
  checkpoint.finish(done)
  checkpoint.swap(record('d2'), done)
  expect(names()).toEqual(['d2', 'a', 'b2', 'c'])
  expect(names()).toHaveLength(4)
  checkpoint.swap(record('e'), record('unknown'))
  expect(names()).toEqual(['d2', 'a', 'b2', 'c'])
})

test('what is dropped is gone, wherever it stood', async () => {
  const { checkpoint, resources, names, after } = opened(['a', 'b'])
  const done = record('x')
  checkpoint.finish(done)
  const [a] = resources as [ResourceRecord]
  expect(await after(() => checkpoint.drop(a))).toEqual([['x', 'b']])
  checkpoint.drop(done)
  expect(names()).toEqual(['b'])
  checkpoint.drop(record('unknown'))
  expect(names()).toEqual(['b'])
})

test('nothing is written where nothing has changed', async () => {
  const { checkpoint, after } = opened(['a'])
  expect(await after(() => undefined)).toEqual([])
  expect(await after(() => checkpoint.touch())).toEqual([['a']])
  expect(await after(() => undefined)).toEqual([])
})

test('what stood there when the program began stays known as that', () => {
  const { checkpoint, resources } = opened(['a', 'b'])
  expect(checkpoint.before).toEqual(resources)
  checkpoint.finish(record('x'))
  expect(checkpoint.before).toEqual(resources)
  checkpoint.rebase()
  expect(checkpoint.before.map(({ urn }) => urn)).toEqual(['x', 'a', 'b'])
})

test('a preview writes nothing, and waits for nothing', async () => {
  const checkpoint = openCheckpoint({ resources: [], pending: [] }, undefined)
  checkpoint.finish(record('a'))
  await checkpoint.flush()
  expect(checkpoint.records()).toHaveLength(1)
})

test('what a crashed run left under way stays until it is forgotten', async () => {
  const { checkpoint, written } = opened([], ['creating', 'updating', 'deleting'])
  const mine = await checkpoint.begin('reading', record('a'))
  expect(checkpoint.pending().map(({ type }) => type)).toHaveLength(4)
  checkpoint.settle(mine)
  checkpoint.forgetPending({ creations: false })
  await checkpoint.flush()
  expect(written.at(-1)?.pending.map(({ type }) => type)).toEqual(['creating'])
  checkpoint.forgetPending({ creations: true })
  await checkpoint.flush()
  expect(written.at(-1)?.pending).toEqual([])
})

test('every reference follows a rename, and the others stay', async () => {
  const referring = {
    parent: 'old',
    deletedWith: 'old',
    dependencies: ['old', 'other'],
    provider: 'old::id::1',
    propertyDependencies: { a: ['other', 'old'] },
  }
  const written: State[] = []
  const resources = [
    record('x', { ...referring, provider: 'old::1' }),
    record('y'),
    record('z', { parent: 'other', provider: 'p::1' }),
  ]
  const checkpoint = openCheckpoint(
    { resources, pending: [] },
    async (state) => void written.push(state),
  )
  checkpoint.rename('old', 'new')
  checkpoint.touch()
  await checkpoint.flush()
  expect(written[0]?.resources).toEqual([
    record('x', {
      parent: 'new',
      deletedWith: 'new',
      dependencies: ['new', 'other'],
      provider: 'new::1',
      propertyDependencies: { a: ['other', 'new'] },
    }),
    record('y'),
    record('z', { parent: 'other', provider: 'p::1' }),
  ])
  expect(resources[0]?.parent).toBe('old')
})

test('a write that fails is told to who waits for it, and tried again for the next', async () => {
  let fails = true
  let writes = 0
  const checkpoint = openCheckpoint({ resources: [], pending: [] }, async () => {
    writes += 1
    if (fails) throw new Error('disk full')
  })
  checkpoint.touch()
  await expect(checkpoint.flush()).rejects.toThrow('disk full')
  fails = false
  await checkpoint.flush()
  expect(writes).toBe(2)
})
