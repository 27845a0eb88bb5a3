// Events are aggregated, limited, and never in the way.
import { expect, test } from 'vitest'
import { eventRecorder } from '../../../../operator/framework/context/event-recorder.ts'
import { core } from '../../../../operator/framework/index.ts'
import { testLog } from '../../../../operator/framework/testing/index.ts'
import { harness, widgets } from '../harness.ts'

async function recording() {
  const h = harness()
  const { log, lines } = testLog()
  const events = eventRecorder({
    kube: h.user,
    clock: h.clock,
    log,
    controller: 'w',
    instance: 'w-1',
  })
  const obj = await h.create('a')
  const say = async (note: string) => {
    events.record({ kind: widgets, obj }, { type: 'Warning', reason: 'Odd', note })
    await events.flush()
  }
  return { h, say, lines, list: async () => (await h.user.list(core.event)).items }
}

test('an event says what about which object', async () => {
  const { say, list } = await recording()
  await say('it squeaks')
  expect(await list()).toEqual([
    expect.objectContaining({
      type: 'Warning',
      reason: 'Odd',
      note: 'it squeaks',
      reportingController: 'w',
      reportingInstance: 'w-1',
      eventTime: expect.stringMatching(/\.\d{6}Z$/),
      regarding: expect.objectContaining({ kind: 'Widget', name: 'a', namespace: 'shop' }),
    }),
  ])
})

test('the same again becomes a series with few writes', async () => {
  const { h, say, list } = await recording()
  h.server.takeRequests()
  for (let second = 0; second < 60; second += 1) {
    await say('it squeaks')
    await h.clock.advance(1_000)
  }
  expect(h.server.takeRequests().length).toBeLessThanOrEqual(3)
  const [event, ...others] = await list()
  expect(others).toEqual([])
  expect(event?.series?.count).toBeGreaterThan(30)
})

test('an object that talks too much is cut short', async () => {
  const { h, say, list } = await recording()
  for (let n = 0; n < 100; n += 1) await say(`squeak ${n}`)
  expect(await list()).toHaveLength(25)
  await h.clock.advance(120_000)
  await say('later')
  expect(await list()).toHaveLength(26)
})

test('an event that cannot be written is logged and forgotten', async () => {
  const { h, say, lines } = await recording()
  h.server.faults.add({ answer: 403 })
  await say('it squeaks')
  expect(lines.map(({ msg }) => msg)).toEqual(['event not written'])
})
