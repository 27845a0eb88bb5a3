// The status of an object: what a controller writes of it, and when.
import { expect, test } from 'vitest'
import { settled } from '../../../../operator/framework/index.ts'
import { harness, statusWrites, widgets } from '../harness.ts'

test('reports a settled object Ready at its generation, by one status write', async () => {
  const h = harness()
  const { ended } = h.start((op) =>
    op.for(widgets).reconcile(async (c) => {
      c.status({ size: c.obj.spec.size })
      return settled
    }),
  )
  await h.create('a', { size: 3 })
  await h.clock.settle()
  expect((await h.widget('a'))?.status).toMatchObject({
    size: 3,
    observedGeneration: 1,
    conditions: [{ type: 'Ready', status: 'True', reason: 'Succeeded', observedGeneration: 1 }],
  })
  expect(statusWrites(h.server)).toHaveLength(1)
  await h.shutDown(ended)
})

test('writes no status when nothing changed, and no request at all', async () => {
  const h = harness()
  let runs = 0
  const { op, ended } = h.start((o) =>
    o.for(widgets).reconcile(async (c) => {
      runs += 1
      c.status({ size: c.obj.spec.size })
      c.condition('Painted', true, 'Blue', 'is blue')
      return settled
    }),
  )
  await h.create('a')
  await h.clock.settle()
  h.server.takeRequests()
  for (let time = 0; time < 5; time += 1) {
    op.wake(widgets, { name: 'a', namespace: 'shop' })
    await h.clock.settle()
  }
  expect(runs).toBe(6)
  expect(h.server.takeRequests()).toEqual([])
  await h.shutDown(ended)
})

test('its own status write does not wake the object', async () => {
  const h = harness()
  let runs = 0
  const { ended } = h.start((op) =>
    op.for(widgets).reconcile(async (c) => {
      c.status({ size: (runs += 1) }) // another status every time
      return settled
    }),
  )
  await h.create('a')
  await h.clock.advance(60_000)
  expect(runs).toBe(1)
  await h.shutDown(ended)
})

test('removes a status field that is set to undefined', async () => {
  const h = harness()
  const { ended } = h.start((op) =>
    op.for(widgets).reconcile(async (c) => {
      c.status({ size: c.obj.spec.size > 1 ? undefined : 1 })
      return settled
    }),
  )
  await h.create('a')
  await h.clock.settle()
  expect((await h.widget('a'))?.status?.size).toBe(1)
  await h.edit('a', { spec: { size: 2 } })
  await h.clock.settle()
  const status = (await h.widget('a'))?.status
  expect(status).not.toHaveProperty('size')
  expect(status?.observedGeneration).toBe(2)
  await h.shutDown(ended)
})

test('a request is echoed, unless the handler puts it off', async () => {
  const h = harness()
  const { ended } = h.start((op) =>
    op.for(widgets).reconcile(async (c) => {
      const { lastHandledReconcileAt } = c.obj.status ?? {}
      if (c.obj.spec.size === 1) c.status({ lastHandledReconcileAt })
      return settled
    }),
  )
  await h.create('a', { size: 1 })
  await h.edit('a', { metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': 'now' } } })
  await h.clock.settle()
  expect((await h.widget('a'))?.status).not.toHaveProperty('lastHandledReconcileAt')
  await h.edit('a', { spec: { size: 2 } })
  await h.clock.settle()
  expect((await h.widget('a'))?.status?.lastHandledReconcileAt).toBe('now')
  await h.shutDown(ended)
})

test('a failing status write is retried without running into the next object', async () => {
  const h = harness()
  let runs = 0
  const { ended } = h.start((op) =>
    op.for(widgets).reconcile(async (c) => {
      runs += 1
      c.status({ size: 5 })
      return settled
    }),
  )
  await h.clock.settle()
  h.server.faults.add({ when: (r) => r.path.includes('/status'), times: 2, answer: 500 })
  await h.create('a')
  await h.clock.advance(10_000)
  expect(runs).toBe(3)
  expect((await h.widget('a'))?.status?.size).toBe(5)
  await h.shutDown(ended)
})
