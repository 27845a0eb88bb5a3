// Kinds that are defined when the operator runs already.
import { expect, test } from 'vitest'
import { core, settled, type Kind, type Operator } from '../../../../operator/framework/index.ts'
import { harness } from '../harness.ts'

const crd = (plural: string, more: object = {}) => ({
  metadata: { name: `${plural}.late.example.com` },
  spec: {
    group: 'late.example.com',
    scope: 'Namespaced',
    names: { kind: plural.slice(0, -1), plural },
    versions: [{ name: 'v1', served: true, storage: true }],
  },
  ...more,
})
const kindOf = (plural: string): Kind => ({
  group: 'late.example.com',
  version: 'v1',
  kind: plural.slice(0, -1),
  plural,
  namespaced: true,
})
const metadata = { name: 'a', namespace: 'shop' }

/** Serves whatever is defined in the group. */
function bench() {
  const h = harness()
  const told: string[] = []
  const { ended } = h.start((op: Operator) =>
    op.forEach({ group: 'late.example.com' }, (each, kind) =>
      each.reconcile(async (c) => {
        told.push(`${kind.plural}/${c.key.name}`)
        return settled
      }),
    ),
  )
  const define = (plural: string, more?: object) => h.user.create(core.crd, crd(plural, more))
  const make = (plural: string) => h.user.create(kindOf(plural), { metadata })
  return { ...h, told, ended, define, make }
}

test('a kind that a selector means is served soon after its definition came', async () => {
  const b = bench()
  await b.clock.advance(60_000)
  await b.define('larks')
  await b.make('larks')
  await b.clock.advance(2_000)
  expect(b.told).toEqual(['larks/a'])
  await b.shutDown(b.ended)
})

test('kinds that are served already are served once, whatever else is defined', async () => {
  const b = bench()
  await b.define('larks')
  await b.make('larks')
  await b.clock.advance(5_000)
  await b.define('owls')
  await b.make('owls')
  await b.clock.advance(5_000)
  expect(b.told).toEqual(['larks/a', 'owls/a'])
  await b.shutDown(b.ended)
})

test.each([
  ['says nothing of its groups', '/apis'],
  ['cannot say what is in a group', '/apis/late.example.com/v1'],
])('an API server that %s is asked again', async (_, path) => {
  const b = bench()
  await b.clock.advance(60_000)
  b.server.faults.add({ when: (request) => request.path === path, times: 3, answer: 403 })
  await b.define('larks')
  await b.make('larks')
  await b.clock.advance(60_000)
  expect(b.told).toEqual(['larks/a'])
  b.server.takeRequests()
  await b.clock.advance(600_000)
  expect(b.server.takeRequests().filter((line) => line === `GET ${path}`)).toEqual([])
  await b.shutDown(b.ended)
})

test('a definition that is established and not served yet is looked for until it is', async () => {
  const b = bench()
  await b.clock.advance(60_000)
  const version = { name: 'v1', storage: true }
  await b.define('larks', { spec: { ...crd('larks').spec, versions: [{ ...version, served: false }] } }) // prettier-ignore
  const patch = (change: object, o: object = {}) =>
    b.user.patch(core.crd, { name: 'larks.late.example.com' }, change, { type: 'merge', ...o })
  await patch({ spec: { versions: [{ ...version, served: true }] } })
  const conditions = [{ type: 'Established', status: 'True' }]
  await patch({ status: { conditions } }, { subresource: 'status' })
  await b.clock.advance(1_500)
  b.server.takeRequests()
  await b.clock.advance(40_000)
  const looks = b.server.takeRequests().filter((line) => line === 'GET /apis')
  expect(looks.length).toBeGreaterThan(1)
  expect(looks.length).toBeLessThan(9)
  await b.shutDown(b.ended)
})

test('an operator that was told of a kind by name begins when that is defined', async () => {
  const h = harness()
  const told: string[] = []
  const { ended } = h.start((op) =>
    op.for(kindOf('larks')).reconcile(async (c) => {
      told.push(c.key.name)
      return settled
    }),
  )
  await h.clock.advance(60_000)
  await h.user.create(core.crd, crd('larks'))
  await h.user.create(kindOf('larks'), { metadata })
  await h.clock.advance(60_000)
  expect(told).toEqual(['a'])
  await h.shutDown(ended)
})
