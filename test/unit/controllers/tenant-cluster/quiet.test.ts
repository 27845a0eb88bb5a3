// Nothing turns in circles: what an hour costs in requests, in which nothing happens or everything fails.
import { describe, expect, test } from 'vitest'
import { requestsInAnHour, stage, succeeded } from './stage.ts'
import { providers } from '../../../support/provider/providers.ts'

describe.each(providers)('on the provider $name', (provider) => {
  const failing = (code: string, retryable: boolean) => () => ({
    result: 'Failed' as const,
    fault: { code, message: 'no', retryable },
  })
  const matching = (requests: string[], pattern: RegExp) =>
    requests.filter((line) => pattern.test(line))
  const statusWrite = /^PATCH .*tenantclusters\/a\/status$/

  test('an idle Ready tenant is measured once a minute and written when its kubeconfig is renewed', async () => {
    const s = await stage(() => succeeded, { provider })
    await s.apply()
    await s.untilReady()
    const { management, tenant } = await requestsInAnHour(s)
    expect(matching(management, statusWrite).length).toBeLessThan(12)
    expect(management.length).toBeLessThan(120)
    expect(tenant.length).toBeLessThan(180)
    expect(s.operations).toHaveLength(1)
    await s.end()
  })

  test('a tenant whose every attempt fails comes to one attempt in five minutes', async () => {
    const s = await stage(failing('AWS.Throttled', true), { provider })
    await s.apply()
    await requestsInAnHour(s)
    const before = s.operations.length
    const { management, tenant } = await requestsInAnHour(s)
    expect(s.operations.length - before).toBeLessThanOrEqual(12)
    expect(s.operations.length - before).toBeGreaterThanOrEqual(10)
    expect(management.length).toBeLessThan(150)
    expect(tenant).toEqual([])
    await s.end()
  })

  test('a tenant that waits for a person costs nothing but the watches', async () => {
    const s = await stage(failing('InvalidSpec', false), { provider })
    await s.apply()
    await s.clock.until(async () => (await s.condition('Stalled'))?.status === 'True')
    const { management, tenant } = await requestsInAnHour(s)
    expect(matching(management, /^(?!WATCH)/)).toEqual([])
    expect(management.length).toBeLessThan(24) // two watches
    expect(tenant).toEqual([])
    expect(s.operations).toHaveLength(1)
    await s.end()
  })

  test('a tenant whose API server is gone is asked every ten seconds, and its status says so once', async () => {
    const s = await stage(() => succeeded, { provider })
    await s.apply()
    await s.untilReady()
    s.tenant.faults.add({ reset: 'before', times: Infinity })
    await s.clock.until(async () => (await s.condition('Ready'))?.status === 'False')
    const { management } = await requestsInAnHour(s)
    expect(matching(management, statusWrite).length).toBeLessThan(12)
    expect(management.length).toBeLessThan(450)
    expect(s.operations).toHaveLength(1)
    await s.end()
  })
})
