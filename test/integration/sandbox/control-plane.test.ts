// The management plane as integration tests use it: real etcd, API server and Redis, stopped and killed.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { clientOf } from '../../sandbox/kubernetes/api-client.ts'
import { markedProcesses } from '../../sandbox/machine/process-table.ts'
import { sandboxId } from '../../sandbox/machine/paths.ts'
import { startControlPlane, type ControlPlane } from '../../sandbox/management/control-plane.ts'
import { startRedis } from '../../sandbox/redis/redis.ts'

let root: string
let plane: ControlPlane

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'ck-plane-'))
  plane = await startControlPlane({ root, name: 'management', controllerManager: true })
})

afterAll(async () => {
  await plane?.stop()
  expect(markedProcesses(sandboxId(root))).toEqual([])
  await rm(root, { recursive: true, force: true })
})

test('the controller manager makes service accounts, and objects outlive a killed API server', async () => {
  const client = clientOf(plane.kubeconfig)
  const metadata = { name: 'team-a' }
  await client.apply(`/api/v1/namespaces/team-a`, { apiVersion: 'v1', kind: 'Namespace', metadata })
  const account = '/api/v1/namespaces/team-a/serviceaccounts/default'
  await expect.poll(() => client.get(account), { timeout: 30_000 }).toBeDefined()
  await plane.killApiserver()
  expect(await client.answers()).toBe(false)
  await plane.startApiserver()
  expect(await client.get(account)).toBeDefined()
  client.close()
})

test('Redis keeps what it wrote through a restart and answers no more once killed', async () => {
  const redis = await startRedis({ root })
  const { Redis: Client } = await import('ioredis')
  const client = new Client(redis.url, { retryStrategy: () => 20 })
  client.on('error', () => undefined)
  await client.set('kept', 'yes')
  await redis.restart()
  expect(await client.get('kept')).toBe('yes')
  await redis.kill()
  expect(redis.daemon.alive()).toBe(false)
  client.disconnect()
})
