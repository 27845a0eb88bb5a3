// kopf's pages "Scopes" and "Resource specification": which namespaces and which kinds an operator serves.
import { expect, test } from 'vitest'
import { EVERYTHING } from '../../../../operator/framework/index.ts'
import { isInNamespaces } from '../../../../operator/framework/cache/namespaces.ts'
import { selected, type Resource } from '../../../../operator/framework/discovery/resources.ts'
import { harness, widgets } from '../harness.ts'

test.each([
  ['team-*', ['team-a', 'team-'], ['shop', 'xteam-a']],
  ['*', ['shop', ''], []],
  ['*,!kube-*', ['shop'], ['kube-system']],
  ['!kube-*', ['shop'], ['kube-system']],
  ['team-?,!team-b,team-b', ['team-a', 'team-b'], ['team-aa']],
  ['a.b', ['a.b'], ['axb']],
])('scopes: %s', (patterns, inside, outside) => {
  const isIn = (namespace: string) => isInNamespaces(patterns.split(','), namespace)
  expect([inside.filter(isIn), outside.filter(isIn)]).toEqual([inside, []])
})

test('scopes: what is in other namespaces is not there for a controller', async () => {
  const h = harness()
  const told: string[] = []
  const { ended } = h.start((op) =>
    op
      .for(widgets, { namespaces: ['team-*', '!team-secret'] })
      .onCreate(async (c) => void told.push(c.obj.metadata.namespace ?? '')),
  )
  await h.clock.settle()
  for (const namespace of ['team-a', 'team-secret', 'shop'])
    await h.user.create(widgets, { metadata: { name: 'a', namespace }, spec: { size: 1 } })
  await h.clock.settle()
  expect(told).toEqual(['team-a'])
  await h.shutDown(ended)
})

const resource = (plural: string, group: string, o: Partial<Resource> = {}): Resource => ({
  group,
  version: 'v1',
  kind: plural[0]?.toUpperCase() + plural.slice(1, -1),
  plural,
  singular: plural.slice(0, -1),
  namespaced: true,
  shortNames: [],
  categories: [],
  verbs: ['list', 'watch'],
  ...o,
})

const served = [
  resource('pods', '', { shortNames: ['po'], categories: ['all'] }),
  resource('events', ''),
  resource('bindings', '', { verbs: ['create'] }),
  resource('widgets', 'example.com', { categories: ['all'] }),
  resource('widgets', 'example.com', { version: 'v1beta1' }),
  resource('events', 'events.k8s.io'),
]

test.each([
  ['a short name', { name: 'po' }, ['pods v1']],
  ['a kind', { name: 'Widget' }, ['widgets v1']],
  ['a singular in a group', { group: 'example.com', name: 'widget' }, ['widgets v1']],
  ['another version', { name: 'widgets', version: 'v1beta1' }, ['widgets v1beta1']],
  ['a category', { category: 'all' }, ['pods v1', 'widgets v1']],
  ['a group', { group: '' }, ['pods v1']],
  ['events by name', { group: '', name: 'events' }, ['events v1']],
  ['everything but events', EVERYTHING, ['pods v1', 'widgets v1']],
  ['a test', { when: ({ group }: Resource) => group !== '' }, ['widgets v1']],
])('resources: are selected by %s', (_, selector, names) => {
  expect(selected(selector, served).map(({ plural, version }) => `${plural} ${version}`)).toEqual(
    names,
  )
})
