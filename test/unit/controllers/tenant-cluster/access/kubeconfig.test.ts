// What the Secret of the kubeconfig costs: one read a look, and one write when it is not as it should be.
import { describe, expect, test } from 'vitest'
import { core } from '../../../../../operator/framework/index.ts'
import { ref, stage, succeeded, type Stage } from '../stage.ts'
import { providers } from '../../../../support/provider/providers.ts'

describe.each(providers)('on the provider $name', (provider) => {
  const key = { namespace: ref.namespace, name: `${ref.name}-kubeconfig` }
  const ofSecrets = (requests: string[], verb: string) =>
    requests.filter((line) => line.startsWith(`${verb} `) && line.includes('/secrets'))

  async function readyStage() {
    const s = await stage(() => succeeded, { provider })
    await s.apply()
    await s.untilReady()
    s.management.takeRequests()
    return s
  }

  const valueOf = async ({ user }: Stage) =>
    (await user.get(core.secret, key.name, key.namespace))?.data?.['value']

  test('is looked at once a look, and written when its token is renewed', async () => {
    const s = await readyStage()
    await s.clock.advance(3_600_000)
    const requests = s.management.takeRequests()
    const renewals = ofSecrets(requests, 'PATCH').length
    expect(renewals).toBeGreaterThanOrEqual(7)
    expect(renewals).toBeLessThanOrEqual(9)
    // A renewal reads the credentials besides.
    expect(ofSecrets(requests, 'GET').length).toBeLessThanOrEqual(75 + renewals)
    await s.end()
  })

  test('is not fought over: one write a look, whoever changes it however often', async () => {
    const s = await readyStage()
    const changes = 360
    for (let i = 0; i < changes; i++) {
      const data = { value: Buffer.from(`mine ${i}`).toString('base64') }
      await s.user.patch(core.secret, key, { data }, { type: 'merge' })
      await s.clock.advance(10_000)
    }
    const requests = s.management.takeRequests()
    const ours = ofSecrets(requests, 'PATCH').length - changes
    expect(ours).toBeGreaterThan(40)
    expect(ours).toBeLessThan(75)
    expect(requests.filter((line) => /^(POST|PATCH) .*\/events/.test(line)).length).toBeLessThan(90)
    expect(await s.condition('Ready')).toMatchObject({ status: 'True' })
    expect(s.operations).toHaveLength(1)
    await s.end()
  })

  test('its renewals are no changes by somebody else', async () => {
    const s = await readyStage()
    const before = await valueOf(s)
    await s.clock.advance(3_600_000)
    expect(await valueOf(s)).not.toBe(before)
    const events = await s.user.list(core.event, { namespace: ref.namespace })
    expect(events.items.map(({ reason }) => reason)).not.toContain('KubeconfigChanged')
    await s.end()
  })

  test('a refused token is replaced at the next look', async () => {
    const s = await readyStage()
    const before = await valueOf(s)
    s.tenant.faults.add({ answer: 401, times: 4 })
    await s.clock.advance(180_000)
    expect(await valueOf(s)).not.toBe(before)
    expect(await s.condition('Ready')).toMatchObject({ status: 'True' })
    expect(s.connected.size).toBe(1)
    await s.end()
  })
})
