// The life of a tenant on the official CLI, as production runs it, with the doubles as its plugins: cloud and add-ons stacks,
// a runner and a worker that are killed in the middle of either, and an empty account at the end.
// Takes minutes: the official CLI and its plugins start anew for every operation.
import { afterAll, beforeAll, test } from 'vitest'
import { unhurried } from './cloud.ts'
import { startBench, type Bench } from './harness.ts'
import { strike } from './strike.ts'
import { createTenant, expectMadeOnce, expectNothingLeft } from './tenant.ts'

let bench: Bench

beforeAll(async () => {
  bench = await startBench({ engine: 'official', concurrency: 1 })
  await bench.aws.addFaults(...unhurried)
})
afterAll(async () => {
  await bench?.close()
})

test('a tenant comes, survives the loss of its runner and its worker, changes, and goes without a trace', async () => {
  const tenant = await createTenant(bench, { name: 'official', region: 'eu-west-1' })
  await strike(bench, tenant, { who: 'runner', at: { call: 'CreateNatGateway' } })
  await strike(bench, tenant, { who: 'worker', at: 'AddOns' })
  await tenant.ready(600_000)
  await expectMadeOnce(bench, tenant)
  await tenant.patch({ nodePools: [{ name: 'default', min: 1, desired: 2, max: 3 }] })
  await tenant.ready(600_000)
  await tenant.delete()
  await strike(bench, tenant, { who: 'runner', at: 'Destroy' })
  await tenant.gone(600_000)
  await expectNothingLeft(bench, tenant)
})
