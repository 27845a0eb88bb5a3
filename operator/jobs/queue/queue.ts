// The queue `operations` and how its two sides connect to Redis. Redis is a hint, Kubernetes is the truth:
// everything in it may be lost at any time.
import { isIP } from 'node:net'
import { Queue } from 'bullmq'
import type { RedisOptions } from 'bullmq'
import { z } from 'zod'

export const queueName = 'operations'

const objectName = z.string().regex(/^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/)
const keySchema = z.object({
  uid: z.string().regex(/^[-0-9a-f]{1,63}$/),
  namespace: objectName,
  name: objectName,
})

/** Whose turn it is. All else is read from the TenantCluster when the job starts. */
export type OperationKey = z.infer<typeof keySchema>

/** Undefined when the data of a job is none of ours: whoever owns Redis can queue anything. */
export const keyFrom = (data: unknown): OperationKey | undefined => keySchema.safeParse(data).data

export type RedisSettings = {
  url: string
  /** Begins every key, so that several CrateKubes can share one Redis. */
  prefix: string
  /** In place of one in the URL. */
  password?: string
  /** PEM of the authorities that a rediss:// URL is trusted by; the usual ones by default. */
  ca?: string
}

/** For callers that must not hang: the manager fails fast and tries again by reconciling. */
export function failingFast(settings: RedisSettings): RedisOptions {
  return {
    ...address(settings),
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    connectTimeout: 3_000,
    commandTimeout: 5_000,
    retryStrategy,
  }
}

/** For workers, which wait for Redis as long as it takes. */
export function waiting(settings: RedisSettings): RedisOptions {
  return { ...address(settings), maxRetriesPerRequest: null, retryStrategy }
}

export type OperationsQueue = Queue<OperationKey, void, string>

export function openQueue(settings: RedisSettings): OperationsQueue {
  return new Queue(queueName, {
    connection: failingFast(settings),
    prefix: settings.prefix,
    defaultJobOptions: {
      attempts: 1, // the controller owns retries
      removeOnComplete: { age: 3600, count: 1000 },
      removeOnFail: { age: 24 * 3600, count: 1000 },
    },
  })
}

const retryStrategy = (times: number) => Math.min(times * 200, 2_000)

function address({ url, ca, password: own }: RedisSettings): RedisOptions {
  const { protocol, hostname, port, username, password, pathname } = new URL(url)
  const host = hostname.replace(/^\[|\]$/g, '')
  return {
    host,
    port: Number(port || 6379),
    db: Number(pathname.slice(1) || 0),
    ...(username && { username: decodeURIComponent(username) }),
    ...((own ?? password) && { password: own ?? decodeURIComponent(password) }),
    // A server behind a proxy of many is known by the name that is asked for; an address is none.
    ...(protocol === 'rediss:' && { tls: { ca, ...(!isIP(host) && { servername: host }) } }),
  }
}
