// The controller end to end on the fake API server: handlers, status, finalizers, supersede, failures.
import { expect, test } from 'vitest'
import { again, core, Interrupt, Retry, settled, Stall } from '../../../operator/framework/index.ts'
import { harness, widgets } from './harness.ts'

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
    conditions: [{ type: 'Ready', status: 'True', reason: 'Succeeded' }],
  })
  const writes = h.server.takeRequests().filter((line) => line.startsWith('PATCH'))
  expect(writes).toEqual(['PATCH /apis/example.com/v1/namespaces/shop/widgets/a/status'])
  await h.shutDown(ended)
})
