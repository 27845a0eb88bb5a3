import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Fault } from '../../../../operator/api/faults/fault.ts'
import { imageWatch } from '../../../../operator/jobs/worker/image-watch.ts'
import { VirtualClock, testLog } from '../../../../operator/framework/testing/index.ts'

test('a worker waits until its image has what it lacks, and says meanwhile what that is', async () => {
  const clock = new VirtualClock()
  let lacking: Fault | undefined = { code: 'PluginMissing', message: 'No aws.', retryable: true }
  const { log, lines } = testLog()
  const watch = imageWatch({ look: async () => lacking, log, clock })
  let complete = false
  const waiting = watch.complete().then(() => (complete = true))
  await setImmediate()
  await clock.advance(60_000)
  expect(complete).toBe(false)
  expect(watch.checks()).toEqual([{ name: 'image', ok: false, detail: 'PluginMissing: No aws.' }])
  expect(lines).toMatchObject([{ msg: 'no operations are taken', fault: lacking }])
  lacking = undefined
  await clock.advance(5_000)
  await waiting
  expect(watch.checks()).toMatchObject([{ name: 'image', ok: true }])
})
