// Finalizers fail closed: whatever goes wrong, the object stays until the handler says it is done.
import { expect, test } from 'vitest'
import { again, Retry, settled, Stall, type Outcome } from '../../../../operator/framework/index.ts'
import { cutOff, harness, widgets } from '../harness.ts'

const finalizer = 'example.com/teardown'
const key = { name: 'a', namespace: 'shop' }

function guarded(finalize: (signal: AbortSignal) => Promise<Outcome>) {
  const h = harness()
  const { ended } = h.start((op) =>
    op
      .for(widgets)
      .reconcile(async () => settled, { retry: { baseMs: 100, capMs: 1_000 } })
      .finalize(finalizer, async (c) => finalize(c.signal)),
  )
  return { h, ended }
}

test('is there before the first reconcile, beside the finalizers of others', async () => {
  const h = harness()
  const seen: (string[] | undefined)[] = []
  const { ended } = h.start((op) =>
    op
      .for(widgets)
      .reconcile(async (c) => {
        seen.push(c.obj.metadata.finalizers)
        return settled
      })
      .finalize(finalizer, async () => settled),
  )
  await h.create('a')
  await h.create('b', { size: 1 }, { finalizers: ['other.io/hold'] })
  await h.clock.settle()
  expect(seen).toEqual([[finalizer], ['other.io/hold', finalizer]])
  await h.shutDown(ended)
})

test('leaves when the handler is settled, and the object with it', async () => {
  let calls = 0
  const { h, ended } = guarded(async () => {
    calls += 1
    return settled
  })
  await h.create('a')
  await h.clock.settle()
  await h.user.delete(widgets, key)
  await h.clock.settle()
  expect(calls).toBe(1)
  expect(await h.widget('a')).toBeUndefined()
  await h.shutDown(ended)
})

test.each([
  ['throws Retry', () => Promise.reject(new Retry('Busy', 'no')), 'Reconciling'],
  ['throws a bug', () => Promise.reject(new TypeError('boom')), 'Reconciling'],
  ['returns again', async () => again(1_000, { reason: 'Wait', message: '' }), 'Reconciling'],
  ['returns nothing', async () => undefined as never, 'Reconciling'],
  ['stalls', () => Promise.reject(new Stall('Blocked', 'left: vpc-1')), 'Stalled'],
])('stays when the handler %s, and says so', async (_, finalize, condition) => {
  const { h, ended } = guarded(finalize)
  await h.create('a')
  await h.clock.settle()
  await h.user.delete(widgets, key)
  await h.clock.advance(300_000)
  expect((await h.widget('a'))?.metadata.finalizers).toEqual([finalizer])
  expect(await h.condition('a', condition)).toMatchObject({ status: 'True' })
  await h.shutDown(ended)
})

test('leaves by force only with the annotation, and an event tells of it', async () => {
  const { h, ended } = guarded(() => Promise.reject(new Stall('Blocked', 'left: vpc-1')))
  await h.create('a')
  await h.clock.settle()
  await h.user.delete(widgets, key)
  await h.clock.settle()
  await h.edit('a', { metadata: { annotations: { [`${finalizer}.force-release`]: 'yes' } } })
  await h.clock.settle()
  expect(await h.widget('a')).toBeDefined()
  await h.edit('a', { metadata: { annotations: { [`${finalizer}.force-release`]: 'true' } } })
  await h.clock.settle()
  expect(await h.widget('a')).toBeUndefined()
  expect(await h.eventReasons()).toContain('ForceReleased')
  await h.shutDown(ended)
})

test('is taken off the right place when the list changes at the same moment', async () => {
  const { h, ended } = guarded(async () => {
    await h.edit('a', { metadata: { finalizers: ['first.io/x', finalizer, 'last.io/y'] } })
    return settled
  })
  await h.create('a', { size: 1 }, { finalizers: ['first.io/x'] })
  await h.clock.settle()
  await h.user.delete(widgets, key)
  await h.clock.settle()
  expect((await h.widget('a'))?.metadata.finalizers).toEqual(['first.io/x', 'last.io/y'])
  await h.shutDown(ended)
})

test('comes back when somebody removes it from a living object', async () => {
  const { h, ended } = guarded(async () => settled)
  await h.create('a')
  await h.clock.settle()
  await h.edit('a', { metadata: { finalizers: null } })
  await h.clock.settle()
  expect((await h.widget('a'))?.metadata.finalizers).toEqual([finalizer])
  await h.shutDown(ended)
})

test('a deletion interrupts the running reconcile and is handled at once', async () => {
  const h = harness()
  const order: string[] = []
  const { ended } = h.start((op) =>
    op
      .for(widgets)
      .reconcile(async (c) => {
        order.push('reconcile')
        await cutOff(c.signal)
        return settled
      })
      .finalize(finalizer, async () => {
        order.push('finalize')
        return settled
      }),
  )
  await h.create('a')
  await h.clock.settle()
  await h.user.delete(widgets, key)
  await h.clock.settle()
  expect(order).toEqual(['reconcile', 'finalize'])
  expect(await h.widget('a')).toBeUndefined()
  await h.shutDown(ended)
})

test('a refused removal is retried', async () => {
  const { h, ended } = guarded(async () => settled)
  await h.create('a')
  await h.clock.settle()
  h.server.faults.add({ when: ({ method }) => method === 'PATCH', times: 3, answer: 500 })
  await h.user.delete(widgets, key)
  await h.clock.settle()
  expect(await h.widget('a')).toBeDefined()
  await h.clock.advance(10_000)
  expect(await h.widget('a')).toBeUndefined()
  await h.shutDown(ended)
})
