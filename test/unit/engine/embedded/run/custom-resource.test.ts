// Which step a resource of the program comes to, and what its provider was asked for it.
import { expect, test } from 'vitest'
import type { DiffResult } from '../../../../../operator/engine/embedded/providers/provider.ts'
import { register } from '../../../../../operator/engine/embedded/run/registration.ts'
import { providerRef } from '../../../../../operator/engine/embedded/state/urn.ts'
import { goal, onProvider, provider, replacedBySize, stage, thing, urn } from './stage.ts'

const say = (answer: DiffResult) => ({ diff: async () => answer })

test.each([
  ['new', { create: 1 }, [], {}],
  ['unchanged', { same: 1 }, [thing('a')], say({ changes: false })],
  ['changed', { update: 1 }, [thing('a')], say({ changes: true })],
  ['not healthy', { update: 1 }, [thing('a', { initErrors: ['x'] })], {}],
  ['healthy again', { same: 1 }, [thing('a', { initErrors: [] })], {}],
  ['replaced', { replace: 1 }, [thing('a')], say({ replaces: ['x'] })],
  ['replaced by nothing', { same: 1 }, [thing('a')], say({ replaces: [] })],
  ['read before', { replace: 1 }, [thing('a', { external: true })], {}],
  ['to be deleted', { create: 1 }, [thing('a', { delete: true })], {}],
])('%s: %j', async (_, changes, resources, answers) => {
  const on = stage({ resources, provider: answers })
  const registered = await register(on.run, goal('a'))
  const isMade = !('same' in changes || 'update' in changes)
  expect(on.run.changes).toEqual(changes)
  expect(on.calls.filter((call) => /^(create|update|delete)/.test(call))).toEqual(
    isMade ? ['create a'] : 'update' in changes ? ['update a'] : [],
  )
  expect(registered).toMatchObject({ urn: urn('a'), id: isMade ? 'new-a' : 'id-a' })
  expect(on.names()).toContain('a')
})

test('one that was read takes the place of the record and leaves nothing to delete', async () => {
  const on = stage({ resources: [thing('a', { external: true })] })
  await register(on.run, goal('a'))
  expect(on.names()).toEqual(['a'])
  expect(on.given[0]?.[1]).toEqual({})
})

test('inputs are checked and compared against those of the state', async () => {
  const on = stage({ resources: [thing('a', { inputs: { size: 3 } })] })
  await register(on.run, goal('a', { inputs: { size: 4 } }))
  expect(on.given[on.calls.indexOf('check a')]).toEqual([urn('a'), { size: 3 }, { size: 4 }])
  expect(on.given[on.calls.indexOf('diff a')]?.[2]).toEqual({ size: 4 })
})

test('what the provider makes of the inputs is what is compared', async () => {
  const check = async () => ({ inputs: { size: 9 } })
  const on = stage({ resources: [thing('a')], provider: { check } })
  await register(on.run, goal('a'))
  expect(on.given[on.calls.indexOf('diff a')]?.[2]).toEqual({ size: 9 })
})

test('a thing of which the state has no inputs is compared with none', async () => {
  const { inputs: _, ...old } = thing('a', { id: 'kept' })
  const on = stage({ resources: [old] })
  await register(on.run, goal('a'))
  expect(on.given[on.calls.indexOf('check a')]).toEqual([urn('a'), {}, { size: 1 }])
  const ignoring = stage({ resources: [old] })
  await register(ignoring.run, goal('a', { ignoreChanges: ['size'] }))
  expect(ignoring.given[0]?.[2]).toEqual({})
})

test('what the program ignores stays as it is', async () => {
  const on = stage({ resources: [thing('a', { inputs: { size: 3, name: 'n' } })] })
  await register(on.run, goal('a', { inputs: { size: 4, name: 'm' }, ignoreChanges: ['size'] }))
  expect(on.given[0]?.[2]).toEqual({ size: 3, name: 'm' })
})

const moved = { ...provider, id: 'p2' }
const onMoved = providerRef({ urn: moved.urn, id: 'p2' })

/** The provider of the state is the first; the program comes with another configuration of it. */
async function onOtherProvider(
  answer: { diffConfig?: () => Promise<DiffResult> },
  o: { provider?: string } = {},
) {
  const on = stage({
    resources: [thing('a', { provider: o.provider ?? onProvider })],
    provider: { ...replacedBySize, ...answer },
  })
  const configured = { ...moved, inputs: { region: 'new' } }
  await on.run.providers.configure(configured)
  on.run.registered.set(configured.urn, { record: configured })
  await register(on.run, goal('a', { provider: onMoved }))
  return on
}
const replacing = async () => ({ replaces: ['region'] })

test('another configuration of the provider replaces where the provider says so', async () => {
  const on = await onOtherProvider({ diffConfig: replacing })
  expect(on.run.changes).toEqual({ replace: 1 })
  const asked = on.given[on.calls.indexOf('diffConfig prov')]
  expect(asked).toEqual([provider.urn, {}, { region: 'new' }])
  expect(on.calls).not.toContain('diff a')
})

test.each([
  ['says that it does not', { diffConfig: async () => ({ replaces: [] }) }, {}],
  ['says nothing', { diffConfig: async () => ({ changes: true }) }, {}],
  ['cannot say', {}, {}],
  ['is unknown to the state', { diffConfig: replacing }, { provider: 'urn:gone::p0' }],
  ['is the same', { diffConfig: replacing }, { provider: onMoved }],
  ['never was', { diffConfig: replacing }, { provider: '' }],
])('and does not where it %s', async (_, answer, o) => {
  const on = await onOtherProvider(answer, o)
  expect(on.run.changes).toEqual({ same: 1 })
})

test('nor where the program has not registered it', async () => {
  const on = stage({
    resources: [moved, thing('a')],
    provider: { ...replacedBySize, diffConfig: replacing },
  })
  await register(on.run, goal('a', { provider: onMoved }))
  expect(on.run.changes).toEqual({ same: 1 })
})
