// A registration before its step: what a child takes over, what is refused, components, and outputs.
import { expect, test } from 'vitest'
import {
  finishStackOutputs,
  register,
  registerOutputs,
} from '../../../../../operator/engine/embedded/run/registration.ts'
import { stackType } from '../../../../../operator/engine/embedded/state/urn.ts'
import { goal, onProvider, provider, stage, thing, urn } from './stage.ts'

const component = { custom: false, type: 'my:c:C', provider: '' }
const groupUrn = urn('group', 'my:c:C')
const childUrn = urn('a', 'my:c:C$fake:index:Thing')
const root = { custom: false, type: stackType, provider: '' }
const rootUrn = urn('root', stackType)

test('a component is entered without a call', async () => {
  const on = stage()
  const registered = await register(on.run, goal('group', component))
  expect(registered).toEqual({ urn: groupUrn, id: '', outputs: {} })
  expect(on.calls).toEqual([])
  expect(on.told).toEqual(['starting create group', 'create group'])
  expect(on.record('group')).toMatchObject({ custom: false, inputs: { size: 1 } })
  expect(on.record('group')).not.toHaveProperty('outputs')
  expect(on.run.changes).toEqual({ create: 1 })
})

test.each([
  [{ size: 1 }, 'same'],
  [{ size: 2 }, 'update'],
])('one that was there keeps its outputs: %j is %s', async (inputs, op) => {
  const { id: _, provider: __, ...old } = thing('group', { ...component, urn: groupUrn })
  const on = stage({ resources: [{ ...old, outputs: { b: 1 } }] })
  await register(on.run, goal('group', { ...component, inputs }))
  expect(on.record('group')).toMatchObject({ inputs, outputs: { b: 1 }, created: old.created })
  expect(on.run.changes).toEqual({ [op]: 1 })
  expect(on.names()).toEqual(['group'])
})

test('one without inputs that had none is the same', async () => {
  const { inputs: _, ...old } = thing('group', { ...component, urn: groupUrn })
  const on = stage({ resources: [old] })
  await register(on.run, goal('group', { ...component, inputs: {} }))
  expect(on.run.changes).toEqual({ same: 1 })
})

test('a child takes over what its parent says and it does not', async () => {
  const on = stage()
  await register(on.run, goal('z'))
  const parent = { protect: true, retainOnDelete: true, deletedWith: urn('z') }
  await register(on.run, goal('group', { ...component, ...parent }))
  await register(on.run, goal('a', { parent: groupUrn }))
  expect(on.record('a')).toMatchObject({ urn: childUrn, parent: groupUrn, ...parent })
  const own = { protect: false, retainOnDelete: false, deletedWith: urn('y') }
  await register(on.run, goal('b', { parent: groupUrn, ...own }))
  expect(on.record('b')).toMatchObject({ deletedWith: urn('y') })
  expect(on.record('b')).not.toHaveProperty('protect')
  expect(on.record('b')).not.toHaveProperty('retainOnDelete')
})

test('a parent that says nothing passes nothing on', async () => {
  const on = stage()
  await register(on.run, goal('group', component))
  await register(on.run, goal('a', { parent: groupUrn }))
  for (const key of ['protect', 'retainOnDelete', 'deletedWith'])
    expect(on.record('a')).not.toHaveProperty(key)
})

test('providers of a component are those of its children, theirs first', async () => {
  const other = { ...provider, urn: urn('other', provider.type), id: 'p2' }
  const on = stage({ resources: [other] })
  await register(
    on.run,
    goal('group', { ...component, providers: { fake: `${other.urn}::p2`, more: 'x' } }),
  )
  await register(on.run, goal('a', { parent: groupUrn, provider: '' }))
  expect(on.record('a')?.provider).toBe(`${other.urn}::p2`)
  await register(
    on.run,
    goal('b', { parent: groupUrn, provider: '', providers: { fake: onProvider } }),
  )
  expect(on.record('b')?.provider).toBe(onProvider)
})

test.each([
  ['of the same package', { parent: urn('z') }, 'fake:index:Thing', onProvider],
  ['of another package', { parent: urn('z') }, 'else:index:Thing', undefined],
  ['with one of its own', { parent: urn('z'), provider: 'own' }, 'fake:index:Thing', 'own'],
])('the provider of a resource is that of its child %s', async (_, more, type, expected) => {
  const own = { ...provider, urn: 'own', id: '1' }
  const on = stage({ resources: [own] })
  await register(on.run, goal('z'))
  const wanted = goal('a', { provider: '', ...more, type })
  await register(on.run, 'provider' in more ? { ...wanted, provider: 'own::1' } : wanted)
  const used = on.record('a')?.provider
  if (expected === undefined) expect(used).not.toBe(onProvider)
  else expect(used).toMatch(expected)
})

test('a component below a resource has no provider of it', async () => {
  const on = stage()
  await register(on.run, goal('z'))
  await register(on.run, goal('group', { ...component, parent: urn('z') }))
  expect(on.run.registered.get(on.record('group')?.urn ?? '')?.goal?.provider).toBe('')
})

test('nor has a resource below a component', async () => {
  const on = stage()
  await register(on.run, goal('group', { ...component, type: 'fake:c:C', provider: onProvider }))
  const below = goal('a', { parent: urn('group', 'fake:c:C'), provider: '' })
  await register(on.run, below)
  expect(on.record('a')?.provider).toContain('default')
})

test('two of one name and type are refused', async () => {
  const on = stage()
  await register(on.run, goal('a'))
  await expect(register(on.run, goal('a'))).rejects.toThrow('Duplicate resource URN')
  expect(on.run.failure).toContain(urn('a'))
  expect(on.told.at(-1)).toContain('error: Duplicate')
})

test('imports are refused before anything is asked', async () => {
  const on = stage()
  await expect(register(on.run, goal('a', { importId: 'x' }))).rejects.toThrow('does not import')
  expect(on.calls).toEqual([])
})

test('nothing is registered after a failure', async () => {
  const on = stage()
  on.run.failure = 'earlier'
  await expect(register(on.run, goal('a'))).rejects.toThrow('earlier')
  expect(on.run.claimed).toEqual(new Set())
})

test('a provider of the program is one, not a resource on another', async () => {
  const on = stage()
  await register(on.run, goal('mine', { type: 'pulumi:providers:fake', provider: '' }))
  expect(on.calls).toEqual([])
  expect(on.record('mine')).toMatchObject({ type: 'pulumi:providers:fake', outputs: { size: 1 } })
  expect(on.record('mine')).not.toHaveProperty('provider')
})

test('outputs of a component count at once', async () => {
  const on = stage()
  await register(on.run, goal('group', component))
  registerOutputs(on.run, groupUrn, { b: 1 })
  await on.run.checkpoint.flush()
  expect(on.written.at(-1)?.resources[0]).toMatchObject({ outputs: { b: 1 } })
})

test('outputs that are as they were are not written again', async () => {
  const on = stage()
  await register(on.run, goal('group', component))
  await on.run.checkpoint.flush()
  const { length } = on.written
  registerOutputs(on.run, groupUrn, {})
  await on.run.checkpoint.flush()
  expect(on.written).toHaveLength(length)
})

test('those of nobody are refused', () => {
  expect(() => registerOutputs(stage().run, urn('a'), {})).toThrow('not registered')
})

test('those of the stack count when the program has ended', async () => {
  const on = stage({ resources: [thing('root', { ...root, urn: rootUrn, outputs: { a: 1 } })] })
  await register(on.run, goal('root', root))
  registerOutputs(on.run, rootUrn, { b: 2 })
  expect(on.record('root')?.outputs).toEqual({ a: 1 })
  finishStackOutputs(on.run)
  expect(on.record('root')?.outputs).toEqual({ b: 2 })
})

test('and are merged over the old ones where it failed', async () => {
  const on = stage({ resources: [thing('root', { ...root, urn: rootUrn, outputs: { a: 1 } })] })
  await register(on.run, goal('root', root))
  registerOutputs(on.run, rootUrn, { b: 2 })
  on.run.failure = 'later'
  finishStackOutputs(on.run)
  expect(on.record('root')?.outputs).toEqual({ a: 1, b: 2 })
})

test('a program without outputs leaves those of the stack alone', async () => {
  const on = stage({ resources: [thing('root', { ...root, urn: rootUrn, outputs: { a: 1 } })] })
  await register(on.run, goal('root', root))
  finishStackOutputs(on.run)
  expect(on.record('root')?.outputs).toEqual({ a: 1 })
})
