// The fence of a tenant: one holder at a time, and a holder that cannot renew stops before another may begin.
import { expect, test } from 'vitest'
import {
  leaseLabels,
  leaseName,
  reportOf,
  type OperationOutcome,
} from '../../../../operator/api/tenant/tenant-lease.ts'
import { core, leaseSightings, operator, type Clock } from '../../../../operator/framework/index.ts'
import { takeLease } from '../../../../operator/jobs/worker/lease.ts'
import {
  FakeApiServer,
  VirtualClock,
  method,
  testLog,
} from '../../../../operator/framework/testing/index.ts'

/** What a lease is good for without renewal. */
const durationMs = 20_000

const tenant = { uid: 'u', namespace: 'a', name: 'b' }

function bench() {
  const clock = new VirtualClock()
  const server = new FakeApiServer({ clock })
  const kube = server.kube()
  const { log } = testLog()
  /** A worker with a clock of its own; it sees leases when it asks for them, and earlier if it watches them. */
  const newWorker = (worker: string, o: { aheadMs?: number; watches?: AbortSignal } = {}) => {
    const { monotonic, setTimeout, clearTimeout } = clock
    const now = () => clock.now() + (o.aheadMs ?? 0)
    const own: Clock = { now, monotonic, setTimeout, clearTimeout }
    const op = operator({ name: worker, kube, clock, log })
    const sightings = leaseSightings(op.cache(core.lease, { namespace: 'ops' }), own)
    if (o.watches) void op.run({ signal: o.watches })
    return (operationId = 'op-1', isFirst = false) =>
      takeLease({
        kube,
        clock: own,
        namespace: 'ops',
        tenant,
        operationId,
        generation: 1,
        isFirst,
        worker,
        sightings,
        log,
      })
  }
  const workers = new Map<string, ReturnType<typeof newWorker>>()
  const take = (name: string, operationId?: string) => {
    const worker = workers.get(name) ?? newWorker(name)
    workers.set(name, worker)
    return worker(operationId)
  }
  const taken = async (worker: string, operationId?: string) => {
    const lease = await take(worker, operationId)
    if (typeof lease === 'string') throw new Error(`${worker} did not get the lease`)
    return lease
  }
  /** Nobody renews any more. */
  const killHolder = () =>
    server.faults.add({ when: method('PATCH', 'leases'), times: 1_000, answer: 500 })
  return { clock, server, kube, take, taken, newWorker, killHolder }
}

function aborting() {
  const controller = new AbortController()
  const stop = () => controller.abort(new Error('the test is over'))
  return { signal: controller.signal, [Symbol.dispose]: stop }
}

test('is held by renewal, and free at once when released', async () => {
  const b = bench()
  const first = await b.taken('a')
  await b.clock.advance(10 * durationMs)
  expect(await b.take('b')).toBe('held')
  expect(first.lost.aborted).toBe(false)
  await first.release()
  expect((await b.taken('b')).fence).toBe(first.fence + 1)
})

test('is made without a look by who is first, and respected by who is not after all', async () => {
  const b = bench()
  b.server.takeRequests()
  const first = await b.newWorker('a')('op-1', true)
  expect(b.server.takeRequests()).toEqual([expect.stringMatching(/^POST /)])
  if (typeof first === 'string') throw new Error(first)
  expect(await b.newWorker('b')('op-1', true)).toBe('held')
  await first.release()
  expect(await b.newWorker('c')('op-1', true)).toMatchObject({ fence: first.fence + 1 })
})

test.each([
  ['ahead', 3_600_000],
  ['behind', -3_600_000],
])('is held though the clock of who asks is %s', async (_, aheadMs) => {
  const b = bench()
  const lease = await b.taken('a')
  const take = b.newWorker('b', { aheadMs })
  for (let at = 0; at < 3 * durationMs; at += 3_000) {
    expect(await take()).toBe('held')
    await b.clock.advance(3_000)
  }
  expect(lease.lost.aborted).toBe(false)
})

test.each([
  ['ahead', 3_600_000],
  ['behind', -3_600_000],
])(
  'of a dead worker is free a duration after it was first seen, by a clock that is %s',
  async (_, aheadMs) => {
    const b = bench()
    await b.taken('a')
    b.killHolder()
    const take = b.newWorker('b', { aheadMs })
    await b.clock.advance(3 * durationMs)
    expect(await take()).toBe('held')
    await b.clock.advance(durationMs - 1)
    expect(await take()).toBe('held')
    await b.clock.advance(1)
    b.server.faults.clear()
    expect(await take()).toMatchObject({ fence: 2 })
  },
)

test('of a dead worker is free at once to who has watched it for a duration', async () => {
  const b = bench()
  using watching = aborting()
  const take = b.newWorker('b', { watches: watching.signal })
  await b.taken('a')
  b.killHolder()
  await b.clock.advance(durationMs + 1_000)
  b.server.faults.clear()
  expect(await take()).toMatchObject({ fence: 2 })
})

test('is held when it was renewed, though the watch says nothing', async () => {
  const b = bench()
  using watching = aborting()
  const take = b.newWorker('b', { watches: watching.signal })
  await b.taken('a')
  await b.clock.settle()
  b.server.stallWatches()
  await b.clock.advance(2 * durationMs)
  expect(await take()).toBe('held')
})

const outcome = (fence: number, operationId = 'op-1'): OperationOutcome => ({
  ...tenant,
  operationId,
  fence,
  kind: 'Create',
  generation: 1,
  result: 'Failed',
  fault: { code: 'X', message: 'no', retryable: true },
  finishedAt: '2026-01-01T00:00:00.000Z',
})
const written = async ({ kube }: ReturnType<typeof bench>) => {
  const lease = await kube.get(core.lease, leaseName('u'), 'ops')
  return lease && { holder: lease.spec.holderIdentity, ...reportOf(lease) }
}

test('that a cluster was taken over stays known under every later operation', async () => {
  const b = bench()
  const first = await b.taken('a')
  expect(first.adopted).toBeUndefined()
  await first.conclude({ ...outcome(first.fence), adopted: 'x' })
  const second = await b.taken('a', 'op-2')
  expect(second.adopted).toBe('x')
  await second.release()
  expect((await b.taken('b', 'op-3')).adopted).toBe('x')
})

test('an outcome and the release are one write, which another worker finds', async () => {
  const b = bench()
  const lease = await b.taken('a')
  await lease.conclude(outcome(lease.fence))
  expect(await written(b)).toEqual({
    operationId: 'op-1',
    generation: 1,
    fence: 1,
    outcome: outcome(1),
  })
  expect(await b.take('b')).toBe('concluded')
  await lease.release()
  await b.clock.advance(2 * durationMs)
  expect(await written(b)).toMatchObject({ outcome: outcome(1) })
})

test('the outcome of one operation goes when the next is begun', async () => {
  const b = bench()
  const lease = await b.taken('a')
  await lease.conclude(outcome(lease.fence))
  await b.taken('b', 'op-2')
  expect(await written(b)).not.toHaveProperty('outcome')
  expect(await written(b)).toMatchObject({ operationId: 'op-2', fence: 2 })
})

test.each<[string, Partial<OperationOutcome> | string]>([
  ['of another number', { fence: 7 }],
  ['of another tenant', { uid: 'v' }],
  ['that is no outcome', '{"result":'],
])('an outcome %s keeps no worker from the work', async (_, forged) => {
  const b = bench()
  const lease = await b.taken('a')
  await lease.release()
  const text = typeof forged === 'string' ? forged : JSON.stringify({ ...outcome(1), ...forged })
  const annotations = { 'cratekube.io/outcome': text }
  const ref = { name: leaseName('u'), namespace: 'ops' }
  await b.kube.patch(core.lease, ref, { metadata: { annotations } }, { type: 'merge' })
  expect(await b.take('b')).toMatchObject({ fence: 2 })
})

test('an outcome whose answer was lost is written once', async () => {
  const b = bench()
  const lease = await b.taken('a')
  b.server.faults.add({ when: method('PATCH', 'leases'), times: 1, reset: 'after' })
  await lease.conclude(outcome(1)).catch(() => lease.conclude(outcome(1)))
  expect(await written(b)).toEqual({
    operationId: 'op-1',
    generation: 1,
    fence: 1,
    outcome: outcome(1),
  })
  expect(lease.lost.aborted).toBe(false)
})

test('an outcome of a worker that is out of date is not written', async () => {
  const b = bench()
  const lease = await b.taken('a')
  b.killHolder()
  const another = b.newWorker('b')
  await another()
  await b.clock.advance(durationMs)
  b.server.faults.clear()
  expect(await another()).toMatchObject({ fence: 2 })
  await expect(lease.conclude(outcome(1))).rejects.toMatchObject({ name: 'LeaseLost' })
  expect(await written(b)).not.toHaveProperty('outcome')
})

test('an outcome as long as AWS likes fits on it', async () => {
  const b = bench()
  const lease = await b.taken('a')
  const remaining = Array.from({ length: 500 }, (_, i) => ({ type: 'x', id: `${i}`, reason: 'é'.repeat(9_000) })) // prettier-ignore
  const fault = { code: 'X', message: '\u{1f6a2}'.repeat(200_000), retryable: true }
  await lease.conclude({ ...outcome(1), fault, remaining })
  const text = (await b.kube.get(core.lease, leaseName('u'), 'ops'))?.metadata.annotations
  expect(Buffer.byteLength(JSON.stringify(text))).toBeLessThan(256 * 1024)
  const { outcome: kept } = (await written(b)) ?? {}
  expect(kept).toMatchObject({ result: 'Failed', fault: { code: 'X' } })
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
  expect(await b.take('b')).toBe('held')
  expect(lostAt).toBeLessThan(durationMs)
})

test('an answer that was lost takes nothing away', async () => {
  const b = bench()
  const lease = await b.taken('a')
  b.server.faults.add({ when: method('PATCH', 'leases'), times: 1, reset: 'after' })
  await b.clock.advance(2 * durationMs)
  expect(lease.lost.aborted).toBe(false)
  expect(await b.take('b')).toBe('held')
})

test.each([8_000, 17_000])(
  'lasts from the time that was sent, though the answer took %d ms',
  async (delayMs) => {
    const b = bench()
    const isWrite = method('PATCH', 'leases')
    await (await b.taken('z')).release()
    b.server.faults.add({ when: isWrite, times: 1, delayMs })
    b.server.faults.add({ when: isWrite, times: 1_000, hang: true })
    const taking = b.taken('a')
    await b.clock.advance(durationMs - 1)
    expect((await taking).lost.aborted).toBe(true)
  },
)

test('is renewed every five seconds, and says that it is good for twenty', async () => {
  const b = bench()
  await b.taken('a')
  b.server.takeRequests()
  await b.clock.advance(14_999)
  expect(b.server.takeRequests()).toHaveLength(2)
  await b.clock.advance(1)
  expect(b.server.takeRequests()).toHaveLength(1)
  const lease = await b.kube.get(core.lease, leaseName('u'), 'ops')
  expect(lease?.spec.leaseDurationSeconds).toBe(20)
  expect(lease?.metadata.labels).toEqual(leaseLabels)
})

test('is another holder’s each time that the same worker takes it', async () => {
  const b = bench()
  const holders: (string | undefined)[] = []
  for (const operation of ['op-1', 'op-2']) {
    const lease = await b.taken('a', operation)
    holders.push((await written(b))?.holder)
    await lease.release()
  }
  expect(holders).toEqual([expect.stringMatching(/^a-.+/), expect.stringMatching(/^a-.+/)])
  expect(new Set(holders).size).toBe(2)
})
