// How long a Lease stands still, as who looks has seen it.
import { expect, test } from 'vitest'
import { core, leaseSightings, type LeaseObject } from '../../../../operator/framework/index.ts'
import { sightings } from '../../../../operator/framework/lease/lease-sightings.ts'
import { VirtualClock } from '../../../../operator/framework/testing/index.ts'
import { harness } from '../harness.ts'

const lease = (resourceVersion: string, namespace = 'a') => ({
  metadata: { name: 'x', namespace, resourceVersion, uid: 'u', creationTimestamp: '' },
})

test('a version stands still since it was seen first', () => {
  const clock = new VirtualClock()
  const seen = sightings(clock)
  expect(seen.stillForMs(lease('1'))).toBe(0)
  clock.skip(3_000)
  expect(seen.stillForMs(lease('1'))).toBe(3_000)
  clock.skip(2_000)
  expect(seen.stillForMs(lease('1'))).toBe(5_000)
  expect(seen.stillForMs(lease('2'))).toBe(0)
  clock.skip(1_000)
  expect(seen.stillForMs(lease('2'))).toBe(1_000)
})

test('a name in two namespaces is two Leases', () => {
  const clock = new VirtualClock()
  const seen = sightings(clock)
  seen.stillForMs(lease('1', 'a'))
  clock.skip(1_000)
  expect(seen.stillForMs(lease('1', 'b'))).toBe(0)
  expect(seen.stillForMs(lease('1', 'a'))).toBe(1_000)
})

test('one that is forgotten is new again', () => {
  const clock = new VirtualClock()
  const seen = sightings(clock)
  seen.stillForMs(lease('1'))
  clock.skip(1_000)
  seen.forget(lease('1'))
  expect(seen.stillForMs(lease('1'))).toBe(0)
})

const watching = () => {
  const h = harness()
  const { op, ended } = h.start(() => undefined)
  const seen = leaseSightings(op.cache(core.lease), h.clock)
  const ref = { name: 'x', namespace: 'shop' }
  const read = async () => (await h.user.get(core.lease, 'x', 'shop')) as LeaseObject
  const create = (spec: object) => h.user.create(core.lease, { metadata: ref, spec })
  return { h, ended, seen, ref, read, create }
}

test('what a watch brings is seen when it comes, and what goes is forgotten', async () => {
  const { h, ended, seen, ref, read, create } = watching()
  await create({ holderIdentity: 'you' })
  await h.clock.advance(5_000)
  const old = await read()
  expect(seen.stillForMs(old)).toBe(5_000)
  await h.user.delete(core.lease, ref)
  await h.clock.settle()
  expect(seen.stillForMs(old)).toBe(0)
  await h.shutDown(ended)
})

test.each([
  ['until its duration is over', { holderIdentity: 'you', leaseDurationSeconds: 7 }, [true, true, false]], // prettier-ignore
  ['by nobody', { leaseDurationSeconds: 7 }, [false, false, false]],
  ['by nobody who let go', { holderIdentity: '', leaseDurationSeconds: 7 }, [false, false, false]],
  ['for no time', { holderIdentity: 'you' }, [false, false, false]],
])('is held %s', async (_, spec, held) => {
  const { h, ended, seen, read, create } = watching()
  await create(spec)
  const lease = await read()
  const is = [seen.isHeld(lease)]
  await h.clock.advance(6_999)
  is.push(seen.isHeld(lease))
  await h.clock.advance(1)
  is.push(seen.isHeld(lease))
  expect(is).toEqual(held)
  await h.shutDown(ended)
})

test('one that nobody held was seen all the same', async () => {
  const { h, ended, seen, read, create } = watching()
  await create({ leaseDurationSeconds: 7 })
  const free = await read()
  const spec = { holderIdentity: 'you', leaseDurationSeconds: 7 }
  expect(seen.isHeld(free)).toBe(false)
  await h.clock.advance(8_000)
  expect(seen.isHeld({ ...free, spec })).toBe(false)
  await h.shutDown(ended)
})
