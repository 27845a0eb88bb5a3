// The manager's side of the queue: hands operations to workers and hears how far they are. What it hears is for show.
// Every call fails fast when Redis is away; the controller comes again.
import { Redis } from 'ioredis'
import type { Logger } from 'pino'
import { openQueue, waiting, type OperationKey, type RedisSettings } from './queue.ts'
import { redisErrors } from './redis-errors.ts'
import { reportChannel, Reports, type OperationProgress } from './reports.ts'

export type { OperationKey, RedisSettings } from './queue.ts'
export type { OperationProgress } from './reports.ts'

export interface Dispatcher {
  /**
   * Queues the tenant's operation, once: while it waits this does nothing, while another runs it comes after. `turn` is how many
   * operations of its namespace come before it: the first of every namespace go before the second of any.
   */
  enqueue(key: OperationKey, turn: number): Promise<void>
  /** The same for one that waits already: its turn has come nearer. */
  move(uid: string, turn: number): Promise<void>
  /** Whether a job of the tenant waits or runs; fails as enqueue would where workers can take nothing. */
  known(uid: string): Promise<boolean>
  /** The latest progress of an operation, if that is what Redis holds: anybody may have written it. */
  progress(operationId: string): Promise<OperationProgress | undefined>
  /** Why a call has failed, for the status. */
  words(error: unknown): string
  /** Jobs that wait for a worker, and jobs that run. */
  counts(): Promise<{ waiting: number; active: number }>
  close(): Promise<void>
}

export type DispatcherOptions = {
  redis: RedisSettings
  log: Logger
  /** Called when somebody says that a worker has reported on the tenant. */
  onReport: (key: { namespace: string; name: string }) => void
}

export function dispatcher({ redis, log, onReport }: DispatcherOptions): Dispatcher {
  const { onError, words } = redisErrors(log)
  const queue = openQueue(redis)
  queue.on('error', onError)
  const reports = new Reports(redis, onError)
  const subscriber = subscribe(redis, onError, onReport)
  return {
    enqueue: async (key, turn) => {
      await queue.add('operation', key, {
        priority: priorityOf(turn),
        deduplication: { id: key.uid, keepLastIfActive: true, replace: true },
      })
    },
    words,
    move: async (uid, turn) => {
      const jobId = await queue.getDeduplicationJobId(uid)
      const job = jobId ? await queue.getJob(jobId) : undefined
      const priority = priorityOf(turn)
      if (!job || job.priority === priority || (await job.getState()) !== 'prioritized') return
      await job.changePriority({ priority })
    },
    known: async (uid) => {
      await reports.assertWritable() // reading goes on where a job can neither be taken nor ended
      const jobId = await queue.getDeduplicationJobId(uid)
      if (!jobId) return false
      const state = await queue.getJobState(jobId)
      return !['unknown', 'completed', 'failed'].includes(state)
    },
    progress: (operationId) => reports.read(operationId),
    counts: async () => {
      const {
        waiting = 0,
        active = 0,
        delayed = 0,
        prioritized = 0,
      } = await queue.getJobCounts('waiting', 'active', 'delayed', 'prioritized')
      return { waiting: waiting + delayed + prioritized, active }
    },
    close: async () => {
      subscriber.disconnect()
      reports.close()
      await queue.close()
    },
  }
}

/** A namespace has 63 characters at most, a TenantCluster fewer. */
const longestKey = 200

/** BullMQ takes the lowest first; 0 is none, and goes before all. */
const priorityOf = (turn: number) => Math.min(turn, 1_000) + 1

function subscribe(
  redis: RedisSettings,
  onError: (error: Error) => void,
  onReport: DispatcherOptions['onReport'],
): Redis {
  const subscriber = new Redis(waiting(redis)) // ioredis subscribes again by itself after each reconnect
  subscriber.on('error', onError)
  subscriber.on('message', (_channel: string, text: string) => {
    const [namespace, name] = text.slice(0, longestKey).split('/')
    if (namespace && name) onReport({ namespace, name })
  })
  subscriber.subscribe(reportChannel(redis.prefix)).catch(onError)
  return subscriber
}
