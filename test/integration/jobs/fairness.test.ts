// Many tenants, two workers, one tenant that always fails: every other gets its turn.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { delay, systemClock } from '../../../operator/framework/index.ts'
import { tenantKind } from '../../../operator/jobs/queue/tenant-kind.ts'
import {
  isReady,
  startControlBench,
  succeededWith,
  type ControlBench,
} from '../../support/control-bench.ts'

const tenants = Array.from({ length: 50 }, (_, i) => `tenant-${i}`)
let bench: ControlBench

beforeAll(async () => {
  bench = await startControlBench()
  await bench.startManager()
})
afterAll(() => bench.stop())

test('a tenant that always fails starves none of 50 others on 2 workers', async () => {
  const starts: string[] = []
  let running = 0
  let most = 0
  const execute = async (run: Parameters<typeof succeededWith>[0]) => {
    const { name } = run.tenant.metadata
    starts.push(name)
    most = Math.max(most, ++running)
    await delay(systemClock, 200) // the work: long enough that two overlap on a busy machine
    running--
    if (name !== 'poison') return succeededWith(run)
    const fault = { code: 'AWS.Throttled', message: 'never', retryable: true }
    return { result: 'Failed' as const, fault }
  }
  await bench.startWorker(execute, { concurrency: 1 })
  await bench.startWorker(execute, { concurrency: 1 })
  await bench.createTenant('poison')
  for (const name of tenants) await bench.createTenant(name)
  for (const name of tenants) await bench.until(name, isReady, 60_000)

  const counts = Map.groupBy(starts, (name) => name)
  for (const name of tenants) expect(counts.get(name), name).toHaveLength(1)
  expect(counts.get('poison')?.length).toBeGreaterThan(0)
  // Its turns are as far apart as its backoff says: at most one more than fits in.
  expect(counts.get('poison')?.length).toBeLessThanOrEqual(5)
  expect(most).toBe(2)
  const poison = await bench.tenant('poison')
  expect(poison?.status?.retry?.attempts).toBeGreaterThan(0)
  const ready = (await bench.kube.list(tenantKind, { namespace: 'default' })).items.filter(isReady)
  expect(ready).toHaveLength(tenants.length)
})
