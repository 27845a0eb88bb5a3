// What the state keeps of a goal, and its times.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { recordFrom, timesOf } from '../../../../../operator/engine/embedded/state/record.ts'
import { goal, thing, urn } from '../run/stage.ts'

const now = '2026-02-02T00:00:00.000Z'
beforeEach(() => vi.useFakeTimers({ now: new Date(now) }))
afterEach(() => vi.useRealTimers())

test('says only what the program says', () => {
  expect(recordFrom(goal('a'), { urn: urn('a'), inputs: { size: 1 } })).toEqual({
    urn: urn('a'),
    custom: true,
    type: 'fake:index:Thing',
    inputs: { size: 1 },
    propertyDependencies: {},
  })
})

test('and all of it', () => {
  const said = {
    parent: urn('p'),
    protect: true,
    retainOnDelete: true,
    deletedWith: urn('w'),
    customTimeouts: { create: 1 },
    propertyDependencies: { size: [urn('d')] },
    dependencies: [urn('d')],
    additionalSecretOutputs: ['x'],
    ignoreChanges: ['y'],
    replaceOnChanges: ['z'],
  }
  const record = recordFrom(goal('a', said), { urn: urn('a'), inputs: {}, provider: 'p::1' })
  expect(record).toMatchObject({ ...said, provider: 'p::1' })
})

test('of a component there is nothing by property', () => {
  const record = recordFrom(goal('a', { custom: false }), { urn: urn('a'), inputs: {} })
  expect(record).not.toHaveProperty('propertyDependencies')
})

const { created: _, modified: __, ...timeless } = thing('a')
const before = { created: '2026-01-01T00:00:00.000Z', modified: '2026-01-01T00:00:00.000Z' }

test.each([
  ['what is made', undefined, 'create', { created: now, modified: now }],
  ['what is made anew', thing('a'), 'create', { created: now, modified: now }],
  ['what was not there', undefined, 'same', { created: now, modified: now }],
  ['what is updated', thing('a'), 'update', { ...before, modified: now }],
  ['what is the same', thing('a'), 'same', before],
  ['what is updated, of an engine without times', timeless, 'update', { modified: now }],
  ['what is the same, of an engine without times', timeless, 'same', {}],
] as const)('the times of %s', (_of, old, op, expected) => {
  expect(timesOf(old, op)).toEqual(expected)
})
