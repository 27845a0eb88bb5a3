// Create, update and same: what the provider is given, what the state keeps, and what a preview asks.
import { expect, test } from 'vitest'
import { InitError } from '../../../../../operator/engine/embedded/providers/provider.ts'
import { register } from '../../../../../operator/engine/embedded/run/registration.ts'
import { secretOf } from '../../../../../operator/engine/embedded/values/values.ts'
import { goal, replacedBySize, stage, thing, urn, type Stage } from './stage.ts'

const larger = { inputs: { size: 2 } }
const changed = { diff: async () => ({ changes: true, diffs: ['size'] }) }
const givenTo = (on: Stage, call: string) => on.given[on.calls.indexOf(call)]

test('a new resource is in the state as its provider made it', async () => {
  const on = stage()
  const registered = await register(on.run, goal('a', { dependencies: [urn('z')] }))
  expect(registered).toEqual({ urn: urn('a'), id: 'new-a', outputs: { size: 1, made: true } })
  expect(on.record('a')).toMatchObject({
    id: 'new-a',
    inputs: { size: 1 },
    outputs: { size: 1, made: true },
    dependencies: [urn('z')],
  })
  expect(on.record('a')?.created).toBe(on.record('a')?.modified)
  expect(on.told).toEqual(['starting create a', 'create a'])
})

test('the state says beforehand what is about to be made, and no longer afterwards', async () => {
  const on = stage()
  await register(on.run, goal('a'))
  expect(on.written.map(({ pending }) => pending.map(({ type }) => type))).toEqual([
    ['creating'],
    [],
  ])
  const updating = stage({ resources: [thing('a')], provider: changed })
  await register(updating.run, goal('a', larger))
  expect(updating.written[0]?.pending).toMatchObject([
    { type: 'updating', resource: { urn: urn('a') } },
  ])
})

test('an update keeps the identity and the birthday', async () => {
  const on = stage({ resources: [thing('a')], provider: changed })
  const registered = await register(on.run, goal('a', larger))
  expect(registered).toEqual({ urn: urn('a'), id: 'id-a', outputs: { size: 2, updated: true } })
  expect(on.record('a')).toMatchObject({ id: 'id-a', inputs: { size: 2 } })
  expect(on.record('a')?.created).toBe('2026-01-01T00:00:00.000Z')
  expect(on.record('a')?.modified).not.toBe('2026-01-01T00:00:00.000Z')
  expect(on.told).toEqual(['starting update a', 'update a'])
  expect(on.names()).toEqual(['a'])
})

test('what is the same keeps both, and takes over what the program says of it', async () => {
  const on = stage({ resources: [thing('a')] })
  await register(on.run, goal('a', { protect: true }))
  expect(on.record('a')).toEqual({ ...thing('a'), protect: true, propertyDependencies: {} })
  expect(on.told).toEqual(['starting same a', 'same a'])
  expect(on.names()).toEqual(['a'])
})

test('what is the same has an identity and outputs in the state even if it had none', async () => {
  const { id: _, outputs: __, ...old } = thing('a')
  const on = stage({ resources: [old] })
  expect(await register(on.run, goal('a'))).toMatchObject({ id: '', outputs: {} })
  expect(on.record('a')).toMatchObject({ id: '', outputs: {} })
})

test('the provider is given the old and the new, and how long it may take', async () => {
  const options = { customTimeouts: { create: 7, update: 9 } }
  const made = stage()
  await register(made.run, goal('a', options))
  const given = givenTo(made, 'create a')
  expect(given).toMatchObject([urn('a'), { size: 1 }, { timeoutSeconds: 7, preview: false }])

  const on = stage({ resources: [thing('a', { outputs: { arn: 'x' } })], provider: changed })
  await register(on.run, goal('a', { ...larger, ...options, ignoreChanges: ['name'] }))
  expect(givenTo(on, 'update a')).toMatchObject([
    { urn: urn('a'), id: 'id-a' },
    { arn: 'x' },
    { size: 2 },
    { timeoutSeconds: 9, preview: false, oldInputs: { size: 1 }, ignoreChanges: ['name'] },
  ])
})

test('no limit of the program is none', async () => {
  const on = stage()
  await register(on.run, goal('a', { customTimeouts: { update: 9 } }))
  await register(on.run, goal('b'))
  for (const call of ['create a', 'create b'])
    expect(givenTo(on, call)?.[2]).toMatchObject({ timeoutSeconds: 0 })
})

test('a thing of which the state says little is updated all the same', async () => {
  const { id: _, outputs: __, inputs: ___, ...old } = thing('a')
  const on = stage({ resources: [old], provider: changed })
  await register(on.run, goal('a'))
  expect(givenTo(on, 'update a')).toMatchObject([{ id: '' }, {}, { size: 1 }, { oldInputs: {} }])
  expect(on.record('a')?.id).toBe('')
})

test('outputs are secret where their inputs are, or where the program says so', async () => {
  const on = stage()
  const inputs = { token: secretOf('t'), name: 'n' }
  const create = goal('a', { inputs, additionalSecretOutputs: ['made'] })
  expect((await register(on.run, create)).outputs).toEqual({
    token: secretOf('t'),
    name: 'n',
    made: secretOf(true),
  })
})

test.each([
  ['create', [], 'cannot create resources'],
  ['update', [thing('a')], 'cannot update resources'],
])('a provider without %s is told by the type', async (method, resources, text) => {
  const on = stage({ resources, provider: { ...changed, [method]: undefined } })
  await expect(register(on.run, goal('a', larger))).rejects.toThrow(
    `the provider of fake:index:Thing ${text}`,
  )
})

test('a provider that answers nothing has failed', async () => {
  // A plugin's answer may lack what its type promises.
  const nothing = async () => undefined as never
  const on = stage({ provider: { create: nothing } })
  await expect(register(on.run, goal('a'))).rejects.toThrow('no answer')
  expect(on.names()).toEqual([])
  const update = stage({ resources: [thing('a')], provider: { ...changed, update: nothing } })
  await expect(register(update.run, goal('a', larger))).rejects.toThrow('no answer')
})

const unhealthy = (reasons: string[]) => async () => {
  throw new InitError('init failed', { id: 'i-1', properties: { arn: 'x' }, reasons })
}

test.each([
  [['not ready'], '1 error occurred:\n\t* not ready'],
  [['not ready', 'nor live'], '2 errors occurred:\n\t* not ready\n\t* nor live'],
])('what was made but is not healthy stays in the state and fails: %j', async (reasons, text) => {
  const on = stage({ provider: { create: unhealthy(reasons) } })
  await expect(register(on.run, goal('a'))).rejects.toThrow(text)
  expect(on.record('a')).toMatchObject({ id: 'i-1', outputs: { arn: 'x' }, initErrors: reasons })
  expect(on.told).toEqual(['starting create a', 'failed create a', `error: ${text}`])
  expect(on.run.changes).toEqual({})
})

test('nor is an update that did not become healthy, whatever throws it', async () => {
  const update = async () => {
    throw Object.assign(new Error('half way'), { id: '', properties: { arn: 'y' } })
  }
  const on = stage({ resources: [thing('a')], provider: { ...changed, update } })
  await expect(register(on.run, goal('a', larger))).rejects.toThrow('half way')
  expect(on.record('a')).toMatchObject({
    id: 'id-a',
    outputs: { arn: 'y' },
    initErrors: ['Error: half way'],
  })
})

test.each([
  ['no id', { properties: {} }],
  ['no outputs', { id: 'i-1' }],
  ['outputs that are none', { id: 'i-1', properties: ['x'] }],
])('an error with %s leaves nothing behind', async (_, more) => {
  const create = async () => Promise.reject(Object.assign(new Error('boom'), more))
  const on = stage({ provider: { create } })
  await expect(register(on.run, goal('a'))).rejects.toThrow('boom')
  expect(on.names()).toEqual([])
})

test('what was replaced stays when the new one is not healthy', async () => {
  const on = stage({
    resources: [thing('a')],
    provider: { ...replacedBySize, create: unhealthy(['x']) },
  })
  await expect(register(on.run, goal('a', larger))).rejects.toThrow('1 error')
  expect(on.names()).toEqual(['a', '-a'])
})

test('a preview asks nobody who would really do it', async () => {
  const on = stage({ resources: [thing('b')], provider: changed, dryRun: true })
  const created = await register(on.run, goal('a'))
  const updated = await register(on.run, goal('b', larger))
  expect(on.calls.filter((call) => /^(create|update)/.test(call))).toEqual([])
  expect(created).toMatchObject({ id: '', outputs: { size: 1 } })
  expect(updated).toMatchObject({ id: 'id-b', outputs: { size: 2 } })
  expect(on.run.changes).toEqual({ create: 1, update: 1 })
  expect(on.written).toEqual([])
})

test('and asks whoever knows previews, as one', async () => {
  const knowing = { ...changed, supportsPreview: true }
  const on = stage({ resources: [thing('b')], provider: knowing, dryRun: true })
  const created = await register(on.run, goal('a'))
  const updated = await register(on.run, goal('b', larger))
  expect(givenTo(on, 'create a')?.[2]).toMatchObject({ preview: true })
  expect(givenTo(on, 'update b')?.[3]).toMatchObject({ preview: true })
  expect(created).toMatchObject({ id: '', outputs: { size: 1, made: true } })
  expect(updated).toMatchObject({ id: 'id-b', outputs: { size: 2, updated: true } })
})

test('one that knows previews and answers nothing is taken by its inputs', async () => {
  const nothing = async () => undefined as never
  const provider = { ...changed, supportsPreview: true, create: nothing, update: nothing }
  const on = stage({ resources: [thing('b')], provider, dryRun: true })
  expect(await register(on.run, goal('a'))).toMatchObject({ outputs: { size: 1 } })
  expect(await register(on.run, goal('b', larger))).toMatchObject({ outputs: { size: 2 } })
})
