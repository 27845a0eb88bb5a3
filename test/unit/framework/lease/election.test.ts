// Who becomes the leader, and when exactly.
import { expect, test } from 'vitest'
import { core, type LeaderElection } from '../../../../operator/framework/index.ts'
import { elected } from '../../../../operator/framework/lease/election.ts'
import {
  FakeApiServer,
  testLog,
  VirtualClock,
} from '../../../../operator/framework/testing/index.ts'

const ref = { namespace: 'shop', name: 'till' }

function bench(random = 0) {
  const clock = new VirtualClock()
  const server = new FakeApiServer({ clock })
  const kube = server.kube()
  const { log, lines } = testLog()
  const stop = new AbortController()
  const renewals: string[] = []
  const began = clock.now()
  const elect = (o: Partial<LeaderElection> = {}) => {
    const state: { at?: number; error?: unknown } = {}
    const onRenewal = (result: string) => renewals.push(`${result} ${clock.now() - began}`)
    const all = { kube, clock, log, ...ref, identity: 'me', random: () => random, onRenewal, ...o }
    const lease = elected(all, stop.signal)
    lease.then(
      () => (state.at = clock.now() - began),
      (error: unknown) => (state.error = error),
    )
    return { state, lease }
  }
  const held = (spec: object) => kube.create(core.lease, { metadata: ref, spec })
  const spec = async () => (await kube.get(core.lease, ref.name, ref.namespace))?.spec
  return { clock, server, lines, stop, renewals, elect, held, spec }
}

test.each([
  ['there is none', undefined, 0],
  ['nobody has it', {}, 0],
  ['it was let go', { holderIdentity: '', leaseDurationSeconds: 1 }, 0],
  ['it is its own from before a restart', { holderIdentity: 'me', leaseDurationSeconds: 15 }, 0],
  ['another stands still for its own duration', { holderIdentity: 'you' }, 15_000],
  ['another stands still for as long as that one said', { holderIdentity: 'you', leaseDurationSeconds: 20 }, 20_000], // prettier-ignore
  ['another said less than what is agreed', { holderIdentity: 'you', leaseDurationSeconds: 3 }, 15_000], // prettier-ignore
])('leads when %s', async (_, spec, at) => {
  const b = bench()
  if (spec) await b.held(spec)
  const { state } = b.elect({ retryMs: 1_250 }) // asks every second
  await b.clock.advance(at - 1)
  expect(state.at).toBe(at === 0 ? 0 : undefined)
  await b.clock.advance(1)
  expect(state.at).toBe(at)
  expect(await b.spec()).toMatchObject({ holderIdentity: 'me', leaseDurationSeconds: 15 })
})

test.each([
  [0, 1_600],
  [0.5, 1_800],
  [1, 2_000],
])('asks again after a time between (%d: %d ms)', async (random, everyMs) => {
  const b = bench(random)
  await b.held({ holderIdentity: 'you' })
  b.server.takeRequests()
  b.elect()
  await b.clock.settle()
  for (let asked = 1; asked <= 3; asked += 1) {
    expect(b.server.takeRequests()).toHaveLength(1)
    await b.clock.advance(everyMs - 1)
    expect(b.server.takeRequests()).toEqual([])
    await b.clock.advance(1)
  }
})

test('renews every two seconds and stops after ten, if nothing else is said', async () => {
  const b = bench()
  const { lease } = b.elect()
  await b.clock.advance(4_500)
  expect(b.renewals).toEqual(['ok 2000', 'ok 4000'])
  let lostAt = 0
  ;(await lease).lost.addEventListener('abort', () => (lostAt = b.clock.now()))
  const renewedAt = b.clock.now() - 500
  b.server.faults.add({ when: () => true, times: 1_000, answer: 500 })
  await b.clock.advance(20_000)
  expect(lostAt - renewedAt).toBe(10_000)
})

test('keeps to the times that it is given', async () => {
  const b = bench()
  const { lease } = b.elect({ leaseMs: 30_000, renewMs: 20_000, retryMs: 5_000 })
  await b.clock.advance(11_000)
  expect(b.renewals).toEqual(['ok 5000', 'ok 10000'])
  expect(await b.spec()).toMatchObject({ leaseDurationSeconds: 30 })
  const { lost } = await lease
  b.server.faults.add({ when: () => true, times: 1_000, answer: 500 })
  await b.clock.advance(18_999)
  expect(lost.aborted).toBe(false)
  await b.clock.advance(1)
  expect(lost.aborted).toBe(true)
})

test('lets go in the words of Kubernetes’ own components', async () => {
  const b = bench()
  const { lease } = b.elect()
  await b.clock.settle()
  await (await lease).release()
  expect(await b.spec()).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1 })
})

test('an API server that fails is asked again, and that is told', async () => {
  const b = bench()
  b.server.faults.add({ when: () => true, times: 2, answer: 403 })
  const { state } = b.elect()
  await b.clock.advance(10_000)
  expect(state.at).toBe(3_200)
  expect(b.lines.map(({ msg }) => msg)).toEqual(
    Array.from({ length: 2 }, () => 'lease not acquired; trying again'),
  )
})

test.each([
  ['waits', 0],
  ['asks', 1_600],
])('who %s is told to stop, and that is nothing to tell', async (_, hangAt) => {
  const b = bench()
  await b.held({ holderIdentity: 'you' })
  const { state } = b.elect()
  await b.clock.advance(hangAt && hangAt - 1)
  if (hangAt) b.server.faults.add({ when: () => true, times: 1, hang: true })
  await b.clock.advance(1)
  b.stop.abort(new Error('enough'))
  await b.clock.advance(10_000)
  expect(state.error).toBe(b.stop.signal.reason)
  expect(b.lines).toEqual([])
})
