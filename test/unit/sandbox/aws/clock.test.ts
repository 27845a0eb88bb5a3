import { expect, test } from 'vitest'
import { ClockStopped, virtualClock } from '../../../sandbox/aws/clock.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('stands still at speed 0 until it is advanced', async () => {
  const clock = virtualClock(0)
  const woken: string[] = []
  clock.after(60_000, () => woken.push('minute'))
  clock.after(600_000, () => woken.push('ten minutes'))
  await turn()
  expect(woken).toEqual([])
  clock.advance(60_000)
  await turn()
  await turn()
  expect(woken).toEqual(['minute'])
  expect(clock.now()).toBe(60_000)
  clock.stop()
})

test('waits for nothing at infinite speed', async () => {
  const clock = virtualClock(Number.POSITIVE_INFINITY)
  await clock.sleep(3_600_000)
  clock.stop()
})

test('compresses time by its speed', async () => {
  const clock = virtualClock(60_000)
  const startedAt = performance.now()
  await clock.sleep(600_000)
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(9)
  expect(clock.now()).toBeGreaterThanOrEqual(600_000)
  clock.stop()
})

test('wakes its sleepers with an error when it is stopped', async () => {
  const clock = virtualClock(1)
  const sleeping = clock.sleep(60_000)
  clock.stop()
  await expect(sleeping).rejects.toBeInstanceOf(ClockStopped)
  await expect(clock.sleep(1)).rejects.toBeInstanceOf(ClockStopped)
})
