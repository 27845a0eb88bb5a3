// Replacement: which goes first, what else has to go, and what the state says in between.
import { expect, test } from 'vitest'
import { register } from '../../../../../operator/engine/embedded/run/registration.ts'
import { unknownValue } from '../../../../../operator/engine/embedded/values/values.ts'
import { after, goal, provider, replacedBySize, stage, thing, urn, type Stage } from './stage.ts'

const larger = { inputs: { size: 2 } }
const names = (stage_: Stage) => stage_.calls.filter((call) => !/^(check|diff)/.test(call))

test('the new one is made first, and the old one stays to be deleted in the end', async () => {
  const on = stage({ resources: [thing('a')], provider: replacedBySize })
  await register(on.run, goal('a', larger))
  expect(names(on)).toEqual(['create a'])
  expect(on.names()).toEqual(['a', '-a'])
  expect(on.record('a')).toMatchObject({ id: 'new-a', inputs: { size: 2 } })
  expect(on.record('-a')).toMatchObject({ id: 'id-a', inputs: { size: 1 } })
  expect(on.run.changes).toEqual({ replace: 1 })
  expect(on.told).toEqual([
    'starting create-replacement a',
    'create-replacement a',
    'starting replace a',
    'replace a',
  ])
})

test('the new one inherits nothing of the old one: its inputs are checked without them', async () => {
  const on = stage({ resources: [thing('a')], provider: replacedBySize })
  await register(on.run, goal('a', larger))
  const checks = on.given.filter((_, at) => on.calls[at] === 'check a')
  expect(checks.map(([, olds]) => olds)).toEqual([{ size: 1 }, {}])
})

test('a replacement by name is checked without them from the beginning', async () => {
  const on = stage({ resources: [thing('a')], replace: [urn('a')] })
  await register(on.run, goal('a'))
  expect(on.calls).toEqual(['check a', 'create a'])
  expect(on.given[0]?.[1]).toEqual({})
})

test.each([
  ['the program says so', { deleteBeforeReplace: true }, {}],
  ['the provider says so', {}, { deleteBeforeReplace: true }],
])('the old one goes first where %s', async (_, option, answer) => {
  const diff = async () => ({ replaces: ['size'], ...answer })
  const on = stage({ resources: [thing('a')], provider: { diff } })
  await register(on.run, goal('a', { ...larger, ...option }))
  expect(names(on)).toEqual(['delete a', 'create a'])
  expect(on.names()).toEqual(['a'])
  expect(on.record('a')?.id).toBe('new-a')
  expect(on.run.changes).toEqual({ replace: 1 })
  expect(on.told.slice(0, 2)).toEqual(['starting delete-replaced a', 'delete-replaced a'])
})

test('the program has the last word on which goes first', async () => {
  const diff = async () => ({ replaces: ['size'], deleteBeforeReplace: true })
  const on = stage({ resources: [thing('a')], provider: { diff } })
  await register(on.run, goal('a', { ...larger, deleteBeforeReplace: false }))
  expect(names(on)).toEqual(['create a'])
})

test('in between, the state says that the replacement is still to come', async () => {
  const create = async () => Promise.reject(new Error('no capacity'))
  const on = stage({ resources: [thing('a')], provider: { ...replacedBySize, create } })
  const wanted = goal('a', { ...larger, deleteBeforeReplace: true })
  await expect(register(on.run, wanted)).rejects.toThrow('no capacity')
  expect(on.names()).toEqual(['~a'])
  expect(on.written.at(-1)?.resources.at(-1)).toMatchObject({ pendingReplacement: true })
})

test.each([
  ['', {}],
  [' where the old one goes first, too', { deleteBeforeReplace: true }],
])('what an earlier update has deleted is only made%s', async (_, option) => {
  const on = stage({ resources: [thing('a', { pendingReplacement: true })] })
  await register(on.run, goal('a', option))
  expect(names(on)).toEqual(['create a'])
  expect(on.names()).toEqual(['a'])
})

test.each([
  [true, true, 'refused'],
  [true, false, 'replaced'],
  [false, true, 'replaced'],
])('protected by the program: %s, by the state: %s: %s', async (wanted, had, outcome) => {
  const on = stage({ resources: [thing('a', { protect: had })], provider: replacedBySize })
  const registered = register(on.run, goal('a', { ...larger, protect: wanted }))
  if (outcome === 'refused') await expect(registered).rejects.toThrow('marked for protection')
  else await registered
  expect(names(on)).toEqual(outcome === 'refused' ? [] : ['create a'])
})

test('what protects and keeps the old one is what the program says now', async () => {
  const old = thing('a', { retainOnDelete: true })
  const on = stage({ resources: [old], provider: replacedBySize })
  await register(on.run, goal('a', { ...larger, protect: true }))
  expect(on.record('-a')).toMatchObject({ protect: true })
  expect(on.record('-a')).not.toHaveProperty('retainOnDelete')

  const kept = stage({ resources: [thing('a', { protect: true })], provider: replacedBySize })
  await register(kept.run, goal('a', { ...larger, retainOnDelete: true }))
  expect(kept.record('-a')).toMatchObject({ retainOnDelete: true })
  expect(kept.record('-a')).not.toHaveProperty('protect')
})

const first = { ...larger, deleteBeforeReplace: true }
/** Whatever comes from another thing has to be made anew with it. */
const followed = {
  diff: async (_: unknown, __: unknown, news: Record<string, unknown>) => ({
    replaces: ['size', 'ref'].filter((key) => news[key] === 2 || news[key] === unknownValue),
  }),
}

const replacedAlways = { diff: async () => ({ replaces: ['size'] }) }

test('what cannot live through it goes before it, the last first', async () => {
  const resources = [thing('a'), after('b', ['a']), after('c', ['b']), after('d', ['x'])]
  const on = stage({ resources, provider: followed })
  await register(on.run, goal('a', first))
  expect(names(on)).toEqual(['delete c', 'delete b', 'delete a', 'create a'])
  expect(on.names()).toEqual(['a', '~b', '~c', 'd'])
  expect([...on.run.deletedEarly.keys()].map((record) => record.urn)).toEqual([urn('c'), urn('b')])
})

test('and is made anew when the program comes to it, without a second deletion', async () => {
  const on = stage({ resources: [thing('a'), after('b', ['a'])], provider: followed })
  await register(on.run, goal('a', first))
  await register(on.run, goal('b', { inputs: { size: 1, ref: 'y' } }))
  expect(names(on)).toEqual(['delete b', 'delete a', 'create a', 'create b'])
  expect(on.names()).toEqual(['a', 'b'])
  expect(on.run.changes).toEqual({ replace: 2 })
})

test('what can live through it stays: its provider is asked with what is not known yet', async () => {
  const on = stage({
    resources: [thing('a'), after('b', ['a'])],
    provider: {
      diff: async ({ id }) => (id === 'id-a' ? { replaces: ['size'] } : { changes: true }),
    },
  })
  await register(on.run, goal('a', first))
  expect(names(on)).toEqual(['delete a', 'create a'])
  const asked = on.given[on.calls.indexOf('diff b')]
  expect(asked?.[2]).toEqual({ size: 1, ref: unknownValue })
})

test.each([
  ['is a component', { custom: false }],
  ['belongs to another stack', { external: true }],
  ['is to be deleted anyway', { delete: true }],
  ['comes from nothing of it', { propertyDependencies: { ref: [urn('z')] } }],
  ['says nothing of where its inputs come from', { propertyDependencies: undefined }],
])('what %s is not asked about', async (_, more) => {
  const { propertyDependencies, ...rest } = after('b', ['a'], more as object)
  const b = { ...rest, ...(propertyDependencies && { propertyDependencies }) }
  const on = stage({ resources: [thing('a'), b], provider: replacedAlways })
  await register(on.run, goal('a', first))
  expect(names(on)).toEqual(['delete a', 'create a'])
  expect(on.calls).not.toContain('diff b')
})

test('a thing of which the state says little can stay, too', async () => {
  const { inputs: _, outputs: __, id: ___, ...b } = after('b', ['a'])
  const on = stage({ resources: [thing('a'), b], provider: followed })
  await register(on.run, goal('a', first))
  expect(on.given[on.calls.indexOf('diff b')]).toMatchObject([
    { id: '' },
    {},
    {},
    { oldInputs: {} },
  ])
  expect(on.names()).toEqual(['a', 'b'])
})

test('what the program has registered already is not asked about', async () => {
  const on = stage({ resources: [thing('a'), after('b', ['a'])], provider: followed })
  await register(on.run, goal('b', { inputs: { size: 1, ref: 'x' } }))
  await register(on.run, goal('a', first))
  expect(names(on)).toEqual(['delete a', 'create a'])
})

test('a provider that is configured by it is not asked about', async () => {
  const other = { ...provider, urn: urn('other', 'pulumi:providers:fake'), id: 'p2' }
  const configured = { ...other, propertyDependencies: { ref: [urn('a')] }, provider: '' }
  const on = stage({ resources: [thing('a'), configured], provider: followed })
  await register(on.run, goal('a', first))
  expect(names(on)).toEqual(['delete a', 'create a'])
})

test('the others stay when one cannot be deleted', async () => {
  const refuse = async ({ id }: { id: string }) => {
    if (id === 'id-b') throw new Error('in use')
  }
  const resources = [thing('a'), after('b', ['a'])]
  const on = stage({ resources, provider: { ...followed, delete: refuse } })
  await expect(register(on.run, goal('a', first))).rejects.toThrow('in use')
  expect(on.names()).toEqual(['a', 'b'])
})
