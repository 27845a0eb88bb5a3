// An operator on a real API server: leads, reconciles, owns, finalizes and drains.
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  connect,
  core,
  kubeconfigCredentials,
  operator,
  settled,
} from '../../../operator/framework/index.ts'
import { waitFor } from '../../sandbox/machine/wait.ts'
import { testLog } from '../../../operator/framework/testing/index.ts'
import type { TestPlane } from '../../support/test-plane.ts'
import { gadgets } from './conformance-cases.ts'
import { gadgetCrd } from './gadget-crd.ts'
import { startGadgetPlane } from './gadget-plane.ts'

let plane: TestPlane
const timeoutMs = 30_000
const at = { name: 'a', namespace: 'default' }

beforeAll(async () => {
  plane = await startGadgetPlane()
})
afterAll(() => plane?.stop())

test('lives through a whole life of an object, and an outage of the API server in between', async () => {
  const { kube, control } = plane
  const stop = new AbortController()
  const requests: string[] = []
  const own = connect(kubeconfigCredentials(plane.kubeconfig), {
    onRequest: ({ method, path }) => requests.push(`${method} ${path.split('?')[0]}`),
  })
  const election = { namespace: 'default', name: 'gadget-operator', identity: 'one' }
  const op = operator({
    name: 'gadget-operator',
    kube: own,
    log: testLog().log,
    leaderElection: election,
  })
  op.for(gadgets)
    .owns(core.configMap)
    .reconcile(async (c) => {
      await c.apply(
        core.configMap,
        { metadata: { name: c.key.name }, data: { size: String(c.obj.spec.size) } },
        { set: 'all' },
      )
      await c.prune('all')
      c.status({ phase: 'Up' })
      return settled
    })
    .finalize('example.com/gadget', async () => settled)
  const ended = op.run({ signal: stop.signal })
  const configMap = () => kube.get(core.configMap, 'a', 'default')
  const size = async (wanted: string) => (await configMap())?.data?.['size'] === wanted
  const phase = async () => (await kube.get(gadgets, 'a', 'default'))?.status?.phase === 'Up'

  await kube.create(gadgets, { metadata: at, spec: { size: 1 } })
  await waitFor(phase, { what: 'the status', timeoutMs })
  expect(await size('1')).toBe(true)
  const writes = requests.filter((line) => line.startsWith('PATCH') && !line.includes('/leases/'))
  expect(writes.toSorted()).toEqual([
    'PATCH /api/v1/namespaces/default/configmaps/a',
    'PATCH /apis/conformance.example.com/v1/namespaces/default/gadgets/a',
    'PATCH /apis/conformance.example.com/v1/namespaces/default/gadgets/a/status',
  ])

  await control.killApiserver()
  await control.startApiserver()
  const grow = () =>
    kube.patch(gadgets, at, { spec: { size: 2 } }, { type: 'merge' }).then(
      () => true,
      () => false, // 503 until all paths are installed
    )
  await waitFor(grow, { what: 'the API server takes writes', timeoutMs })
  await waitFor(() => size('2'), { what: 'the change after the outage', timeoutMs })
  await kube.delete(core.configMap, at)
  await waitFor(() => size('2'), { what: 'the child is put back', timeoutMs })

  await kube.delete(gadgets, at)
  const gone = async () => (await kube.get(gadgets, 'a', 'default')) === undefined
  await waitFor(gone, { what: 'the object is gone', timeoutMs })
  stop.abort()
  await ended
  const lease = await kube.get(core.lease, election.name, 'default')
  expect(lease?.spec.holderIdentity).toBe('')
  own.close()
})

test('serves a kind that is defined when it runs already, by a selector', async () => {
  const { kube } = plane
  const late = { group: 'late.example.com', version: 'v1', kind: 'Lark', plural: 'larks', namespaced: true } // prettier-ignore
  const stop = new AbortController()
  const told: string[] = []
  const op = operator({ name: 'late-operator', kube, log: testLog().log })
  op.forEach(
    { group: late.group },
    (each, kind) =>
    each.options({ conditions: 'none' }).onEvent(({ obj }) => void told.push(`${kind.kind} ${obj.metadata.name}`)), // prettier-ignore
  )
  const ended = op.run({ signal: stop.signal })
  const [version] = gadgetCrd.spec.versions
  await kube.create(core.crd, {
    metadata: { name: `larks.${late.group}` },
    spec: {
      ...gadgetCrd.spec,
      group: late.group,
      names: { kind: 'Lark', plural: 'larks', singular: 'lark' },
      versions: [version],
    },
  })
  const created = () =>
    kube.create(late, { metadata: at, spec: { size: 1 } }).then(
      () => true,
      () => false, // not served yet
    )
  await waitFor(created, { what: 'the definition is served', timeoutMs })
  await waitFor(() => told.includes('Lark a'), { what: 'the late kind is served', timeoutMs })
  stop.abort()
  await ended
})
