// The fence of a tenant: one holder at a time, and a holder that cannot renew stops before another may begin.
import { expect, test } from 'vitest'
import { core } from '../../../operator/framework/index.ts'
import { leaseName, takeLease } from '../../../operator/jobs/lease.ts'
import { FakeApiServer, method } from '../../support/fake-apiserver/index.ts'
import { testLog } from '../../support/silent-log.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

/** What a lease is good for without renewal. */
const durationMs = 20_000

function bench() {
  const clock = new VirtualClock()
  const server = new FakeApiServer({ clock })
  const kube = server.kube()
  const take = (worker: string) =>
    takeLease({ kube, clock, namespace: 'ops', uid: 'u', worker, log: testLog().log })
  const taken = async (worker: string) => {
    const lease = await take(worker)
    if (!lease) throw new Error(`${worker} did not get the lease`)
    return lease
  }
  return { clock, server, kube, take, taken }
}

test('is held by renewal, and free at once when released', async () => {
  const b = bench()
  const first = await b.taken('a')
  await b.clock.advance(10 * durationMs)
  expect(await b.take('b')).toBeUndefined()
  expect(first.lost.aborted).toBe(false)
  await first.release()
  expect((await b.taken('b')).fence).toBe(first.fence + 1)
})

test('is removed with its tenant', async () => {
  const b = bench()
  const lease = await b.taken('a')
  await lease.release({ forever: true })
  expect(await b.kube.get(core.lease, leaseName('u'), 'ops')).toBeUndefined()
})

test('is lost to who writes it', async () => {
  const b = bench()
  const lease = await b.taken('a')
  const ref = { name: leaseName('u'), namespace: 'ops' }
  await b.kube.patch(core.lease, ref, { spec: { holderIdentity: 'thief' } }, { type: 'merge' })
  await b.clock.advance(6_000)
  expect(lease.lost.reason).toMatchObject({ name: 'LeaseLost' })
})

test('an API server that fails for a moment takes nothing away', async () => {
  const b = bench()
  const lease = await b.taken('a')
  b.server.faults.add({ when: method('PATCH', 'leases'), times: 2, answer: 500 })
  await b.clock.advance(2 * durationMs)
  expect(lease.lost.aborted).toBe(false)
})

test.each([
  ['does not answer', { hang: true }],
  ['refuses', { answer: 500 }],
] as const)('is given up before others may take it when the API server %s', async (_, fault) => {
  const b = bench()
  const lease = await b.taken('a')
  b.server.faults.add({ when: method('PATCH', 'leases'), times: 1_000, ...fault })
  let lostAt = Number.POSITIVE_INFINITY
  const begunAt = b.clock.monotonic()
  lease.lost.addEventListener('abort', () => (lostAt = b.clock.monotonic() - begunAt))
  await b.clock.advance(durationMs - 1)
  expect(await b.take('b')).toBeUndefined()
  expect(lostAt).toBeLessThan(durationMs)
})

test('an answer that was lost takes nothing away', async () => {
  const b = bench()
  const lease = await b.taken('a')
  b.server.faults.add({ when: method('PATCH', 'leases'), times: 1, reset: 'after' })
  await b.clock.advance(2 * durationMs)
  expect(lease.lost.aborted).toBe(false)
  expect(await b.take('b')).toBeUndefined()
})

test('lasts from the time that was written, however long the answer took', async () => {
  const b = bench()
  const isWrite = method('PATCH', 'leases')
  await (await b.taken('z')).release()
  b.server.faults.add({ when: isWrite, times: 1, delayMs: 8_000 })
  const begunAt = b.clock.monotonic()
  const taking = b.taken('a')
  await b.clock.advance(8_000)
  const lease = await taking
  b.server.faults.add({ when: isWrite, times: 1_000, hang: true })
  let lostAt = Number.POSITIVE_INFINITY
  lease.lost.addEventListener('abort', () => (lostAt = b.clock.monotonic() - begunAt))
  await b.clock.advance(durationMs)
  expect(lostAt).toBeLessThan(durationMs)
})
