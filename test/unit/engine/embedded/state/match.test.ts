// Which record of the state a resource is, under its names of today and before.
import { expect, test } from 'vitest'
import type { Goal } from '../../../../../operator/engine/embedded/run/goal.ts'
import { aliasUrn, findOld } from '../../../../../operator/engine/embedded/state/match.ts'
import { stackType } from '../../../../../operator/engine/embedded/state/urn.ts'
import { goal, stage, thing, urn } from '../run/stage.ts'

const group = (name: string) => urn(name, 'my:c:C')
const below = (name: string) => urn(name, 'my:c:C$fake:index:Thing')

test('by its URN, once', () => {
  const old = thing('a')
  const { run } = stage({ resources: [thing('b'), old] })
  expect(findOld(run, goal('a'), urn('a'))).toBe(old)
  expect(run.matched).toEqual(new Set([old]))
  expect(run.formerUrn.size).toBe(0)
  expect(findOld(run, goal('a'), urn('a'))).toBeUndefined()
  expect(findOld(run, goal('c'), urn('c'))).toBeUndefined()
})

test('not by one that is to be deleted', () => {
  const { run } = stage({ resources: [thing('a', { delete: true })] })
  expect(findOld(run, goal('a'), urn('a'))).toBeUndefined()
})

test('by an alias, where its own name has none', async () => {
  const [own, former] = [thing('a'), thing('former')]
  const aliases = [{ name: 'gone' }, { name: 'former' }]
  const { run } = stage({ resources: [former] })
  expect(findOld(run, goal('a', { aliases }), urn('a'))).toBe(former)
  expect(run.formerUrn.get(urn('a'))).toBe(urn('former'))
  const both = stage({ resources: [former, own] })
  expect(findOld(both.run, goal('a', { aliases }), urn('a'))).toBe(own)
})

test('what others say of the former name means the new one', async () => {
  const on = stage({ resources: [thing('former'), thing('b', { dependencies: [urn('former')] })] })
  findOld(on.run, goal('a', { aliases: [{ name: 'former' }] }), urn('a'))
  on.run.checkpoint.touch()
  await on.run.checkpoint.flush()
  expect(on.written.at(-1)?.resources.at(-1)?.dependencies).toEqual([urn('a')])
})

test.each([
  ['named after it', 'new-x', 'old-x'],
  ['of its own name', 'x', 'x'],
  ['of its own name, though it looks like that', 'new-x', 'new-x'],
])('a child %s follows its parent', (_, name, former) => {
  const parent = group('new')
  const old = thing(former, { urn: below(former) })
  const { run } = stage({ resources: [old] })
  run.formerUrn.set(parent, group('old'))
  expect(findOld(run, goal(name, { parent }), below(name).replace('my:c:C$', 'my:d:D$'))).toBe(old)
})

test('a child with an alias of its own follows it below both parents', () => {
  const type = (of: string) => urn('b', `${of}$fake:index:Thing`)
  const [now, before] = [urn('p', 'my:d:D'), urn('p', 'my:c:C')]
  for (const place of ['my:d:D', 'my:c:C']) {
    const old = thing('b', { urn: type(place) })
    const { run } = stage({ resources: [old] })
    run.formerUrn.set(now, before)
    const wanted = goal('a', { parent: now, aliases: [{ name: 'b' }] })
    expect(findOld(run, wanted, urn('a', 'my:d:D$fake:index:Thing')), place).toBe(old)
  }
})

const of = (alias: Goal['aliases'][number], parent = group('p')) =>
  aliasUrn(stage().run, goal('a', { parent }), { alias, parent })

test.each([
  [{ urn: 'urn:x' }, 'urn:x'],
  [{}, below('a')],
  [{ name: 'b' }, below('b')],
  [{ type: 'fake:index:Old' }, urn('a', 'my:c:C$fake:index:Old')],
  [{ stack: 'prod' }, below('a').replace('dev', 'prod')],
  [{ project: 'other' }, below('a').replace('proj', 'other')],
  [{ parent: urn('q', 'my:q:Q') }, urn('a', 'my:q:Q$fake:index:Thing')],
  [{ parent: urn('s', stackType) }, urn('a')],
  [{ noParent: true }, urn('a')],
  [{ noParent: true, parent: urn('q', 'my:q:Q') }, urn('a')],
])('what an alias leaves out is that of the resource: %j', (alias, expected) => {
  expect(of(alias)).toBe(expected)
})

test('a resource of the stack itself has no parent in its name', () => {
  expect(of({}, '')).toBe(urn('a'))
  expect(of({}, urn('s', stackType))).toBe(urn('a'))
})
