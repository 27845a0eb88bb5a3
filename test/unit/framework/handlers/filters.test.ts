// kopf's page "Filtering": which objects and which changes a handler is called for.
import { expect, expectTypeOf, test } from 'vitest'
import {
  ABSENT,
  all,
  any,
  none,
  not,
  PRESENT,
  type Candidate,
  type Filters,
} from '../../../../operator/framework/index.ts'
import type { WidgetSpec } from '../harness.ts'
import { harness } from '../harness.ts'
import { start, stateOf, type Builder } from './told.ts'

/** What was called for objects with these labels. */
async function calledFor(
  declare: (builder: Builder, called: (id: string) => () => Promise<void>) => unknown,
  o: { labels?: object; annotations?: object; spec?: object } = {},
) {
  const h = harness()
  const calls: string[] = []
  const called = (id: string) => async () => void calls.push(id)
  const { ended } = start(h, (builder) => declare(builder, called))
  const { labels = {}, annotations = {} } = o
  await h.create('a', { size: 1, ...o.spec }, { labels, annotations })
  await h.clock.settle()
  await h.shutDown(ended)
  return calls
}

test('filters: labels and annotations by value, presence and absence; an empty one is present', async () => {
  const calls = await calledFor(
    (builder, called) =>
      builder
        .onCreate(called('value'), { labels: { tier: 'gold' } })
        .onCreate(called('other value'), { labels: { tier: 'lead' } })
        .onCreate(called('present'), { annotations: { empty: PRESENT } })
        .onCreate(called('absent'), { annotations: { nothing: ABSENT } })
        .onCreate(called('not absent'), { labels: { tier: ABSENT } })
        .onCreate(called('both'), { labels: { tier: 'gold', missing: PRESENT } }),
    { labels: { tier: 'gold' }, annotations: { empty: '' } },
  )
  expect(calls).toEqual(['value', 'present', 'absent'])
})

test('filters: a field by value, presence and absence; present is meant where nothing is said', async () => {
  const calls = await calledFor((builder, called) =>
    builder
      .onCreate(called('present'), { field: 'spec.size' })
      .onCreate(called('value'), { field: 'spec.size', value: 1 })
      .onCreate(called('other'), { field: 'spec.size', value: 2 })
      .onCreate(called('absent'), { field: 'spec.color', value: ABSENT })
      .onCreate(called('missing'), { field: 'spec.color' }),
  )
  expect(calls).toEqual(['present', 'value', 'absent'])
})

test('filters: callbacks of a value and of the whole object, and their combinations', async () => {
  const isA = ({ obj }: { obj: { metadata: { name: string } } }) => obj.metadata.name === 'a'
  const isNamed = ({ obj }: { obj: { metadata: { name: string } } }) => obj.metadata.name.length > 9
  const calls = await calledFor(
    (builder, called) =>
      builder
        .onCreate(called('value'), {
          labels: { tier: (value) => value?.startsWith('go') ?? false },
        })
        .onCreate(called('all'), { when: all([isA, not(isNamed)]) })
        .onCreate(called('not all'), { when: all([isA, isNamed]) })
        .onCreate(called('any'), { when: any([isA, isNamed]) })
        .onCreate(called('none'), { when: none([isNamed]) })
        .onCreate(called('not none'), { when: none([isA, isNamed]) }),
    { labels: { tier: 'gold' } },
  )
  expect(calls).toEqual(['value', 'all', 'any', 'none'])
})

test('filters: an update is for a handler when its field changed; value is of either side, old and new of one', async () => {
  const h = harness()
  const calls: string[] = []
  const told = (id: string) => async () => void calls.push(id)
  const { ended } = start(h, (builder) =>
    builder
      .onUpdate(told('size'), { field: 'spec.size' })
      .onUpdate(told('color'), { field: 'spec.color' })
      .onUpdate(told('red on a side'), { field: 'spec.color', value: 'red' })
      .onUpdate(told('becomes red'), { field: 'spec.color', new: 'red' })
      .onUpdate(told('was red'), { field: 'spec.color', old: 'red' })
      .onUpdate(told('added'), { field: 'spec.color', old: ABSENT, new: PRESENT })
      .onUpdate(told('removed'), { field: 'spec.color', old: PRESENT, new: ABSENT }),
  )
  const after = async (patch: object) => {
    await h.edit('a', { spec: patch })
    await h.clock.settle()
    return calls.splice(0)
  }
  await h.create('a')
  await h.clock.settle()
  expect(await after({ size: 2 })).toEqual(['size'])
  expect(await after({ color: 'red' })).toEqual(['color', 'red on a side', 'becomes red', 'added'])
  expect(await after({ color: 'blue' })).toEqual(['color', 'red on a side', 'was red'])
  expect(await after({ color: 'green' })).toEqual(['color'])
  expect(await after({ color: null })).toEqual(['color', 'removed'])
  await h.shutDown(ended)
})

test('filters: an object that no handler is for is left alone, and is new when one is', async () => {
  const h = harness()
  const calls: string[] = []
  const { ended } = start(h, (builder) =>
    builder
      .onCreate(async () => void calls.push('create'), { labels: { ours: 'yes' } })
      .onUpdate(async () => void calls.push('update'), { labels: { ours: 'yes' } }),
  )
  await h.create('a')
  await h.clock.settle()
  expect(await stateOf(h)).toBeUndefined()
  await h.edit('a', { metadata: { labels: { ours: 'yes' } } })
  await h.clock.settle()
  expect(calls).toEqual(['create'])
  await h.edit('a', { spec: { size: 5 } })
  await h.clock.settle()
  expect(calls).toEqual(['create', 'update'])
  await h.shutDown(ended)
})

test('filters: a daemon runs while its object matches, and again when it matches again', async () => {
  const h = harness()
  const log: string[] = []
  const { ended } = start(h, (builder) =>
    builder.daemon(
      async (c) => {
        log.push('start')
        await new Promise((end) => c.signal.addEventListener('abort', end, { once: true }))
        log.push(String((c.signal.reason as { interrupt: string }).interrupt))
      },
      { labels: { on: 'yes' } },
    ),
  )
  await h.create('a')
  await h.clock.settle()
  const label = async (on: string | null) => {
    await h.edit('a', { metadata: { labels: { on } } })
    await h.clock.settle()
  }
  await label('yes')
  await label(null)
  await label('yes')
  expect(log).toEqual(['start', 'unmatched', 'start'])
  await h.shutDown(ended)
})

test('filters: what a field is compared with has a type, and its functions get what is there', () => {
  expectTypeOf<Filters['value']>().not.toBeUnknown()
  const filters: Filters<WidgetSpec>[] = [
    { field: 'spec.size', value: 1 },
    { field: 'spec.color', value: PRESENT, old: ABSENT, new: null },
    { field: 'spec', value: { size: 1 } },
    {
      field: 'spec.size',
      value: (size, candidate) => {
        expectTypeOf(size).toBeUnknown()
        expectTypeOf(candidate).toEqualTypeOf<Candidate<WidgetSpec>>()
        return size === candidate.obj.spec.size
      },
      old: (size: number | undefined) => size === 1,
    },
    // @ts-expect-error a symbol of one's own is no value of a field
    { field: 'spec.size', value: Symbol('present') },
    // @ts-expect-error a function has to say whether
    { field: 'spec.size', new: (size) => Number(size) },
  ]
  expect(filters).toHaveLength(6)
})
