// Deletion: in which order, side by side, and what is only forgotten.
import { expect, test } from 'vitest'
import { deleteAll, leftOver } from '../../../../../operator/engine/embedded/run/delete.ts'
import { register } from '../../../../../operator/engine/embedded/run/registration.ts'
import { after, goal, provider, stage, thing, urn, type Stage } from './stage.ts'

const destroy = async (on: Stage) => {
  await deleteAll(on.run, leftOver(on.run))
  return on
}
const deleted = (on: Stage) => on.calls.filter((call) => call.startsWith('delete'))

test.each([
  ['a dependency', { dependencies: [urn('a')] }],
  ['a source of an input', { propertyDependencies: { ref: [urn('a')] } }],
  ['a parent', { parent: urn('a') }],
  ['what it goes with', { deletedWith: urn('a') }],
])('%s goes after what refers to it', async (_, more) => {
  const on = await destroy(stage({ resources: [thing('a'), thing('b', more)] }))
  const steps = on.told.filter((words) => !words.startsWith('starting'))
  expect(steps.indexOf('delete b')).toBeLessThan(steps.indexOf('delete a'))
  expect(on.names()).toEqual([])
})

test('a provider goes last, and there is nothing to call for it', async () => {
  const on = await destroy(stage({ resources: [thing('a')] }))
  expect(on.told.slice(-2)).toEqual(['starting delete prov', 'delete prov'])
  expect(deleted(on)).toEqual(['delete a'])
  expect(on.run.checkpoint.records()).toEqual([])
  expect(on.run.changes).toEqual({ delete: 2 })
})

test('a provider without an id goes last, too', async () => {
  const { id: _, ...nameless } = { ...provider, urn: urn('q', provider.type) }
  const on = stage({ resources: [nameless, thing('a', { provider: `${nameless.urn}::` })] })
  await destroy(on)
  expect(on.told.indexOf('starting delete q')).toBeGreaterThan(on.told.indexOf('delete a'))
})

test('what does not depend on one another goes side by side', async () => {
  const arrived: string[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  const meet = async ({ id }: { id: string }) => {
    if (arrived.push(id) === 2) resolve()
    await promise
  }
  const on = stage({ resources: [thing('a'), thing('b')], provider: { delete: meet } })
  await destroy(on)
  expect(arrived.toSorted()).toEqual(['id-a', 'id-b'])
})

test('each is deleted once, however long the others take', async () => {
  const slow = Promise.withResolvers<void>()
  const on = stage({
    resources: [thing('a'), thing('b'), after('c', ['b'])],
    provider: {
      delete: async ({ id }) => {
        if (id === 'id-a') await slow.promise
        if (id === 'id-b') slow.resolve()
      },
    },
  })
  await destroy(on)
  expect(deleted(on).toSorted()).toEqual(['delete a', 'delete b', 'delete c'])
})

test('the provider is given what there is, and how long it may take', async () => {
  const on = stage({
    resources: [
      thing('a', { outputs: { arn: 'x' }, customTimeouts: { delete: 7 } }),
      thing('b', { customTimeouts: { create: 7 } }),
    ],
  })
  await destroy(on)
  const given = (call: string) => on.given[on.calls.indexOf(call)]
  expect(given('delete a')).toEqual([
    { urn: urn('a'), id: 'id-a' },
    { arn: 'x' },
    { timeoutSeconds: 7 },
  ])
  expect(given('delete b')?.[2]).toEqual({ timeoutSeconds: 0 })
})

test('a thing of which the state says little is deleted all the same', async () => {
  const { id: _, outputs: __, ...bare } = thing('a')
  const on = await destroy(stage({ resources: [bare] }))
  expect(on.given).toEqual([[{ urn: urn('a'), id: '' }, {}, { timeoutSeconds: 0 }]])
})

test.each([
  ['a component', { custom: false }, 'delete'],
  ['what was only read', { external: true }, 'discard'],
  ['what is to be kept', { retainOnDelete: true }, 'delete'],
  ['what goes with another that goes', { deletedWith: urn('w') }, 'delete'],
])('%s leaves the state without a call', async (_, more, op) => {
  const on = stage({ resources: [thing('w'), thing('a', more)] })
  await destroy(on)
  expect(deleted(on)).toEqual(['delete w'])
  expect(on.names()).toEqual([])
  expect(on.told).toContain(`${op} a`)
  expect(on.run.changes).toEqual(op === 'discard' ? { discard: 1, delete: 2 } : { delete: 3 })
})

test('what goes with another is deleted itself while that one stays', async () => {
  const on = stage({ resources: [thing('w'), thing('a', { deletedWith: urn('w') })] })
  await register(on.run, goal('w'))
  await destroy(on)
  expect(deleted(on)).toEqual(['delete a'])
})

test('what was replaced is deleted and not counted again', async () => {
  const on = stage({ resources: [thing('a', { delete: true })] })
  await register(on.run, goal('a'))
  await destroy(on)
  expect(deleted(on)).toEqual(['delete a'])
  expect(on.told).toContain('delete-replaced a')
  expect(on.names()).toEqual(['a'])
  expect(on.run.changes).toMatchObject({ create: 1 })
  expect(on.run.changes['delete-replaced']).toBeUndefined()
})

test('what is deleted already, for a replacement that did not come, is forgotten', async () => {
  const on = stage({ resources: [thing('a', { pendingReplacement: true })] })
  await destroy(on)
  expect(on.calls).toEqual([])
  expect(on.told).not.toContain('delete a')
  expect(on.written.at(0)?.resources.map((record) => record.urn)).not.toContain(urn('a'))
})

test('the state says beforehand what is about to be deleted, and is written after each', async () => {
  const on = await destroy(stage({ resources: [thing('a')] }))
  expect(on.written[0]?.pending).toMatchObject([{ type: 'deleting', resource: { id: 'id-a' } }])
  expect(on.written[1]?.pending).toEqual([])
  expect(on.written[1]?.resources.map((record) => record.urn)).toEqual([provider.urn])
})

test('and what needs no call is not under way', async () => {
  const on = await destroy(stage({ resources: [thing('a', { custom: false })] }))
  expect(on.written.flatMap(({ pending }) => pending)).toEqual([])
  expect(on.written.at(-1)?.resources).toEqual([])
})

test('what is protected is refused, and what depends on nothing of it goes', async () => {
  const on = stage({ resources: [after('a', ['x'], { protect: true }), after('b', ['a'])] })
  await destroy(on)
  expect(on.run.failure).toContain(`resource "${urn('a')}" cannot be deleted`)
  expect(deleted(on)).toEqual(['delete b'])
  expect(on.names()).toEqual(['a'])
})

test('what was only read is let go of though it is protected', async () => {
  const on = await destroy(stage({ resources: [thing('a', { external: true, protect: true })] }))
  expect(on.run.failure).toBeUndefined()
  expect(on.names()).toEqual([])
})

test('after a failure nothing new begins, and what failed stays', async () => {
  const refuse = async () => Promise.reject(new Error('in use'))
  const on = stage({ resources: [thing('a'), after('b', ['a'])], provider: { delete: refuse } })
  await destroy(on)
  expect(on.run.failure).toBe('in use')
  expect(deleted(on)).toEqual(['delete b'])
  expect(on.names()).toEqual(['a', 'b'])
})

test('a cancelled update deletes nothing more', async () => {
  const on = stage({ resources: [thing('a'), thing('b')] })
  on.cancel()
  await destroy(on)
  expect(on.told).toEqual([])
})

test('a provider that cannot delete is told by the type', async () => {
  const on = stage({ resources: [thing('a')], provider: { delete: undefined as never } })
  await destroy(on)
  expect(on.run.failure).toBe('the provider of fake:index:Thing cannot delete resources')
})

test('and a provider that the state does not have, by its name', async () => {
  const on = stage({ resources: [thing('a', { provider: 'urn:gone::1' })] })
  const { provider: _, ...none } = thing('b')
  await destroy(on)
  expect(on.run.failure).toBe('unknown provider urn:gone')
  const without = await destroy(stage({ resources: [none] }))
  expect(without.run.failure).toContain('unknown provider')
})

test('a preview deletes nothing, in the world or in the state', async () => {
  const on = await destroy(stage({ resources: [thing('a')], dryRun: true }))
  expect(on.calls).toEqual([])
  expect(on.told).toContain('delete a')
  expect(on.written).toEqual([])
})

test('what the program has registered is left', async () => {
  const on = stage({ resources: [thing('a'), thing('b')] })
  await register(on.run, goal('a'))
  on.run.registered.set(provider.urn, { record: provider })
  expect(leftOver(on.run).map((record) => record.urn)).toEqual([urn('b')])
})
