// kill -9 in the middle of a version upgrade: of the runner while EKS moves the control plane, of the worker and of the manager
// while it replaces nodes. Each part of the upgrade is still asked for once. Nodes are simulated; test/e2e/upgrade.test.ts
// has real ones.
// Takes minutes: EKS takes its time, of which the double skips less than elsewhere.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { kwokTools } from '../../sandbox/kwok/backend.ts'
import { ensureTools } from '../../sandbox/tools/ensure.ts'
import { startBench, type Bench } from '../harness.ts'
import { strike } from '../strike.ts'
import { createTenant, expectNothingLeft, isReady } from '../tenant.ts'

const kubernetesVersions = ['1.36', '1.35']
let bench: Bench

beforeAll(async () => {
  await ensureTools(kwokTools, (line) => console.log(line), { minors: kubernetesVersions })
  // Slow enough that an update of EKS outlives what is killed.
  bench = await startBench({ workers: 2, kubernetesVersions, cloudSpeed: 60 })
}, 1_800_000)
afterAll(async () => {
  await bench?.close()
})

test('an upgrade survives the loss of any process, and asks EKS for nothing twice', async () => {
  const nodePools = [{ name: 'default', min: 1, desired: 2, max: 3 }]
  const spec = { kubernetesVersion: '1.35', nodePools }
  const tenant = await createTenant(bench, { name: 'struck', region: 'eu-west-1', spec })
  await tenant.ready()
  await tenant.patch({ kubernetesVersion: '1.36' })
  await strike(bench, tenant, { who: 'runner', at: { call: 'UpdateClusterVersion' } })
  await strike(bench, tenant, { who: 'worker', at: { call: 'UpdateNodegroupVersion' } })
  await strike(bench, tenant, { who: 'manager', at: 'Nodes' })
  const { status } = await tenant.until(
    'is Ready at 1.36',
    (now) => isReady(now) && now.status?.kubernetes?.version.startsWith('v1.36.') === true,
    400_000,
  )
  expect(status?.nodes).toBe('2/2')
  expect(status?.history?.[0]).toMatchObject({ kind: 'Update', result: 'Succeeded' })
  for (const operation of ['UpdateClusterVersion', 'UpdateNodegroupVersion']) {
    const calls = await bench.aws.calls(tenant.key, { operation })
    const taken = calls.filter(({ error }) => error === undefined)
    expect(taken, operation).toHaveLength(1)
  }
  await tenant.delete()
  await tenant.gone()
  await expectNothingLeft(bench, tenant)
})
