// Who leads next and how soon: the settings of the lease, and that the longest way with them is short enough.
import { expect, test } from 'vitest'
import { core, settled } from '../../../operator/framework/index.ts'
import { drainMs, leadership } from '../../../operator/loadtest/leadership.ts'
import { harness, widgets } from '../framework/harness.ts'

const { leaseMs, renewMs, retryMs } = leadership
const lease = { namespace: 'shop', name: 'widget-operator' }

test('the settings', () => {
  expect({ leaseMs, renewMs, retryMs, drainMs }).toEqual({
    leaseMs: 12_000,
    renewMs: 9_000,
    retryMs: 1_000,
    drainMs: 500,
  })
  // Seen late, waited for, asked for: within 15 s of a kill -9.
  expect(retryMs + leaseMs + retryMs).toBeLessThan(15_000)
  // Drained, asked for: within 2 s of a stop.
  expect(drainMs + retryMs).toBeLessThan(2_000)
  // The leader has stopped before anybody else begins, and its handlers have had their two seconds.
  expect(renewMs + 2_000).toBeLessThan(leaseMs)
})

test('a leader that died has a successor within 15 s', async () => {
  const h = harness()
  const spec = { holderIdentity: 'dead', leaseDurationSeconds: leaseMs / 1000 }
  await h.user.create(core.lease, { metadata: lease, spec })
  const { ended } = h.start((op) => op.for(widgets).reconcile(async () => settled), {
    leaderElection: { ...lease, identity: 'next', ...leadership },
  })
  // Its last sign of life, just after the standby has looked.
  await h.clock.advance(500)
  await h.user.patch(core.lease, lease, { spec: { leaseTransitions: 1 } }, { type: 'merge' })
  await h.clock.advance(11_000)
  const holder = async () => (await h.user.get(core.lease, lease.name, lease.namespace))?.spec
  expect(await holder()).toMatchObject({ holderIdentity: 'dead' })
  await h.clock.advance(3_500)
  expect(await holder()).toMatchObject({ holderIdentity: 'next' })
  await h.shutDown(ended)
})
