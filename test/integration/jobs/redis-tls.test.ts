// A Redis of one's own behind TLS: it is trusted by one's own authority and by its name, or nothing is sent to it.
import { writeFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'bullmq'
import { Redis as Client } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAuthority, issueServing } from '../../../operator/framework/webhook/certificates.ts'
import { dispatcher } from '../../../operator/jobs/queue/dispatch.ts'
import { queueName, waiting, type RedisSettings } from '../../../operator/jobs/queue/queue.ts'
import { freePort } from '../../sandbox/machine/ports.ts'
import { startRedis, type Redis } from '../../sandbox/redis/redis.ts'
import { testLog } from '../../../operator/framework/testing/index.ts'

const validity = { notBefore: new Date('2026-01-01'), notAfter: new Date('2046-01-01') }
const authority = createAuthority('company', validity)
const another = createAuthority('another', validity)
const password = 's3cret-w0rd'
const key = { uid: '0a', namespace: 'default', name: 'a' }
const { log, lines } = testLog()
let dir: string
let redis: Redis
let port: number

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cratekube-tls-'))
  const own = issueServing(authority, ['localhost'], validity)
  const files = { 'tls-cert-file': join(dir, 'tls.crt'), 'tls-key-file': join(dir, 'tls.key') }
  await writeFile(files['tls-cert-file'], own.cert)
  await writeFile(files['tls-key-file'], own.key)
  port = await freePort()
  const settings = {
    ...files,
    'tls-port': port,
    'tls-auth-clients': 'no',
    requirepass: password,
  }
  redis = await startRedis({ root: dir, settings })
})
afterAll(async () => {
  await redis.stop()
  await rm(dir, { recursive: true, force: true })
})

const settingsOf = (host: string, ca?: string): RedisSettings => ({
  url: `rediss://:${password}@${host}:${port}/2`,
  prefix: 'test',
  ...(ca && { ca }),
})
const managerOf = (redis: RedisSettings) => dispatcher({ redis, log, onReport: () => undefined })

test('a Redis of one’s own authority is used by managers and workers', async () => {
  const settings = settingsOf('localhost', authority.cert)
  const jobs = managerOf(settings)
  const told = () =>
    jobs.enqueue(key, 0).then(
      () => 'queued',
      (error: unknown) => jobs.words(error),
    )
  await expect.poll(told, { timeout: 60_000 }).toBe('queued')
  const taken = Promise.withResolvers<unknown>()
  const processor = (job: { data: unknown }) => Promise.resolve(taken.resolve(job.data))
  const worker = new Worker(queueName, processor, { connection: waiting(settings), prefix: 'test' })
  worker.on('error', taken.reject)
  await expect(taken.promise).resolves.toEqual(key)
  await worker.close()
  await jobs.close()
})

test.each([
  ['of another authority', () => settingsOf('localhost', another.cert), /certificate.*CRATEKUBE_REDIS_CA_FILE/], // prettier-ignore
  ['of none of the usual authorities', () => settingsOf('localhost'), /certificate.*CRATEKUBE_REDIS_CA_FILE/], // prettier-ignore
  ['of another name', () => settingsOf('127.0.0.1', authority.cert), /127\.0\.0\.1 is not in the cert's list/], // prettier-ignore
])('a Redis %s is told, and nothing is sent to it', async (_, settings, words) => {
  const before = await logins()
  const jobs = managerOf(settings())
  const told = () =>
    jobs.known(key.uid).then(
      () => 'known',
      (error: unknown) => jobs.words(error),
    )
  await expect.poll(told, { timeout: 60_000 }).toMatch(words)
  await jobs.close()
  expect(await logins()).toBe(before + 1) // this test's own
  expect(JSON.stringify(lines)).not.toContain(password)
})

/** How many have logged in so far, this call included. */
async function logins(): Promise<number> {
  const client = new Client(redis.url.replace('://', `://:${password}@`))
  try {
    return Number(/cmdstat_auth:calls=(\d+)/.exec(await client.info('commandstats'))?.[1])
  } finally {
    client.disconnect()
  }
}
