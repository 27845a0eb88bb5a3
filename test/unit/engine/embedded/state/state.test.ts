import { expect, test } from 'vitest'
import { openCheckpoint } from '../../../../../operator/engine/embedded/state/checkpoint.ts'
import {
  readDeployment,
  verifyOrder,
  type ResourceRecord,
  type State,
} from '../../../../../operator/engine/embedded/state/state.ts'

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
