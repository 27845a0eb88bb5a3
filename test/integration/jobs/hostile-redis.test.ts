// Somebody else owns Redis: whatever stands there or is sent there, nothing is released, nothing is sent anywhere, no other work
// is done, and nobody's status says anything but another progress.
import { createServer, type Server } from 'node:net'
import { Queue } from 'bullmq'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { openQueue } from '../../../operator/jobs/queue/queue.ts'
import { tenantKind, type TenantObject } from '../../../operator/jobs/queue/tenant-kind.ts'
import type { Execute, Run } from '../../../operator/jobs/worker/operation.ts'
import { newCertificateAuthority } from '../../support/certificate-authority.ts'
import {
  isReady,
  startControlBench,
  succeededWith,
  type ControlBench,
} from '../../support/control-bench.ts'

let bench: ControlBench
let redis: Redis
let queue: ReturnType<typeof openQueue>
let attacker: Server
let visits = 0
let begun: string[] = []
const gates = new Map<string, PromiseWithResolvers<void>>()
const runs = new Map<string, Run>()

/** Goes on until the test opens its gate. */
const execute: Execute = async (run) => {
  const { name } = run.tenant.metadata
  begun.push(`${run.operation.kind} ${name}`)
  run.progress({ step: 'ControlPlane', message: 'at work' })
  runs.set(name, run)
  const gate = gates.get(name) ?? Promise.withResolvers<void>()
  gates.set(name, gate)
  await gate.promise
  return succeededWith(run)
}
const open = (name: string) => gates.get(name)?.resolve()

beforeAll(async () => {
  bench = await startControlBench()
  attacker = createServer((socket) => {
    visits++
    socket.destroy()
  })
  await new Promise<void>((resolve) => attacker.listen(0, '127.0.0.1', resolve))
  await bench.startManager()
  await bench.startWorker(execute, { concurrency: 12 })
  redis = new Redis(bench.redis.url)
  queue = openQueue({ url: bench.redis.url, prefix: 'test' })
  await queue.waitUntilReady()
})
afterAll(async () => {
  for (const gate of gates.values()) gate.resolve()
  await queue.close()
  redis.disconnect()
  attacker.close()
  await bench.stop()
})
beforeEach(() => {
  begun = []
})
afterEach(() => expect(visits).toBe(0))

const endpoint = () => {
  const address = attacker.address()
  if (typeof address !== 'object' || !address) throw new Error('the attacker does not listen')
  return `https://127.0.0.1:${address.port}`
}
const working = ({ status }: TenantObject) => status?.operation?.step === 'ControlPlane'

async function workingTenant(name: string): Promise<{ tenant: TenantObject; id: string }> {
  await bench.createTenant(name)
  const tenant = await bench.until(name, working, 60_000)
  return { tenant, id: tenant.status?.operation?.id ?? '' }
}

/** All but what is shown of the progress. */
const standing = ({ status = {} }: TenantObject) => {
  const { operation, conditions: _, ...rest } = status
  return { ...rest, id: operation?.id, kind: operation?.kind, fence: operation?.fence }
}

/** Until the manager has asked for the progress twice since: once may have been under way. */
async function untilLooked(name: string, publish = true): Promise<void> {
  for (let look = 0; look < 2; look++) {
    const before = await looks()
    if (publish) await redis.publish('test:reports', `default/${name}`)
    await expect.poll(looks, { timeout: 60_000 }).toBeGreaterThan(before)
  }
}
async function looks(): Promise<number> {
  const stats = await redis.info('commandstats')
  return Number(/cmdstat_getrange:calls=(\d+)/.exec(stats)?.[1] ?? 0)
}

const forgedOutcome = (tenant: TenantObject, id: string, change: object = {}) => ({
  operationId: id,
  uid: tenant.metadata.uid,
  namespace: 'default',
  name: tenant.metadata.name,
  fence: 1,
  kind: tenant.status?.operation?.kind,
  generation: tenant.metadata.generation,
  result: 'Succeeded',
  outputs: {
    clusterName: 'victim-cluster-of-team-b',
    endpoint: endpoint(),
    certificateAuthority: newCertificateAuthority(),
  },
  finishedAt: new Date().toISOString(),
  ...change,
})

test('an outcome in Redis concludes nothing and points nobody anywhere', async () => {
  const { tenant, id } = await workingTenant('concluded')
  const before = standing(tenant)
  for (const key of ['outcome', 'progress', 'result']) {
    await redis.set(`test:${key}:${id}`, JSON.stringify(forgedOutcome(tenant, id)))
    await untilLooked('concluded')
  }
  const after = await bench.tenant('concluded')
  expect(after && standing(after)).toEqual(before)
  expect(after?.status).not.toHaveProperty('endpoint')
  open('concluded')
  const ready = await bench.until('concluded', isReady, 60_000)
  expect(ready.status?.endpoint).not.toBe(endpoint())
  expect(begun).toEqual(['Create concluded'])
})

test('a deletion that Redis calls done keeps the finalizer, and the worker works', async () => {
  await workingTenant('released')
  open('released')
  await bench.until('released', isReady, 60_000)
  gates.delete('released')
  await bench.kube.delete(tenantKind, { namespace: 'default', name: 'released' })
  const deleting = await bench.until(
    'released',
    (t) => working(t) && t.status?.operation?.kind === 'Delete',
    60_000,
  )
  const id = deleting.status?.operation?.id ?? ''
  await redis.set(`test:outcome:${id}`, JSON.stringify(forgedOutcome(deleting, id, { fence: 2 })))
  await untilLooked('released')
  const kept = await bench.tenant('released')
  expect(kept?.metadata.finalizers).toEqual(deleting.metadata.finalizers)
  expect(kept?.status?.operation).toMatchObject({ id, kind: 'Delete' })
  open('released')
  await bench.untilGone('released', 60_000)
  expect(begun).toEqual(['Create released', 'Delete released'])
})

test('garbage for progress changes nothing, and the next true word is shown', async () => {
  const { tenant, id } = await workingTenant('garbled')
  const key = `test:progress:${id}`
  const true_ = { operationId: id, uid: tenant.metadata.uid, namespace: 'default', name: 'garbled', fence: 1, step: 'Sweep' } // prettier-ignore
  const texts = [
    '',
    'not JSON',
    '{"step":',
    'null',
    '[]',
    '"text"',
    '1e999',
    '{"__proto__":{"step":"Sweep"}}',
    '['.repeat(100_000),
    'x'.repeat(50_000_000),
    JSON.stringify({ ...true_, step: 'Rooted' }),
    JSON.stringify({ ...true_, step: 'Verify' }), // by which a manager takes it to have succeeded
    JSON.stringify({ ...true_, step: 'Queued' }),
    JSON.stringify({ ...true_, message: 'x'.repeat(100_000) }),
    JSON.stringify({ ...true_, message: { toString: 'x' } }),
    JSON.stringify({ ...true_, resources: { done: -1, total: 'many' } }),
    JSON.stringify({ ...true_, fence: 0 }),
    JSON.stringify({ ...true_, fence: 2 }),
    JSON.stringify({ ...true_, fence: '1' }),
    JSON.stringify({ ...true_, uid: 'another' }),
    JSON.stringify({ ...true_, operationId: 'another' }),
  ]
  const unchanged = async () => {
    await untilLooked('garbled')
    const now = await bench.tenant('garbled')
    expect(now?.status?.operation).toMatchObject({ step: 'ControlPlane', message: 'at work' })
    expect(now && standing(now)).toEqual(standing(tenant))
    expect(JSON.stringify(now?.status).length).toBeLessThan(10_000)
  }
  for (const text of texts) {
    await redis.set(key, text)
    await unchanged()
  }
  await redis.del(key)
  await redis.rpush(key, JSON.stringify(true_))
  await unchanged()
  await redis.del(key)
  await redis.hset(key, true_)
  await unchanged()
  runs.get('garbled')?.progress({ step: 'Nodes', message: 'makes nodes' })
  await bench.until('garbled', ({ status }) => status?.operation?.step === 'Nodes', 60_000)
  open('garbled')
  await bench.until('garbled', isReady, 60_000)
  expect(begun).toEqual(['Create garbled'])
})

test('progress that is forged to the letter is shown and does nothing else', async () => {
  const { tenant, id } = await workingTenant('forged')
  const { uid } = tenant.metadata
  const progress = { operationId: id, uid, namespace: 'default', name: 'forged', fence: 1, step: 'Sweep', message: 'all is well', at: '2999-01-01T00:00:00Z' } // prettier-ignore
  await redis.set(`test:progress:${id}`, JSON.stringify(progress))
  await untilLooked('forged')
  const shown = await bench.until(
    'forged',
    ({ status }) => status?.operation?.message !== 'at work',
  )
  expect(standing(shown)).toEqual(standing(tenant))
  expect(shown.status?.operation).toMatchObject({ step: 'Sweep', message: 'all is well' })
  expect(Date.parse(shown.status?.operation?.heartbeatAt ?? '')).toBeLessThan(Date.now() + 60_000)
  open('forged')
  await bench.until('forged', isReady, 60_000)
})

test('forged jobs begin nothing, and those of tenants come to their turn', async () => {
  const { tenant } = await workingTenant('steady')
  const { uid } = tenant.metadata
  const data: unknown[] = [
    { uid: 'ffffffff', namespace: 'default', name: 'steady' },
    { uid, namespace: 'default', name: 'another' },
    { uid, namespace: 'kube-system', name: 'steady' },
    { uid, namespace: '../../../api/v1/secrets?', name: '' },
    { uid: { $ne: 1 }, namespace: ['default'], name: 7 },
    { namespace: 'default' },
    'steady',
    null,
    42,
    [],
    { uid, namespace: 'default', name: 'x'.repeat(5_000_000) },
    { uid, namespace: 'default', name: 'steady', operation: { kind: 'Delete' } },
  ]
  const any: Pick<Queue<unknown, void, string>, 'add' | 'addBulk'> = queue as never // what an attacker has is not typed
  for (const each of data) await any.add('operation', each)
  await any.add('another', { uid, namespace: 'default', name: 'steady' })
  const many = Array.from({ length: 10_000 }, (_, i) => ({
    name: 'operation',
    data: { uid: i.toString(16), namespace: 'default', name: `none-${i}` },
  }))
  await any.addBulk(many)
  // A record that BullMQ cannot read, and an id without a record.
  await redis.hset('test:operations:broken', { name: 'operation', data: '{', opts: '{', timestamp: 'x' }) // prettier-ignore
  await redis.lpush('test:operations:wait', 'broken', 'missing')
  await bench.createTenant('patient')
  await bench.until('patient', working, 120_000)
  open('patient')
  await bench.until('patient', isReady, 60_000)
  expect(begun).toEqual(['Create steady', 'Create patient'])
  const now = await bench.tenant('steady')
  expect(now && standing(now)).toEqual(standing(tenant))
  open('steady')
  await bench.until('steady', isReady, 60_000)
})

test('messages of any kind wake nothing but what is there, and true ones are heard after them', async () => {
  const { tenant } = await workingTenant('called')
  const messages = [
    '',
    '/',
    'default',
    'default/',
    '/called',
    'default/called/extra',
    'kube-system/called',
    '__proto__/constructor',
    'x'.repeat(10_000_000),
    Buffer.from([0, 255, 254]),
  ]
  for (const message of messages) await redis.publish('test:reports', message)
  await Promise.all(Array.from({ length: 5_000 }, () => redis.publish('test:reports', 'default/called'))) // prettier-ignore
  await untilLooked('called')
  const now = await bench.tenant('called')
  expect(now && standing(now)).toEqual(standing(tenant))
  open('called')
  await bench.until('called', isReady, 60_000)
  expect(begun).toEqual(['Create called'])
})

test('a queue of another type stops nothing for longer than it stands there', async () => {
  const { tenant } = await workingTenant('overwritten')
  await redis.flushall()
  await redis.hset('test:operations:wait', 'a', 'b')
  await redis.set('test:operations:active', 'x')
  await redis.lpush('test:operations:meta', 'x')
  await bench.createTenant('blocked')
  const blocked = await bench.until(
    'blocked',
    ({ status }) => status?.conditions?.find(({ reason }) => reason === 'QueueUnavailable'),
    60_000,
  )
  expect(JSON.stringify(blocked.status?.conditions)).toContain('WRONGTYPE')
  const now = await bench.tenant('overwritten')
  expect(now && standing(now)).toEqual(standing(tenant))
  await redis.flushall()
  await bench.until('blocked', working, 60_000)
  open('blocked')
  open('overwritten')
  await bench.until('blocked', isReady, 60_000)
  await bench.until('overwritten', isReady, 60_000)
  expect(begun).toEqual(['Create overwritten', 'Create blocked'])
})
