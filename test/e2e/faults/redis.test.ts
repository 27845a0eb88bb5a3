// Redis is a hint: an operation goes on, and is done once, though Redis forgets everything, is away for half a minute, or
// comes back from that without its data.
// Takes minutes: Redis is away for half a minute twice, and for a quarter twice.
import { readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { OperationStep } from '../../../operator/api/tenant/tenant-cluster-status.ts'
import { findDaemon } from '../../sandbox/machine/daemon.ts'
import { waitFor } from '../../sandbox/machine/wait.ts'
import { unhurried } from '../cloud.ts'
import { startBench, type Bench } from '../harness.ts'
import { createTenant, expectMadeOnce, expectNothingLeft, type TenantHandle } from '../tenant.ts'

let bench: Bench
beforeAll(async () => {
  bench = await startBench({ workers: 2 })
  await bench.aws.addFaults(...unhurried)
})
afterAll(async () => {
  await bench?.close()
})

test('FLUSHALL in the middle of creation and of deletion costs nothing', async () => {
  const tenants = await Promise.all([
    createTenant(bench, { name: 'flushed-early', region: 'eu-west-1' }),
    createTenant(bench, { name: 'flushed-late', region: 'eu-west-2' }),
  ])
  const [early, late] = tenants
  await reaches(early, 'Plan')
  await flushAll()
  await reaches(late, 'AddOns')
  await flushAll()
  for (const tenant of tenants) {
    await tenant.ready()
    await expectMadeOnce(bench, tenant)
    expectDoneAtOnce(tenant)
  }
  await Promise.all(tenants.map((tenant) => tenant.delete()))
  await reaches(early, 'Destroy')
  await flushAll()
  for (const tenant of tenants) {
    await tenant.gone()
    await expectNothingLeft(bench, tenant)
  }
})

test('Redis is away for 30 seconds of an operation', async () => {
  const tenant = await createTenant(bench, { name: 'without-redis', region: 'us-east-1' })
  await reaches(tenant, 'Plan')
  await awayFor(30_000)
  await tenant.ready()
  await expectMadeOnce(bench, tenant)
  expectDoneAtOnce(tenant)
  await tenant.delete()
  await reaches(tenant, 'Drain')
  await awayFor(30_000)
  await tenant.gone()
  await expectNothingLeft(bench, tenant)
})

test('Redis comes back empty from an outage in the middle of an operation', async () => {
  const tenant = await createTenant(bench, { name: 'wiped', region: 'us-east-2' })
  await reaches(tenant, 'Plan')
  await awayFor(15_000, { wiped: true })
  await tenant.ready()
  await expectMadeOnce(bench, tenant)
  expectDoneAtOnce(tenant)
  await tenant.delete()
  await reaches(tenant, 'Destroy')
  await awayFor(15_000, { wiped: true })
  await tenant.gone()
  await expectNothingLeft(bench, tenant)
})

const reaches = async (tenant: TenantHandle, step: OperationStep) =>
  await tenant.until(`is at ${step}`, ({ status }) => status?.operation?.step === step)

/** One operation, and it succeeded: no second one was begun because the first was lost from sight. */
function expectDoneAtOnce(tenant: TenantHandle): void {
  const results = tenant.now()?.status?.history?.map(({ kind, result }) => `${kind} ${result}`)
  expect(results, tenant.name).toEqual(['Create Succeeded'])
}

async function flushAll(): Promise<void> {
  const redis = new Redis(bench.sandbox.redisUrl)
  await redis.flushall()
  redis.disconnect()
}

/** Killed, and started again with the same arguments and, unless it was wiped, the same data. */
async function awayFor(ms: number, { wiped = false } = {}): Promise<void> {
  const { root } = bench.sandbox
  const daemon = findDaemon(root, 'redis')
  if (!daemon) throw new Error('the sandbox has no Redis')
  const words = readFileSync(`/proc/${daemon.pid}/cmdline`, 'utf8').split('\0').slice(0, -1)
  const [command = '', ...args] = words
  await daemon.kill()
  if (wiped) await rm(join(root, 'redis', 'appendonlydir'), { recursive: true })
  const since = performance.now()
  await waitFor(() => performance.now() - since >= ms, {
    what: 'the outage is over',
    timeoutMs: ms * 2,
  })
  bench.sandbox.run({ name: 'redis', command, args })
}
