// A tenant's API server that does not answer: a hiccup for 50 seconds, a fault afterwards, and never a reason to act.
import { describe, expect, test } from 'vitest'
import { stage, succeeded, type Stage } from './stage.ts'
import { providers } from '../../../support/provider/providers.ts'

describe.each(providers)('on the provider $name', (provider) => {
  const silence = ({ tenant }: Stage) => tenant.faults.add({ reset: 'before', times: Infinity })

  async function readyAndSilent() {
    const s = await stage(() => succeeded, { provider })
    await s.apply()
    await s.untilReady()
    silence(s)
    await s.clock.until(async () => (await s.condition('APIReachable'))?.status === 'Unknown')
    return s
  }

  test('stays Ready for 50 seconds of silence, and says that nothing was heard', async () => {
    const s = await readyAndSilent()
    await s.clock.advance(45_000)
    expect(await s.condition('APIReachable')).toMatchObject({ status: 'Unknown' })
    expect(await s.condition('Ready')).toMatchObject({
      status: 'True',
      message: expect.stringMatching(
        /^not measured for \d+ s: .*does not answer \(ECONNRESET\); is asked again every 10 s$/,
      ),
    })
    expect(await s.condition('NodesReady')).toMatchObject({ status: 'True' })
    s.tenant.faults.clear()
    await s.clock.advance(20_000)
    expect(await s.condition('APIReachable')).toMatchObject({ status: 'True' })
    expect((await s.condition('Ready'))?.message).not.toContain('not measured')
    await s.end()
  })

  test('is not Ready after 50 seconds, calls nothing else broken, and begins no operation', async () => {
    const s = await readyAndSilent()
    await s.clock.advance(75_000)
    expect(await s.condition('APIReachable')).toMatchObject({
      status: 'False',
      reason: 'APIUnreachable',
    })
    expect(await s.condition('Ready')).toMatchObject({ status: 'False', reason: 'APIUnreachable' })
    for (const type of ['ControlPlaneReady', 'NodesReady', 'AutofsReady', 'AddonsReady'])
      expect(await s.condition(type), type).toMatchObject({ status: 'Unknown' })
    expect(await s.condition('InfrastructureReady')).toMatchObject({ status: 'True' })
    await s.clock.advance(3_600_000)
    expect(s.operations).toHaveLength(1)
    s.tenant.faults.clear()
    await s.untilReady()
    expect(await s.condition('NodesReady')).toMatchObject({ status: 'True' })
    expect(s.operations).toHaveLength(1)
    await s.end()
  })
})
