// What the manager keeps of a TenantCluster goes with it, however it goes.
import { describe, expect, test } from 'vitest'
import { finalizer } from '../../../../../operator/controllers/tenant-cluster/index.ts'
import { tenantKind } from '../../../../../operator/jobs/queue/tenant-kind.ts'
import { ref, stage, succeeded } from '../stage.ts'
import { providers } from '../../../../support/provider/providers.ts'

describe.each(providers)('on the provider $name', (provider) => {
  async function readyStage() {
    const s = await stage(() => succeeded, { provider })
    await s.apply()
    await s.untilReady()
    expect(s.connected.size).toBe(1)
    return s
  }

  test('a kubeconfig that was renewed leaves no connection of the old one', async () => {
    const s = await readyStage()
    await s.clock.advance(3_600_000)
    expect(s.connected.size).toBe(1)
    await s.end()
    expect(s.connected.size).toBe(0)
  })

  test('deleted, it keeps no connection', async () => {
    const s = await readyStage()
    await s.user.delete(tenantKind, ref)
    await s.clock.until(async () => !(await s.user.get(tenantKind, ref.name, ref.namespace)))
    await s.clock.settle()
    expect(s.connected.size).toBe(0)
    await s.end()
  })

  test('released by force, it keeps none either', async () => {
    const s = await readyStage()
    const annotations = { [`${finalizer}.force-release`]: 'true' }
    await s.user.patch(tenantKind, ref, { metadata: { annotations } }, { type: 'merge' })
    await s.user.delete(tenantKind, ref)
    await s.clock.settle()
    expect(await s.user.get(tenantKind, ref.name, ref.namespace)).toBeUndefined()
    expect(s.connected.size).toBe(0)
    await s.end()
  })
})
