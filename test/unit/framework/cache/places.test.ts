import { expect, test } from 'vitest'
import { SharedCaches } from '../../../../operator/framework/cache/shared-caches.ts'
import { core } from '../../../../operator/framework/index.ts'
import { createMetrics } from '../../../../operator/framework/metrics.ts'
import {
  FakeApiServer,
  testLog,
  VirtualClock,
} from '../../../../operator/framework/testing/index.ts'

const clock = new VirtualClock()
const kube = new FakeApiServer({ clock }).kube()
const cachesOf = (namespaces: string[]) =>
  new SharedCaches({ kube, clock, log: testLog().log, metrics: createMetrics(), namespaces })

test.each([
  ['one name is asked for by name', ['shop'], { namespace: 'shop' }],
  ['a pattern is looked at here', ['shop-*'], { namespaces: ['shop-*'] }],
  ['an exclusion too', ['!shop'], { namespaces: ['!shop'] }],
  ['and several names', ['shop', 'barn'], { namespaces: ['shop', 'barn'] }],
  ['none means all', [], {}],
])("of the operator's namespaces, %s", (_, namespaces, scope) => {
  expect(cachesOf(namespaces).of(core.pod).scope).toEqual(scope)
})

test('a declaration that names its place keeps it, and a kind without namespaces has none', () => {
  const caches = cachesOf(['shop'])
  expect(caches.of(core.pod, { namespace: 'barn' }).scope).toEqual({ namespace: 'barn' })
  expect(caches.of(core.pod, { namespaces: ['b*'] }).scope).toEqual({ namespaces: ['b*'] })
  expect(caches.of(core.namespace).scope).toEqual({})
})
