import { expect, test } from 'vitest'
import { openCheckpoint } from '../../../../../operator/engine/embedded/state/checkpoint.ts'
import {
  isLeftOut,
  readDeployment,
  referencesOf,
  verifyOrder,
  writeDeployment,
  type ResourceRecord,
  type State,
} from '../../../../../operator/engine/embedded/state/state.ts'
import type { Secrets } from '../../../../../operator/engine/embedded/state/secrets.ts'

/** Without secrets in a state nothing of them is asked but their salt. */
const noSecrets = { salt: 'v1:salt' } as Secrets

const record = (urn: string, more: Partial<ResourceRecord> = {}): ResourceRecord => ({
  urn,
  custom: true,
  type: 't:t:T',
  ...more,
})

test('refuses a state that the official CLI would not read', () => {
  expect(() => verifyOrder([record('b', { dependencies: ['a'] }), record('a')])).toThrow(
    'not before it',
  )
  expect(() => verifyOrder([record('b', { provider: 'p::1' })])).toThrow('provider p')
  expect(() =>
    verifyOrder([record('p', { id: '1' }), record('b', { provider: 'p::1' })]),
  ).not.toThrow()
})

test('carries keys of newer engines and refuses those that change what is done', () => {
  const manifest = { time: '', magic: '', version: '' }
  const state = readDeployment(
    { manifest, resources: [{ ...record('a'), sourcePosition: 'x' }] },
    undefined,
  )
  expect(state.resources[0]).toMatchObject({ sourcePosition: 'x' })
  expect(() =>
    readDeployment({ manifest, resources: [{ ...record('a'), taint: true }] }, undefined),
  ).toThrow('taint')
})

test('every change that was waited for is in a write that began after it; writes are shared', async () => {
  const writes: State[] = []
  const checkpoint = openCheckpoint({ resources: [], pending: [] }, async (state) => {
    await new Promise((resolve) => setImmediate(resolve))
    writes.push(structuredClone(state))
  })
  await Promise.all(
    Array.from({ length: 20 }, async (_, at) => {
      checkpoint.finish(record(`r${at}`))
      await checkpoint.flush()
      expect(writes.at(-1)?.resources.map(({ urn }) => urn)).toContain(`r${at}`)
    }),
  )
  expect(writes.length).toBeLessThan(4)
})

test('a pending operation is on disk before it begins and gone after it', async () => {
  const writes: State[] = []
  const checkpoint = openCheckpoint(
    { resources: [], pending: [] },
    async (state) => void writes.push(state),
  )
  const operation = await checkpoint.begin('creating', record('a'))
  expect(writes.at(-1)?.pending).toMatchObject([{ type: 'creating' }])
  checkpoint.settle(operation)
  await checkpoint.flush()
  expect(writes.at(-1)?.pending).toEqual([])
})

test('references of untouched records follow a rename, so that a failed run leaves a sound state', async () => {
  const old = record('old', { custom: false })
  const writes: State[] = []
  const checkpoint = openCheckpoint(
    { resources: [old, record('child', { parent: 'old' })], pending: [] },
    async (state) => void writes.push(state),
  )
  checkpoint.rename('old', 'new')
  checkpoint.finish(record('new', { custom: false }), old)
  await checkpoint.flush()
  expect(() => verifyOrder(writes.at(-1)?.resources ?? [])).not.toThrow()
})

test('a record is written in the order of the official CLI, without what says nothing', () => {
  const full: Record<string, unknown> = {
    newer: 'kept',
    modified: 'm',
    outputs: {},
    protect: false,
    parent: '',
    inputs: { b: { c: [] }, a: null },
    id: '0',
    dependencies: [],
    ...record('a', { custom: false }),
  }
  const { resources = [], ...rest } = writeDeployment(
    { resources: [full as ResourceRecord], pending: [] },
    noSecrets,
  )
  expect(Object.entries(resources[0] ?? {})).toEqual([
    ['urn', 'a'],
    ['custom', false],
    ['id', '0'],
    ['type', 't:t:T'],
    ['inputs', { b: { c: [] }, a: null }],
    ['modified', 'm'],
    ['newer', 'kept'],
  ])
  expect(rest).toMatchObject({
    secrets_providers: { type: 'passphrase', state: { salt: 'v1:salt' } },
    metadata: {},
    manifest: {
      version: expect.stringMatching(/^v.*-embedded/),
      magic: expect.stringMatching(/^[0-9a-f]{64}$/),
    },
  })
  expect(rest).not.toHaveProperty('pending_operations')
})

test('a state of nothing has no lists', () => {
  const written = writeDeployment({ resources: [], pending: [] }, noSecrets)
  expect(Object.keys(written)).toEqual(['manifest', 'secrets_providers', 'metadata'])
  expect(readDeployment(written, undefined)).toEqual({ resources: [], pending: [] })
})

test('what is written is what is read, with what is under way', () => {
  const state: State = {
    resources: [record('a', { id: '1' }), record('b', { dependencies: ['a'] })],
    pending: [{ type: 'creating', resource: record('c', { inputs: { x: 1 } }) }],
  }
  expect(readDeployment(writeDeployment(state, noSecrets), undefined)).toEqual(state)
})

test.each([
  [undefined, true],
  [null, true],
  [false, true],
  ['', true],
  [{}, true],
  [[], true],
  [0, false],
  [true, false],
  ['x', false],
  [[0], false],
  [{ a: undefined }, false],
])('%j says nothing: %s', (value, nothing) => {
  expect(isLeftOut(value)).toBe(nothing)
})

test.each([{ type: 't:t:T' }, { urn: 'a' }, { urn: 1, type: 't:t:T' }])(
  'refuses a resource that cannot be told: %j',
  (broken) => {
    const manifest = { time: '', magic: '', version: '' }
    expect(() => readDeployment({ manifest, resources: [broken] }, undefined)).toThrow(
      'without URN or type',
    )
  },
)

test.each([
  ['parent', { parent: 'a' }],
  ['dependency', { dependencies: ['a'] }],
  ['what it goes with', { deletedWith: 'a' }],
  ['source of an input', { propertyDependencies: { x: ['a'] } }],
])('a %s is a reference', (_, more) => {
  expect(referencesOf(record('b', more))).toEqual(new Set(['a']))
  expect(referencesOf(record('b'))).toEqual(new Set())
  expect(() => verifyOrder([record('b', more)])).toThrow('b refers to a')
})

test('what waits for its replacement may have lost its provider', () => {
  const waiting = record('b', { provider: 'p::1', pendingReplacement: true })
  expect(() => verifyOrder([waiting])).not.toThrow()
  expect(() => verifyOrder([record('p'), record('b', { provider: 'p::' })])).not.toThrow()
})
