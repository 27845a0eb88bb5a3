// One leader at a time; a lost lease stops work at once; a released one is taken over within the retry time.
import { expect, test } from 'vitest'
import { core, LeaseLost, settled, type Operator } from '../../../../operator/framework/index.ts'
import { cutOff, harness, widgets } from '../harness.ts'

const lease = { namespace: 'shop', name: 'widget-operator' }
const as = (identity: string) => ({ leaderElection: { ...lease, identity } })
const holder = async (h: ReturnType<typeof harness>) =>
  (await h.user.get(core.lease, lease.name, lease.namespace))?.spec

test('the second replica waits, and takes over at once when the first stops', async () => {
  const h = harness()
  const second = harness({ kube: h.server.kube(), clock: h.clock })
  const handled: string[] = []
  const by = (name: string) => (op: Operator) => {
    op.for(widgets).reconcile(async (c) => {
      handled.push(`${name} ${c.key.name}`)
      return settled
    })
  }
  const one = h.start(by('one'), as('one'))
  await h.clock.settle()
  const two = second.start(by('two'), as('two'))
  await h.create('a')
  await h.clock.advance(60_000)
  expect(handled).toEqual(['one a'])
  await h.shutDown(one.ended)
  expect(await holder(h)).toMatchObject({ holderIdentity: 'two', leaseTransitions: 1 })
  await h.clock.advance(2_500)
  expect(handled).toContain('two a')
  await second.shutDown(two.ended)
})

test('a leader that died is replaced after its lease has not moved for its duration', async () => {
  const h = harness()
  const spec = {
    holderIdentity: 'dead',
    leaseDurationSeconds: 15,
    renewTime: '2020-01-01T00:00:00.000000Z',
  }
  await h.user.create(core.lease, { metadata: lease, spec })
  const { ended } = h.start((op) => op.for(widgets).reconcile(async () => settled), as('one'))
  await h.clock.advance(14_000)
  expect((await holder(h))?.holderIdentity).toBe('dead')
  await h.clock.advance(4_000)
  expect((await holder(h))?.holderIdentity).toBe('one')
  await h.shutDown(ended)
})

test('leadership lost in the middle of a handler aborts it, writes nothing more and rejects run()', async () => {
  const h = harness()
  let reason: unknown
  let written: unknown
  const { ended } = h.start(
    (op) =>
      op.for(widgets).reconcile(async (c) => {
        await new Promise<void>((resolve) =>
          c.signal.addEventListener('abort', () => resolve(), { once: true }),
        )
        reason = c.signal.reason
        c.status({ size: 99 })
        written = await c.kube
          .create(core.configMap, { metadata: { name: 'late', namespace: 'shop' } })
          .catch((error: unknown) => error)
        return settled
      }),
    as('one'),
  )
  await h.create('a')
  await h.clock.settle()
  await h.user.patch(core.lease, lease, { spec: { holderIdentity: 'two' } }, { type: 'merge' })
  const outcome = ended.catch((error: unknown) => error)
  await h.clock.advance(5_000)
  expect(await outcome).toBeInstanceOf(LeaseLost)
  expect(reason).toMatchObject({ interrupt: 'lease-lost' })
  expect(written).toMatchObject({ interrupt: 'lease-lost' })
  expect((await h.widget('a'))?.status).toBeUndefined()
})

test('a leader that cannot renew stops after 10 s, before another may start after 15', async () => {
  const h = harness()
  const { ended } = h.start((op) => op.for(widgets).reconcile(async () => settled), as('one'))
  await h.clock.advance(3_000)
  const since = h.clock.now()
  let lostAt = 0
  ended.catch(() => (lostAt = h.clock.now()))
  h.server.faults.add({
    when: ({ path }) => path.includes('/leases/'),
    times: 1_000,
    reset: 'before',
  })
  await h.clock.advance(30_000)
  expect(lostAt - since).toBeGreaterThan(5_000)
  expect(lostAt - since).toBeLessThan(14_000)
})

test('a renewal that hangs counts as failed', async () => {
  const h = harness()
  const { ended } = h.start((op) => op.for(widgets).reconcile(async () => settled), as('one'))
  await h.clock.advance(3_000)
  const outcome = ended.catch((error: unknown) => error)
  h.server.faults.add({ when: ({ path }) => path.includes('/leases/'), times: 1_000, hang: true })
  await h.clock.advance(15_000)
  expect(await outcome).toBeInstanceOf(LeaseLost)
})

test('a renewal whose answer was lost is no loss of the lease', async () => {
  const h = harness()
  const { ended } = h.start((op) => op.for(widgets).reconcile(async () => settled), as('one'))
  await h.clock.advance(3_000)
  h.server.faults.add({ when: ({ method }) => method === 'PATCH', times: 1, reset: 'after' })
  await h.clock.advance(30_000)
  expect((await holder(h))?.holderIdentity).toBe('one')
  await h.shutDown(ended)
})

test('two that start at the same moment agree on one', async () => {
  const h = harness()
  const second = harness({ kube: h.server.kube(), clock: h.clock })
  const third = harness({ kube: h.server.kube(), clock: h.clock })
  const leaders = new Set<string>()
  const by = (name: string) => (op: Operator) => {
    op.for(widgets).reconcile(async () => {
      leaders.add(name)
      return settled
    })
  }
  const all = [
    h.start(by('1'), as('1')),
    second.start(by('2'), as('2')),
    third.start(by('3'), as('3')),
  ]
  await h.create('a')
  await h.clock.advance(30_000)
  expect(leaders.size).toBe(1)
  for (const each of [h, second, third]) each.stop.abort()
  await h.clock.advance(60_000)
  await Promise.all(all.map(({ ended }) => ended))
})

test('run() waits for running handlers, tells the slow ones to stop, and then ends', async () => {
  const h = harness()
  const log: string[] = []
  const gate = Promise.withResolvers<void>()
  const { ended } = h.start(
    (op) =>
      op.for(widgets).reconcile(async (c) => {
        c.signal.addEventListener('abort', () => log.push(`${c.key.name} aborted`), { once: true })
        if (c.key.name === 'quick') await gate.promise
        else await cutOff(c.signal)
        log.push(`${c.key.name} done`)
        return settled
      }),
    { drainMs: 10_000 },
  )
  await h.create('quick')
  await h.create('slow')
  await h.clock.settle()
  h.stop.abort()
  gate.resolve()
  await h.clock.advance(9_000)
  expect(log).toEqual(['quick done'])
  await h.clock.advance(2_000)
  await ended
  expect(log).toEqual(['quick done', 'slow aborted'])
})
