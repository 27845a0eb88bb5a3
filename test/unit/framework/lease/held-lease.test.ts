// One Lease as its holder has it: what is written when, when it is given up, and what an answer that was lost comes to.
import { expect, test } from 'vitest'
import {
  core,
  holdLease,
  LeaseLost,
  type HeldLease,
  type LeaseObject,
  type LeaseOptions,
} from '../../../../operator/framework/index.ts'
import {
  FakeApiServer,
  method,
  testLog,
  VirtualClock,
} from '../../../../operator/framework/testing/index.ts'

const ref = { namespace: 'shop', name: 'till' }
const writes = method('PATCH', 'leases')

function bench() {
  const clock = new VirtualClock()
  const server = new FakeApiServer({ clock })
  const kube = server.kube()
  const { log, lines } = testLog()
  const renewals: string[] = []
  const begunAt = clock.now()
  const read = async () => (await kube.get(core.lease, ref.name, ref.namespace)) as LeaseObject
  const hold = (old?: LeaseObject, o: Partial<LeaseOptions> = {}) =>
    holdLease(old, {
      kube,
      clock,
      log,
      ...ref,
      identity: 'me',
      durationMs: 12_500,
      giveUpMs: 10_000,
      renewMs: 4_000,
      onRenewal: (result) => renewals.push(`${result} ${clock.now() - begunAt}`),
      ...o,
    })
  const held = async (old?: LeaseObject, o: Partial<LeaseOptions> = {}): Promise<HeldLease> => {
    const lease = await hold(old, o)
    if (!lease) throw new Error('somebody was faster')
    return lease
  }
  const lostAt = (lease: HeldLease) => {
    let at: number | undefined
    lease.lost.addEventListener('abort', () => (at = clock.now() - begunAt))
    return () => at
  }
  /** Somebody else writes it. */
  const write = (patch: object) => server.kube().patch(core.lease, ref, patch, { type: 'merge' })
  /** Methods only. */
  const requests = () => server.takeRequests().map((line) => line.split(' ')[0])
  /** The next renewal: its answer is a conflict, and what that is about cannot be read. */
  const failsAfter = async (delayMs: number) => {
    await write({ metadata: { annotations: { note: 'theirs' } } })
    server.faults.add({ when: writes, times: 1, delayMs })
    server.faults.add({ when: method('GET', 'leases'), times: 1, answer: 403 })
  }
  const away = (fault: { answer: number } | { hang: true }) =>
    server.faults.add({ when: ({ path }) => path.includes('/leases'), times: 1_000, ...fault })
  return {
    clock,
    server,
    kube,
    lines,
    renewals,
    read,
    hold,
    held,
    lostAt,
    write,
    requests,
    failsAfter,
    away,
  }
}

const begun = '2026-01-01T00:00:00.000000Z'

test('is made with what it says of its holder, in one write', async () => {
  const b = bench()
  const annotations = { kept: 'yes', gone: null }
  const lease = await b.held(undefined, { labels: { of: 'shop' }, annotations })
  expect(b.requests()).toEqual(['POST'])
  expect(lease.fence).toBe(0)
  const { metadata, spec } = await b.read()
  expect(spec).toEqual({
    holderIdentity: 'me',
    leaseDurationSeconds: 13,
    acquireTime: begun,
    renewTime: begun,
    leaseTransitions: 0,
  })
  expect(metadata).toMatchObject({ labels: { of: 'shop' }, annotations: { kept: 'yes' } })
  expect(metadata.annotations).not.toHaveProperty('gone')
})

test('the first holder has the number that is asked for, and the next one more', async () => {
  const b = bench()
  const first = await b.held(undefined, { firstFence: 7 })
  expect(first.fence).toBe(7)
  await first.release()
  expect((await b.held(await b.read(), { firstFence: 7 })).fence).toBe(8)
})

test.each([
  ['of another has one more', { holderIdentity: 'you', leaseTransitions: 4 }, 5],
  ['of nobody has one more', { leaseTransitions: 4 }, 5],
  ['without a number is the first', { holderIdentity: 'you' }, 1],
  ['of oneself, from before a restart, has the same', { holderIdentity: 'me', leaseTransitions: 4 }, 4], // prettier-ignore
])('one %s', async (_, spec, fence) => {
  const b = bench()
  const metadata = { ...ref, annotations: { theirs: 'x', gone: 'x' }, labels: { theirs: 'x' } }
  await b.kube.create(core.lease, { metadata, spec })
  const annotations = { gone: null, mine: 'y' }
  const lease = await b.held(await b.read(), { annotations, labels: { mine: 'y' } })
  const now = await b.read()
  expect([lease.fence, now.spec.leaseTransitions]).toEqual([fence, fence])
  expect(now.spec).toMatchObject({ holderIdentity: 'me', leaseDurationSeconds: 13 })
  expect(now.metadata.annotations).toEqual({ theirs: 'x', mine: 'y' })
  expect(now.metadata.labels).toEqual({ theirs: 'x', mine: 'y' })
})

test('of two that take what they have read one is faster, and of two that make it', async () => {
  const b = bench()
  expect(await b.hold()).toBeDefined()
  expect(await b.hold(undefined, { identity: 'you' })).toBeUndefined()
  const old = await b.read()
  expect(await b.hold(old, { identity: 'you' })).toBeDefined()
  expect(await b.hold(old, { identity: 'she' })).toBeUndefined()
})

test('what else happens to taking is an error', async () => {
  const b = bench()
  b.away({ answer: 500 })
  await expect(b.hold()).rejects.toMatchObject({ status: 500 })
})

test('is renewed every so often, and nothing but the time changes', async () => {
  const b = bench()
  const lease = await b.held()
  const before = await b.read()
  b.requests()
  await b.clock.advance(11_999)
  expect(b.renewals).toEqual(['ok 4000', 'ok 8000'])
  expect(b.requests()).toEqual(['PATCH', 'PATCH'])
  const { spec } = await b.read()
  expect(spec).toEqual({ ...before.spec, renewTime: '2026-01-01T00:00:08.000000Z' })
  await b.clock.advance(120_000)
  expect(lease.lost.aborted).toBe(false)
})

test.each([
  ['refuses', { answer: 500 }],
  ['does not answer', { hang: true }],
] as const)(
  'is given up when its time is over and no later, when the API server %s',
  async (_, fault) => {
    const b = bench()
    const lease = await b.held()
    const lostAt = b.lostAt(lease)
    await b.clock.advance(7_000)
    b.away(fault)
    await b.clock.advance(60_000)
    expect(lostAt()).toBe(14_000) // from the renewal at 4 s
    expect(lease.lost.reason).toBeInstanceOf(LeaseLost)
    expect(lease.lost.reason).toMatchObject({ message: 'lease shop/till: not renewed in time' })
    expect(b.renewals.at(-1)).toBe('failed 14000')
  },
)

test('the time runs from when a renewal was sent, however long its answer took', async () => {
  const b = bench()
  const lease = await b.held()
  const lostAt = b.lostAt(lease)
  b.server.faults.add({ when: writes, times: 1, delayMs: 3_000 })
  b.server.faults.add({ when: writes, times: 1_000, hang: true })
  await b.clock.advance(60_000)
  expect(lostAt()).toBe(14_000)
})

test('a renewal that fails late is followed by one before it is too late', async () => {
  const b = bench()
  const lease = await b.held()
  await b.failsAfter(5_500)
  await b.clock.advance(12_000)
  expect(b.renewals).toEqual(['failed 9500', 'ok 10000'])
  expect(lease.lost.aborted).toBe(false)
})

test('each renewal that fails is told, and one that comes through ends that', async () => {
  const b = bench()
  await b.held()
  b.server.faults.add({ when: writes, times: 2, answer: 500 })
  await b.clock.advance(16_000)
  expect(b.renewals).toEqual(['failed 4000', 'failed 8000', 'ok 10000', 'ok 14000'])
  const warnings = b.lines.filter(({ msg }) => msg === 'lease shop/till: not renewed, trying again')
  expect(warnings).toHaveLength(2)
})

test('one that was lost is not touched again', async () => {
  const b = bench()
  const lease = await b.held()
  await b.write({ spec: { holderIdentity: 'you' } })
  await b.clock.advance(4_000)
  expect(lease.lost.reason).toMatchObject({
    name: 'LeaseLost',
    message: 'lease shop/till: somebody else has it',
  })
  expect(b.renewals).toEqual(['failed 4000'])
  b.requests()
  await expect(lease.conclude({ end: 'good' })).rejects.toBe(lease.lost.reason)
  await lease.release()
  await b.clock.advance(60_000)
  expect(b.requests()).toEqual([])
  expect(b.clock.pending).toBe(0)
})

test('one that was deleted is lost', async () => {
  const b = bench()
  const lease = await b.held()
  await b.kube.delete(core.lease, ref)
  await b.clock.advance(4_000)
  expect(lease.lost.reason).toMatchObject({ message: 'lease shop/till: somebody else has it' })
})

test('what somebody else writes of it takes nothing away', async () => {
  const b = bench()
  const lease = await b.held()
  await b.write({ metadata: { annotations: { note: 'theirs' } } })
  await b.clock.advance(4_000)
  expect(b.renewals).toEqual(['ok 4000'])
  expect(lease.lost.aborted).toBe(false)
  const { metadata, spec } = await b.read()
  expect(metadata.annotations).toMatchObject({ note: 'theirs' })
  expect(spec.renewTime).toBe('2026-01-01T00:00:04.000000Z')
})

test('is concluded in one write with its release, and left alone after', async () => {
  const b = bench()
  const lease = await b.held()
  b.requests()
  await lease.conclude({ end: 'good' })
  await lease.release()
  await b.clock.advance(60_000)
  expect(b.requests()).toEqual(['PATCH'])
  const { metadata, spec } = await b.read()
  expect(metadata.annotations).toEqual({ end: 'good' })
  expect(spec).toEqual({ leaseDurationSeconds: 13, acquireTime: begun, leaseTransitions: 0 })
  expect(lease.lost.aborted).toBe(false)
  expect(b.clock.pending).toBe(0)
})

test('letting go leaves what is asked for', async () => {
  const b = bench()
  const lease = await b.held(undefined, { letGo: { holderIdentity: '', leaseDurationSeconds: 1 } })
  await lease.release()
  const { spec } = await b.read()
  expect(spec).toEqual({
    holderIdentity: '',
    leaseDurationSeconds: 1,
    acquireTime: begun,
    leaseTransitions: 0,
  })
})

test('a conclusion whose answer was lost is found, and not written again', async () => {
  const b = bench()
  const lease = await b.held()
  b.requests()
  b.server.faults.add({ when: writes, times: 1, reset: 'after' })
  await expect(lease.conclude({ end: 'good' })).rejects.toThrow()
  const { resourceVersion } = (await b.read()).metadata
  await lease.conclude({ end: 'good' })
  expect((await b.read()).metadata.resourceVersion).toBe(resourceVersion)
  expect(lease.lost.aborted).toBe(false)
  expect(b.clock.pending).toBe(0)
})

test('another conclusion than what stands there is none', async () => {
  const b = bench()
  const lease = await b.held()
  await b.write({ spec: { holderIdentity: 'you' }, metadata: { annotations: { a: '1', b: '2' } } })
  await expect(lease.conclude({ a: '1', b: '3' })).rejects.toBeInstanceOf(LeaseLost)
  expect(lease.lost.aborted).toBe(true)
})

test('what others wrote in between is no conclusion, even in the same words', async () => {
  const b = bench()
  const lease = await b.held()
  await b.write({ metadata: { annotations: { end: 'good' } } })
  await lease.conclude({ end: 'good' })
  expect((await b.read()).spec).not.toHaveProperty('holderIdentity')
})

test('one that cannot be concluded is held, and concluded later', async () => {
  const b = bench()
  const lease = await b.held()
  b.server.faults.add({ when: writes, times: 1, answer: 500 })
  await expect(lease.conclude({ end: 'good' })).rejects.toMatchObject({ status: 500 })
  await b.clock.advance(60_000)
  expect(b.renewals).toHaveLength(15)
  await lease.conclude({ end: 'good' })
  expect((await b.read()).metadata.annotations).toEqual({ end: 'good' })
})

test('a renewal waits for the conclusion that is under way, and is not sent then', async () => {
  const b = bench()
  const lease = await b.held()
  b.requests()
  b.server.faults.add({ when: writes, times: 1, delayMs: 5_000 })
  const concluded = lease.conclude({ end: 'good' })
  await b.clock.advance(60_000)
  await concluded
  expect(b.requests()).toEqual(['PATCH'])
  expect(b.clock.pending).toBe(0)
})

test('a release waits for the renewal that is under way, and is the last', async () => {
  const b = bench()
  const lease = await b.held()
  b.requests()
  b.server.faults.add({ when: writes, times: 1, delayMs: 3_000 })
  await b.clock.advance(5_000)
  const released = lease.release()
  await b.clock.advance(60_000)
  await released
  expect(b.requests()).toEqual(['PATCH', 'PATCH'])
  expect((await b.read()).spec).not.toHaveProperty('holderIdentity')
  expect(lease.lost.aborted).toBe(false)
  expect(b.clock.pending).toBe(0)
})

test('a renewal that fails while it is released is nothing to tell', async () => {
  const b = bench()
  const lease = await b.held()
  await b.failsAfter(3_000)
  await b.clock.advance(5_000)
  const released = lease.release()
  await b.clock.advance(60_000)
  await released
  expect([b.renewals, b.lines]).toEqual([[], []])
  expect((await b.read()).spec).not.toHaveProperty('holderIdentity')
})

test('is released once, and over what others wrote', async () => {
  const b = bench()
  const lease = await b.held()
  await b.write({ metadata: { annotations: { note: 'theirs' } } })
  b.requests()
  await lease.release()
  await lease.release()
  expect(b.requests()).toEqual(['PATCH', 'GET', 'PATCH'])
  expect((await b.read()).spec).not.toHaveProperty('holderIdentity')
})

test('a release that another was faster than takes nothing from it', async () => {
  const b = bench()
  const lease = await b.held()
  await b.write({ spec: { holderIdentity: 'you' } })
  await lease.release()
  expect((await b.read()).spec).toMatchObject({ holderIdentity: 'you' })
  expect([lease.lost.aborted, b.lines]).toEqual([false, []])
})

test('a release that fails is told, and is no error', async () => {
  const b = bench()
  const lease = await b.held()
  b.away({ answer: 500 })
  await lease.release()
  expect(b.lines.map(({ msg }) => msg)).toEqual([
    'lease shop/till: not released, it runs out by itself',
  ])
  await b.clock.advance(60_000)
  expect(b.clock.pending).toBe(0)
})

test('a release is given up when its time is over', async () => {
  const b = bench()
  const lease = await b.held()
  b.away({ hang: true })
  const released = lease.release()
  await b.clock.advance(10_000)
  await released
})
