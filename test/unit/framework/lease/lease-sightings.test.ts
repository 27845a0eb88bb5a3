// Whether a Lease is renewed, by the clock of who looks.
import { expect, test } from 'vitest'
import type { Cache, Change } from '../../../../operator/framework/cache/cache.ts'
import type { KubeObject } from '../../../../operator/framework/kube/objects.ts'
import { leaseSightings } from '../../../../operator/framework/lease/lease-sightings.ts'
import { VirtualClock } from '../../../../operator/framework/testing/index.ts'

/** Of the cache only its changes are listened to. */
function looking() {
  const clock = new VirtualClock()
  let tell: (change: Change<KubeObject>) => void = () => undefined
  const cache = { onChange: (listener: typeof tell) => (tell = listener) } as unknown as Cache
  const sightings = leaseSightings(cache, clock)
  return { clock, sightings, tell: (change: Change<KubeObject>) => tell(change) }
}
const lease = (resourceVersion: string, spec: object = {}, name = 'a') => ({
  metadata: { name, resourceVersion, uid: name } as KubeObject['metadata'],
  spec: { holderIdentity: 'me', leaseDurationSeconds: 30, ...spec },
})

test('a version stands still from when it was seen first', async () => {
  const { clock, sightings } = looking()
  await clock.advance(50_000)
  expect(sightings.stillForMs(lease('1'))).toBe(0)
  await clock.advance(7_000)
  expect(sightings.stillForMs(lease('1'))).toBe(7_000)
  await clock.advance(1_000)
  expect(sightings.stillForMs(lease('1'))).toBe(8_000)
})

test('another version is new, whichever it is, and each Lease has its own', async () => {
  const { clock, sightings } = looking()
  sightings.stillForMs(lease('5'))
  await clock.advance(7_000)
  expect(sightings.stillForMs(lease('4'))).toBe(0)
  expect(sightings.stillForMs(lease('4', {}, 'b'))).toBe(0)
})

test.each(['added', 'changed'] as const)('what the cache tells was seen: %s', async (type) => {
  const { clock, sightings, tell } = looking()
  tell({ type, obj: lease('1') } as unknown as Change<KubeObject>)
  await clock.advance(7_000)
  expect(sightings.stillForMs(lease('1'))).toBe(7_000)
})

test('one that was deleted is forgotten', async () => {
  const { clock, sightings, tell } = looking()
  sightings.stillForMs(lease('1'))
  await clock.advance(7_000)
  tell({ type: 'deleted', obj: lease('1') } as unknown as Change<KubeObject>)
  expect(sightings.stillForMs(lease('1'))).toBe(0)
})

test.each([
  [29_999, {}, true],
  [30_000, {}, false],
  [0, { holderIdentity: undefined }, false],
  [0, { holderIdentity: '' }, false],
  [0, { leaseDurationSeconds: undefined }, false],
])('%i ms after it was seen, %j: held %s', async (ms, spec, held) => {
  const { clock, sightings } = looking()
  sightings.isHeld(lease('1', spec))
  await clock.advance(ms)
  expect(sightings.isHeld(lease('1', spec))).toBe(held)
})

test('one that nobody held was seen all the same', async () => {
  const { clock, sightings } = looking()
  sightings.isHeld(lease('1', { holderIdentity: undefined }))
  await clock.advance(31_000)
  expect(sightings.isHeld(lease('1'))).toBe(false)
})
