// Refresh: what the providers say of everything, taken over without a step that changes the world.
import { expect, test } from 'vitest'
import { InitError } from '../../../../../operator/engine/embedded/providers/provider.ts'
import { refreshAll } from '../../../../../operator/engine/embedded/run/refresh.ts'
import type { ResourceRecord } from '../../../../../operator/engine/embedded/state/state.ts'
import { secretOf } from '../../../../../operator/engine/embedded/values/values.ts'
import { after, provider, stage, thing, urn, type Stage } from './stage.ts'

const refreshed = async (on: Stage, counted = true) => {
  await refreshAll(on.run, { counted })
  return on
}
const ends = (on: Stage) => on.told.filter((words) => !words.startsWith('starting'))

test('what is as it was stays as it was', async () => {
  const on = await refreshed(stage({ resources: [thing('a')] }))
  expect(on.record('a')).toEqual(thing('a'))
  expect(on.run.changes).toEqual({ same: 2 })
  expect(ends(on)).toContain('same a')
  expect(on.told).toContain('starting refresh a')
  expect(on.given[0]).toEqual([{ urn: urn('a'), id: 'id-a' }, { size: 1 }, { size: 1 }])
})

test('what somebody else changed is taken over, and counts where an `up` would change it back', async () => {
  const read = async () => ({ id: 'id-a', inputs: { size: 5 }, outputs: { size: 5 } })
  const on = await refreshed(stage({ resources: [thing('a')], provider: { read } }))
  expect(on.record('a')).toMatchObject({ inputs: { size: 5 }, outputs: { size: 5 } })
  expect(on.run.changes).toEqual({ same: 1, update: 1 })
  expect(ends(on)).toContain('update a')
  expect(on.written.at(-1)?.resources.at(-1)).toMatchObject({ inputs: { size: 5 } })
  // The program's side is the old inputs, the state's the new ones.
  expect(on.given[on.calls.indexOf('diff a')]).toMatchObject([
    {},
    { size: 5 },
    { size: 1 },
    { oldInputs: { size: 5 } },
  ])
})

test('what others filled in is taken over without a word', async () => {
  const read = async () => ({ id: 'id-a', outputs: { size: 1, routes: 3 } })
  const on = await refreshed(stage({ resources: [thing('a')], provider: { read } }))
  expect(on.record('a')).toMatchObject({ inputs: { size: 1 }, outputs: { size: 1, routes: 3 } })
  expect(on.run.changes).toEqual({ same: 2 })
})

test('an answer without outputs has none', async () => {
  const on = await refreshed(
    stage({ resources: [thing('a')], provider: { read: async () => ({ id: 'other' }) } }),
  )
  expect(on.record('a')).toMatchObject({ id: 'other', inputs: { size: 1 }, outputs: {} })
})

test('secrets stay secret', async () => {
  const old = thing('a', { inputs: { pw: secretOf('x') }, additionalSecretOutputs: ['arn'] })
  const read = async () => ({ id: 'id-a', outputs: { pw: 'x', arn: 'y' } })
  const on = await refreshed(stage({ resources: [old], provider: { read } }))
  expect(on.record('a')?.outputs).toEqual({ pw: secretOf('x'), arn: secretOf('y') })
})

test('a thing of which the state says little is read all the same', async () => {
  const { id: _, inputs: __, outputs: ___, ...bare } = thing('a')
  const read = async () => ({ id: 'found', outputs: { b: 1 } })
  const on = await refreshed(stage({ resources: [bare], provider: { read } }))
  expect(on.given[0]).toEqual([{ urn: urn('a'), id: '' }, {}, {}])
  expect(on.record('a')).toMatchObject({ id: 'found', inputs: {}, outputs: { b: 1 } })
})

test('the resource of another program has changed where its outputs have', async () => {
  const external = thing('a', { external: true, outputs: { b: secretOf(1) } })
  const same = async () => ({ id: 'id-a', outputs: { b: 1 } })
  const other = async () => ({ id: 'id-a', outputs: { b: 2 } })
  const on = await refreshed(stage({ resources: [external], provider: { read: same } }))
  expect(on.run.changes).toEqual({ same: 2 })
  const changed = await refreshed(stage({ resources: [external], provider: { read: other } }))
  expect(changed.run.changes).toEqual({ same: 1, update: 1 })
  expect(changed.calls).not.toContain('diff a')
  const { outputs: _, ...unknown } = external
  const none = async () => ({ id: 'id-a' })
  const empty = await refreshed(stage({ resources: [unknown], provider: { read: none } }))
  expect(empty.run.changes).toEqual({ same: 2 })
})

test('what is healthy again has no errors any more', async () => {
  const on = await refreshed(stage({ resources: [thing('a', { initErrors: ['x'] })] }))
  expect(on.record('a')).not.toHaveProperty('initErrors')
})

test.each<[string, Partial<ResourceRecord>]>([
  ['a component', { custom: false }],
  ['what is to be deleted', { delete: true }],
  ['what waits for its replacement', { pendingReplacement: true }],
  ['a provider', { type: 'pulumi:providers:fake' }],
])('%s is not read', async (_, more) => {
  const on = await refreshed(stage({ resources: [thing('a', more)] }))
  expect(on.calls).toEqual([])
  expect(on.run.changes).toEqual({ same: 2 })
})

test('a provider that cannot read leaves all as it is', async () => {
  const on = await refreshed(
    stage({ resources: [thing('a')], provider: { read: undefined as never } }),
  )
  expect(on.record('a')).toEqual(thing('a'))
  expect(on.run.changes).toEqual({ same: 2 })
})

const gone = { read: async ({ id }: { id: string }) => (id === 'id-a' ? {} : { id }) }

test('what is gone leaves the state, and what others say of it', async () => {
  const on = stage({
    resources: [
      thing('a', { parent: urn('group') }),
      after('b', ['a', 'z'], { deletedWith: urn('a') }),
      thing('c', { parent: urn('a') }),
      thing('d', { parent: urn('z'), deletedWith: urn('z') }),
    ],
    provider: gone,
  })
  await refreshed(on)
  expect(on.names()).toEqual(['b', 'c', 'd'])
  expect(on.record('b')).toMatchObject({
    dependencies: [urn('z')],
    propertyDependencies: { size: [], ref: [urn('z')] },
  })
  expect(on.record('b')).not.toHaveProperty('deletedWith')
  expect(on.record('c')?.parent).toBe(urn('group'))
  expect(on.record('d')).toMatchObject({ parent: urn('z'), deletedWith: urn('z') })
  expect(on.run.changes).toMatchObject({ delete: 1 })
  expect(ends(on)).toContain('delete a')
})

test('children of what stood at the root stand there then', async () => {
  const on = stage({ resources: [thing('a'), thing('c', { parent: urn('a') })], provider: gone })
  await refreshed(on)
  expect(on.record('c')).not.toHaveProperty('parent')
})

test('and of what stood below others that are gone, too', async () => {
  const resources = [
    thing('a', { parent: urn('group') }),
    thing('b', { parent: urn('a') }),
    thing('c', { parent: urn('b') }),
  ]
  const read = async ({ id }: { id: string }) => (id === 'id-c' ? { id } : {})
  const on = await refreshed(stage({ resources, provider: { read } }))
  expect(on.record('c')?.parent).toBe(urn('group'))
})

test('what is there but broken is noted and warned of', async () => {
  const broken = async () => {
    throw new InitError('x', { id: 'id-a', properties: { arn: 'y' }, reasons: ['no route', 'b'] })
  }
  const on = await refreshed(stage({ resources: [thing('a')], provider: { read: broken } }))
  expect(on.told).toContain('warning: no route\nb')
  expect(on.record('a')).toMatchObject({ outputs: { arn: 'y' }, initErrors: ['no route', 'b'] })
  expect(on.run.failure).toBeUndefined()
})

test('outputs that it does not tell are those of before', async () => {
  const broken = async () => Promise.reject(Object.assign(new Error(), { id: 'i', reasons: ['r'] }))
  const on = await refreshed(stage({ resources: [thing('a')], provider: { read: broken } }))
  expect(on.record('a')).toMatchObject({ id: 'i', outputs: { size: 1 }, initErrors: ['r'] })
})

test.each([
  ['says no id', { reasons: ['r'] }],
  ['gives no reasons', { id: 'i' }],
])('an error that %s fails the refresh, with the others read', async (_, more) => {
  const read = async ({ id }: { id: string }) => {
    if (id === 'id-a') throw Object.assign(new Error('denied'), more)
    return { id, outputs: { b: 1 } }
  }
  const on = stage({ resources: [thing('a'), thing('b')], provider: { read } })
  await refreshed(on)
  expect(on.run.failure).toBe('denied')
  expect(on.record('a')).toEqual(thing('a'))
  expect(on.record('b')?.outputs).toEqual({ b: 1 })
  expect(on.written.at(-1)?.resources.at(-1)?.outputs).toEqual({ b: 1 })
})

test('the first part of another operation counts nothing', async () => {
  const on = await refreshed(stage({ resources: [thing('a')], provider: gone }), false)
  expect(on.run.changes).toEqual({})
  expect(ends(on)).toEqual(['refresh prov', 'refresh a'])
  expect(on.names()).toEqual([])
})

test('a step after a failure is none', async () => {
  const on = stage({ resources: [thing('a')] })
  on.run.failure = 'earlier'
  await refreshed(on)
  expect(on.told).toEqual([])
  expect(on.run.checkpoint.records()).toEqual([provider, thing('a')])
})
