// Redis is a hint: whatever is lost of it, and whoever dies, operations run to their end and not twice at once.
import { Redis } from 'ioredis'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { core } from '../../../operator/framework/index.ts'
import { openQueue } from '../../../operator/jobs/queue/queue.ts'
import { tenantKind, type TenantObject } from '../../../operator/jobs/queue/tenant-kind.ts'
import { Stopped, type Execute } from '../../../operator/jobs/worker/operation.ts'
import {
  isReady,
  startControlBench,
  succeededWith,
  type ControlBench,
} from '../../support/control-bench.ts'

let bench: ControlBench
beforeEach(async () => {
  bench = await startControlBench()
})
afterEach(() => bench.stop())

/** An operation that waits to be told to end, and knows how many of its tenant ran at once. */
function gated() {
  let running = 0
  const gate = Promise.withResolvers<void>()
  const seen = { starts: 0, most: 0, stopped: [] as unknown[], lost: [] as boolean[] }
  const execute: Execute = async (run) => {
    seen.starts++
    seen.most = Math.max(seen.most, ++running)
    run.progress({ step: 'ControlPlane' })
    const stopped = new Promise<never>((_, reject) => {
      run.signal.addEventListener('abort', () => reject(run.signal.reason as Error), { once: true })
    })
    try {
      await Promise.race([gate.promise, stopped])
      return succeededWith(run)
    } catch (error) {
      seen.stopped.push(error)
      seen.lost.push(run.lost.aborted)
      throw error
    } finally {
      running--
    }
  }
  return { execute, seen, open: () => gate.resolve() }
}

const working = ({ status }: TenantObject) => status?.operation?.step === 'ControlPlane'

async function flushAll() {
  const redis = new Redis(bench.redis.url)
  await redis.flushall()
  redis.disconnect()
}

test('an operation that runs survives FLUSHALL and is not begun again', async () => {
  const { execute, seen, open } = gated()
  await bench.startManager()
  await bench.startWorker(execute)
  await bench.createTenant('flushed')
  await bench.until('flushed', working)
  await flushAll()
  open()
  const ready = await bench.until('flushed', isReady, 60_000)
  expect(seen).toMatchObject({ starts: 1, stopped: [] })
  expect(ready.status?.history).toHaveLength(1)
})

test('an operation whose job was lost while it waited is queued anew', async () => {
  const { execute, seen, open } = gated()
  open()
  await bench.startManager()
  await bench.createTenant('waiting')
  await bench.until('waiting', ({ status }) => status?.operation?.step === 'Queued')
  await expect.poll(async () => (await jobs()).waiting).toBe(1)
  await flushAll()
  await bench.startWorker(execute)
  await bench.until('waiting', isReady, 60_000)
  expect(seen.starts).toBe(1)
})

test('Redis that is down for a while stops nothing that runs, and what was asked meanwhile follows', async () => {
  const { execute, seen, open } = gated()
  await bench.startManager()
  await bench.startWorker(execute, { concurrency: 4 })
  await bench.createTenant('before')
  await bench.until('before', working)
  await bench.redis.kill()
  await bench.createTenant('during')
  await bench.until('during', ({ status }) =>
    status?.conditions?.some(({ reason }) => reason === 'QueueUnavailable'),
  )
  open()
  await bench.redis.restart()
  await bench.until('before', isReady, 60_000)
  await bench.until('during', isReady, 60_000)
  expect(seen).toMatchObject({ starts: 2, stopped: [] })
})

test('a manager that comes back takes up what runs, and does not repeat it', async () => {
  const { execute, seen, open } = gated()
  const first = await bench.startManager()
  await bench.startWorker(execute)
  await bench.createTenant('taken-up')
  await bench.until('taken-up', working)
  await first.stop()
  open()
  await bench.startManager()
  const ready = await bench.until('taken-up', isReady)
  expect(seen.starts).toBe(1)
  expect(ready.status?.history).toHaveLength(1)
})

test('an operation that ended while no manager was there is concluded by the next', async () => {
  const { execute, seen, open } = gated()
  const first = await bench.startManager()
  await bench.startWorker(execute)
  await bench.createTenant('unseen')
  await bench.until('unseen', working)
  await first.stop()
  open()
  await expect.poll(async () => (await jobs()).active).toBe(0)
  await bench.startManager()
  await bench.until('unseen', isReady)
  expect(seen.starts).toBe(1)
})

test('a worker that shuts down hands its operation to another', async () => {
  const { execute, seen, open } = gated()
  await bench.startManager()
  const first = await bench.startWorker(execute)
  await bench.createTenant('handed')
  await bench.until('handed', working)
  await first.stop()
  expect(seen).toMatchObject({ stopped: [expect.any(Error)], lost: [false] })
  open()
  await bench.startWorker(execute)
  const ready = await bench.until('handed', isReady)
  expect(seen).toMatchObject({ starts: 2, most: 1 })
  expect(ready.status?.history).toHaveLength(1)
})

test('a job that comes twice while the operation runs does nothing', async () => {
  const { execute, seen, open } = gated()
  const manager = await bench.startManager()
  await bench.startWorker(execute, { concurrency: 4 })
  const { metadata } = await bench.createTenant('twice')
  await bench.until('twice', working)
  const key = { uid: metadata.uid, namespace: 'default', name: 'twice' }
  await manager.dispatcher.enqueue(key, 0)
  await flushAll()
  await manager.dispatcher.enqueue(key, 0)
  await expect.poll(async () => (await jobs()).waiting, { timeout: 60_000 }).toBe(1) // put off: the lease is held
  open()
  await bench.until('twice', isReady, 60_000)
  await expect.poll(async () => (await jobs()).waiting, { timeout: 60_000 }).toBe(0)
  expect(seen).toMatchObject({ starts: 1, most: 1 })
})

test('an operation stops when its lease is taken by another', async () => {
  const { execute, seen } = gated()
  await bench.startManager()
  await bench.startWorker(execute)
  const { metadata } = await bench.createTenant('robbed')
  await bench.until('robbed', working)
  const lease = { namespace: 'default', name: `tenant-${metadata.uid}` }
  const spec = { holderIdentity: 'thief', renewTime: new Date().toISOString().replace('Z', '000Z') }
  await bench.kube.patch(core.lease, lease, { spec }, { type: 'merge' })
  await expect
    .poll(() => seen.stopped, { timeout: 60_000 })
    .toEqual([expect.objectContaining({ name: 'LeaseLost' })])
  expect(seen.lost).toEqual([true])
})

test('an operation stops when its TenantCluster is gone', async () => {
  const { execute, seen } = gated()
  const manager = await bench.startManager()
  await bench.startWorker(execute)
  await bench.createTenant('gone')
  await bench.until('gone', working)
  await manager.stop()
  const key = { namespace: 'default', name: 'gone' }
  await bench.kube.patch(tenantKind, key, { metadata: { finalizers: null } }, { type: 'merge' })
  await bench.kube.delete(tenantKind, key)
  await expect.poll(() => seen.stopped).toEqual([expect.any(Stopped)])
})

async function jobs() {
  const queue = openQueue({ url: bench.redis.url, prefix: 'test' })
  try {
    await queue.waitUntilReady()
    const counts = await queue.getJobCounts('waiting', 'active', 'delayed', 'prioritized')
    return {
      waiting: (counts['waiting'] ?? 0) + (counts['delayed'] ?? 0) + (counts['prioritized'] ?? 0),
      active: counts['active'] ?? 0,
    }
  } finally {
    await queue.close()
  }
}
