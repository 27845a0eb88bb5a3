// What a provider says of a resource, and what is made of an answer that says less than all.
import { expect, test } from 'vitest'
import { checked, diffAgainst } from '../../../../../operator/engine/embedded/run/check-and-diff.ts'
import type { DiffResult } from '../../../../../operator/engine/embedded/providers/provider.ts'
import { secretOf } from '../../../../../operator/engine/embedded/values/values.ts'
import { goal, onProvider, stage, thing, urn } from './stage.ts'

const inputs = { size: 1, name: 'n', token: secretOf('t') }
const wanted = async (on: ReturnType<typeof stage>, more = {}) => ({
  goal: goal('a', { inputs, ...more }),
  urn: urn('a'),
  provider: await on.run.providers.get(onProvider),
})

test('what the provider makes of the inputs is what the state gets', async () => {
  const check = async () => ({ inputs: { size: 7 }, failures: [] })
  const on = stage({ provider: { check } })
  const record = await checked(on.run, await wanted(on), { size: 3 })
  expect(record).toMatchObject({ urn: urn('a'), inputs: { size: 7 }, provider: onProvider })
  expect(on.given).toEqual([[urn('a'), { size: 3 }, inputs]])
})

test('the program’s inputs are taken where the provider checks nothing', async () => {
  const on = stage()
  const plan = { ...(await wanted(on)), provider: { ref: onProvider } }
  expect(await checked(on.run, plan, {})).toMatchObject({ inputs, provider: onProvider })
})

test.each([
  [{ property: 'size', reason: 'too small' }, ' property size value {1} has a problem: too small'],
  [{ property: 'name', reason: 'taken' }, ' property name value {n} has a problem: taken'],
  [
    { property: 'token', reason: 'too short' },
    ' property token value {t} has a problem: too short',
  ],
  [{ property: '', reason: 'not today' }, ' not today'],
])('a mistake is told with its property and value: %j', async (failure, text) => {
  const on = stage({ provider: { check: async () => ({ inputs, failures: [failure] }) } })
  await expect(wanted(on).then((plan) => checked(on.run, plan, {}))).rejects.toThrow(
    new Error(`fake:index:Thing resource 'a':${text}`),
  )
})

test('every mistake has its line', async () => {
  const failures = ['a', 'b'].map((reason) => ({ property: '', reason }))
  const on = stage({ provider: { check: async () => ({ inputs, failures }) } })
  const failed = wanted(on).then((plan) => checked(on.run, plan, {}))
  await expect(failed).rejects.toThrow(/ a\n.* b$/)
})

test('nothing is checked after a failure', async () => {
  const on = stage()
  const plan = await wanted(on)
  on.run.failure = 'no'
  await expect(checked(on.run, plan, {})).rejects.toThrow('no')
  expect(on.calls).toEqual([])
})

test('a mistake found while another failure stops the update is not told', async () => {
  const on = stage({
    provider: {
      check: async () => {
        on.cancel()
        return { inputs, failures: [{ property: '', reason: 'too late' }] }
      },
    },
  })
  expect(await checked(on.run, await wanted(on), {})).toMatchObject({ inputs })
})

const old = thing('a', { inputs: { size: 1, name: 'n' }, outputs: { arn: 'x' } })
async function diffOf(
  answer: DiffResult | undefined,
  o: { news?: object; more?: object; withoutGoal?: boolean; old?: typeof old } = {},
) {
  // An answer of nothing at all is what a provider without Diff comes to.
  const on = stage({ provider: { diff: async () => answer as DiffResult } })
  const plan = {
    urn: urn('a'),
    old: o.old ?? old,
    provider: await on.run.providers.get(onProvider),
    ...(!o.withoutGoal && { goal: goal('a', o.more) }),
  }
  const diff = await diffAgainst(plan, { news: { ...(o.news ?? { size: 2, name: 'n' }) } })
  return { diff, given: on.given.at(-1) }
}

test('the provider is asked with what the state has and what is wanted', async () => {
  const { given } = await diffOf({ changes: true }, { more: { ignoreChanges: ['name'] } })
  expect(given).toEqual([
    { urn: urn('a'), id: 'id-a' },
    { arn: 'x' },
    { size: 2, name: 'n' },
    { oldInputs: { size: 1, name: 'n' }, ignoreChanges: ['name'] },
  ])
})

test.each([
  ['the state', { ignoreChanges: ['size'] }, ['size']],
  ['nobody', {}, []],
])('without the program what is ignored is what %s says', async (_, more, ignoreChanges) => {
  const { given } = await diffOf({ changes: true }, { withoutGoal: true, old: { ...old, ...more } })
  expect(given?.[3]).toMatchObject({ ignoreChanges })
})

test.each([
  ['says nothing', undefined, { changes: true, diffs: ['size'] }],
  ['cannot tell', {}, { changes: true, diffs: ['size'] }],
  [
    'says only what it would replace',
    { replaces: ['size'] },
    { changes: true, diffs: ['size'], replaces: ['size'] },
  ],
  ['says no', { changes: false }, { changes: false }],
  ['says yes', { changes: true, diffs: ['name'] }, { changes: true, diffs: ['name'] }],
])('a provider that %s', async (_, answer, expected) => {
  expect((await diffOf(answer)).diff).toEqual(expected)
})

test('equal inputs are no change for a provider that cannot tell', async () => {
  const { diff } = await diffOf({}, { news: { size: 1, name: 'n' } })
  expect(diff).toEqual({ changes: false, diffs: [] })
})

test.each([
  ['a change there', { changes: true, diffs: ['size'] }, ['size']],
  [
    'beside what is replaced anyway',
    { changes: true, diffs: ['size'], replaces: ['x'] },
    ['x', 'size'],
  ],
  ['a change elsewhere', { changes: true, diffs: ['name'] }, undefined],
  ['a change nobody names', { changes: true }, undefined],
])('the program has %s replaced', async (_, answer, replaces) => {
  const { diff } = await diffOf(answer, { more: { replaceOnChanges: ['size'] } })
  expect(diff.replaces).toEqual(replaces)
})
