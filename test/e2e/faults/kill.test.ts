// kill -9 of the runner, of a worker and of the manager at every step of creation and of deletion. Four tenants live side
// by side, each with a worker of its own, and each loses other processes at other steps.
// Takes minutes: after the loss of a worker its Lease has to run out, and four tenants lose twelve.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { OperationStep } from '../../../operator/api/tenant/tenant-cluster-status.ts'
import { unhurried } from '../cloud.ts'
import { startBench, type Bench } from '../harness.ts'
import { strike, type Strike } from '../strike.ts'
import { createTenant, expectMadeOnce, expectNothingLeft, type AwsTenant } from '../tenant.ts'

const on = (who: Strike['who'], at: OperationStep): Strike => ({ who, at })
const inside = (call: string, who: Strike['who'] = 'runner'): Strike => ({ who, at: { call } })

/**
 * In the order in which they come. A runner exists from Plan on, and not while the manager looks around at Verify. Storage
 * is made beside the network and is seldom shown as the step: its calls tell of it.
 */
const lives: { region: string; create: Strike[]; remove: Strike[] }[] = [
  {
    region: 'eu-west-1',
    create: [
      on('worker', 'Preflight'),
      on('runner', 'Plan'),
      inside('CreateFileSystem', 'worker'),
      on('manager', 'Network'),
      on('worker', 'ControlPlane'),
      on('runner', 'AddOns'),
    ],
    remove: [on('runner', 'Drain'), on('manager', 'Destroy')],
  },
  {
    region: 'eu-west-2',
    create: [
      on('manager', 'Preflight'),
      on('worker', 'Plan'),
      on('runner', 'Network'),
      inside('CreateMountTarget', 'worker'),
      inside('CreateCluster'),
      on('manager', 'Nodes'),
      on('worker', 'Verify'),
    ],
    remove: [on('worker', 'Drain'), on('runner', 'Sweep')],
  },
  {
    region: 'eu-central-1',
    create: [
      on('manager', 'Plan'),
      inside('CreateFileSystem', 'manager'),
      on('worker', 'Network'),
      on('manager', 'ControlPlane'),
      inside('CreateNodegroup'),
      on('worker', 'AddOns'),
    ],
    remove: [on('manager', 'Drain'), on('worker', 'Destroy')],
  },
  {
    region: 'us-east-1',
    create: [
      inside('CreateFileSystem'),
      inside('CreateNatGateway'),
      on('runner', 'ControlPlane'),
      on('worker', 'Nodes'),
      on('manager', 'AddOns'),
      on('manager', 'Verify'),
    ],
    remove: [on('runner', 'Destroy'), on('worker', 'Sweep'), on('manager', 'Sweep')],
  },
]

let bench: Bench
let tenants: AwsTenant[]

beforeAll(async () => {
  bench = await startBench({ workers: lives.length, concurrency: 1 })
  await bench.aws.addFaults(...unhurried)
})
afterAll(async () => {
  await bench?.close()
})

test('creation survives the loss of any process at any step, and makes nothing twice', async () => {
  tenants = await Promise.all(
    lives.map(({ region }, i) => createTenant(bench, { name: `tenant-${i}`, region })),
  )
  await Promise.all(
    tenants.map(async (tenant, i) => {
      for (const blow of lives[i]?.create ?? []) await strike(bench, tenant, blow)
      await tenant.ready()
    }),
  )
  for (const tenant of tenants) {
    await expectMadeOnce(bench, tenant)
    expect(tenant.runners(), `${tenant.name}: no runner is left`).toEqual([])
  }
})

test('deletion survives the loss of any process at any step, and leaves nothing', async () => {
  await Promise.all(
    tenants.map(async (tenant, i) => {
      await tenant.delete()
      for (const blow of lives[i]?.remove ?? []) await strike(bench, tenant, blow)
      await tenant.gone()
    }),
  )
  for (const tenant of tenants) await expectNothingLeft(bench, tenant)
})
