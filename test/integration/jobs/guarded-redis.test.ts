// The bundled Redis as the chart starts it, with its password and rights, under a whole life of operations; what its user may
// not do; and how managers tell that Redis refuses them, with the password in no word of it.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { Redis as Client } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { processLog } from '../../../operator/bin/process-log.ts'
import { dispatcher } from '../../../operator/jobs/queue/dispatch.ts'
import { waiting } from '../../../operator/jobs/queue/queue.ts'
import { tenantKind } from '../../../operator/jobs/queue/tenant-kind.ts'
import type { Execute } from '../../../operator/jobs/worker/operation.ts'
import { startRedis } from '../../sandbox/redis/redis.ts'
import {
  isReady,
  startControlBench,
  succeededWith,
  type ControlBench,
} from '../../support/control-bench.ts'
import { testLog } from '../../../operator/framework/testing/index.ts'
import { startBundledRedis } from '../charts/bundled-redis.ts'

/** What a Secret may hold, and a shell, a URL or a file of Redis would take for something else. */
const password = ` p@ss:w%rd/#?"'\\$(id)\`$HOME\` ~* +@all >x \u00e9`
const { log, lines } = testLog()
let bench: ControlBench
let dir: string

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cratekube-guarded-'))
  const values = { 'redis.prefix': 'test' }
  bench = await startControlBench({
    log,
    redis: (root) => startBundledRedis({ root, password, values }),
  })
})
afterAll(async () => {
  await bench.stop()
  await rm(dir, { recursive: true, force: true })
})

const clientOf = (change: Partial<Parameters<typeof waiting>[0]> = {}) => {
  const client = new Client({
    ...waiting({ url: bench.redis.url, prefix: 'test', password, ...change }),
    maxRetriesPerRequest: 0,
  })
  client.on('error', () => undefined)
  return client
}

test('operations are queued, take turns, are handed over and end with the rights that the chart gives', async () => {
  const held = Promise.withResolvers<void>()
  const execute: Execute = async (run) => {
    run.progress({ step: 'ControlPlane', message: 'at work' })
    if (run.tenant.metadata.name === 'tenant-0') {
      await Promise.race([held.promise, new Promise((end) => run.signal.addEventListener('abort', end, { once: true }))]) // prettier-ignore
      run.signal.throwIfAborted()
    }
    return succeededWith(run)
  }
  const { dispatcher: jobs } = await bench.startManager({ maxOperationsPerNamespace: 2 })
  const first = await bench.startWorker(execute, { concurrency: 1 })
  const names = Array.from({ length: 5 }, (_, i) => `tenant-${i}`)
  for (const name of names) await bench.createTenant(name)
  await bench.until('tenant-0', ({ status }) => status?.operation?.message === 'at work', 60_000)
  await first.stop()
  await bench.startWorker(execute, { concurrency: 2 })
  held.resolve()
  for (const name of names) await bench.until(name, isReady, 60_000)
  await bench.redis.restart()
  await bench.kube.delete(tenantKind, { namespace: 'default', name: 'tenant-0' })
  await bench.untilGone('tenant-0', 60_000)
  await expect(jobs.counts()).resolves.toMatchObject({ active: expect.any(Number) as number })
  expect(lines.filter((line) => /NOPERM|NOAUTH|WRONGPASS/.test(JSON.stringify(line)))).toEqual([])
})

const forbidden: [string, ...string[]][] = [
  ['KEYS', '*'],
  ['FLUSHALL'],
  ['FLUSHDB'],
  ['SWAPDB', '0', '1'],
  ['CONFIG', 'GET', '*'],
  ['CONFIG', 'SET', 'dir', '/tmp'],
  ['DEBUG', 'SLEEP', '0'],
  ['SHUTDOWN'],
  ['ACL', 'LIST'],
  ['ACL', 'SETUSER', 'cratekube', '+@all'],
  ['REPLICAOF', 'attacker.example', '6379'],
  ['MONITOR'],
  ['MODULE', 'LOAD', '/tmp/x.so'],
  ['MIGRATE', 'attacker.example', '6379', 'test:x', '0', '1'],
  ['SAVE'],
  ['SORT', 'test:x'],
  ['CLIENT', 'KILL', 'TYPE', 'normal'],
  ['FUNCTION', 'FLUSH'],
  ['SCRIPT', 'FLUSH'],
  ['GET', 'another:operations:meta'],
  ['SET', 'testing:x', '1'],
  ['PUBLISH', 'another:reports', 'x'],
  ['SUBSCRIBE', '*'],
  ['PSUBSCRIBE', '*'],
  ['EVAL', 'return redis.call("flushall")', '0'],
  ['EVAL', 'return redis.call("get", "another")', '0'],
]

test.each(forbidden.map((words) => [words.join(' '), words] as const))(
  'the user of the bundled Redis is refused %s',
  async (_, [command, ...args]) => {
    const client = clientOf()
    try {
      const refused = client.call(command, ...args)
      await expect(refused).rejects.toThrow(
        /^NOPERM|command not allowed|can't (run this command|access at least one of the keys)/,
      )
      await expect(client.set('test:own', '1')).resolves.toBe('OK')
    } finally {
      client.disconnect()
    }
  },
)

test('the bundled Redis answers nobody without the password, nor does its command line have it', async () => {
  const { port } = new URL(bench.redis.url)
  const stranger = new Client({ port: Number(port), enableReadyCheck: false })
  stranger.on('error', () => undefined)
  for (const [command, ...args] of [['PING'], ['INFO'], ['KEYS', '*'], ['FLUSHALL']] as const) {
    await expect(stranger.call(command, ...args)).rejects.toThrow('NOAUTH')
  }
  await expect(stranger.call('AUTH', 'default', '')).rejects.toThrow('WRONGPASS')
  stranger.disconnect()
  const line = readFileSync(`/proc/${bench.redis.daemon.pid}/cmdline`, 'utf8')
  expect(line).toContain('redis-server')
  expect(line).not.toContain('p@ss')
})

test('a wrong password is told in the words of Redis, and neither it nor the right one is logged', async () => {
  let text = ''
  const to = { write: (line: string) => void (text += line) }
  const log = processLog('manager', 'trace', to)
  const redis = { url: bench.redis.url, prefix: 'test', password: 'wr0ng-passw0rd' }
  const jobs = dispatcher({ redis, log, onReport: () => undefined })
  const words = () => jobs.known('0').catch((error: unknown) => jobs.words(error))
  await expect.poll(words, { timeout: 60_000 }).toMatch(/^Redis: WRONGPASS/)
  // As it comes to whoever waits for a connection: with the command that was refused.
  const client = clientOf({ password: redis.password })
  const login = await client.set('test:x', '1').catch((error: unknown) => error)
  expect(JSON.stringify(login)).toContain(redis.password)
  log.warn({ err: login }, 'operation could not begin')
  log.warn({ err: Object.assign(new Error('all failed'), { previousErrors: [login] }) }, 'again')
  log.warn({ err: new AggregateError([login], 'all failed') }, 'again')
  client.disconnect()
  await jobs.close()
  expect(text).toContain('WRONGPASS')
  expect(text).not.toContain(redis.password)
})

test.each([
  ['that is full', { maxmemory: '1mb' }, 'Redis: OOM'],
  ['that is a replica', { replicaof: '127.0.0.1 1', 'replica-serve-stale-data': 'yes' }, 'Redis: READONLY'], // prettier-ignore
])('a Redis %s is told in its own words', async (name, settings, words) => {
  const redis = await startRedis({ root: dir, name: name.replaceAll(' ', '-'), settings })
  const jobs = dispatcher({ redis: { url: redis.url, prefix: 'test' }, log, onReport: () => undefined }) // prettier-ignore
  const key = { uid: '0', namespace: 'default', name: 'a' }
  try {
    for (const call of [() => jobs.enqueue(key, 0), () => jobs.known('0')]) {
      const told = () =>
        call().then(
          () => 'nothing',
          (error: unknown) => jobs.words(error),
        )
      await expect.poll(told, { timeout: 60_000 }).toContain(words)
    }
  } finally {
    await jobs.close()
    await redis.stop()
  }
})
