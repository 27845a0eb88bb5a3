// The manager's side of the queue: hands operations to workers and hears what becomes of them.
// Every call fails fast when Redis is away; the controller comes again.
import { Redis } from 'ioredis'
import type { Logger } from 'pino'
import { openQueue, waiting, type OperationKey, type RedisSettings } from './queue.ts'
import { rareErrors } from './redis-errors.ts'
import { reportChannel, Reports, type Report } from './reports.ts'

export type { OperationKey, RedisSettings } from './queue.ts'
export type { OperationOutcome, OperationProgress, Report } from './reports.ts'

export interface Dispatcher {
  /** Queues the tenant's operation, once: while it waits this does nothing, while another runs it comes after. */
  enqueue(key: OperationKey): Promise<void>
  /** Whether a job of the tenant waits or runs. */
  known(uid: string): Promise<boolean>
  /** The latest progress of an operation, and its outcome once it is over. */
  report(operationId: string): Promise<Report>
  /** Jobs that wait for a worker, and jobs that run. */
  counts(): Promise<{ waiting: number; active: number }>
  close(): Promise<void>
}

export type DispatcherOptions = {
  redis: RedisSettings
  log: Logger
  /** Called when a worker has reported on the tenant. */
  onReport: (key: { namespace: string; name: string }) => void
}

export function dispatcher({ redis, log, onReport }: DispatcherOptions): Dispatcher {
  const onError = rareErrors(log)
  const queue = openQueue(redis)
  queue.on('error', onError)
  const reports = new Reports(redis, onError)
  const subscriber = subscribe(redis, onError, onReport)
  return {
    enqueue: async (key) => {
      await queue.add('operation', key, {
        deduplication: { id: key.uid, keepLastIfActive: true, replace: true },
      })
    },
    known: async (uid) => {
      const jobId = await queue.getDeduplicationJobId(uid)
      if (!jobId) return false
      const state = await queue.getJobState(jobId)
      return !['unknown', 'completed', 'failed'].includes(state)
    },
    report: (operationId) => reports.read(operationId),
    counts: async () => {
      const {
        waiting = 0,
        active = 0,
        delayed = 0,
      } = await queue.getJobCounts('waiting', 'active', 'delayed')
      return { waiting: waiting + delayed, active }
    },
    close: async () => {
      subscriber.disconnect()
      reports.close()
      await queue.close()
    },
  }
}

function subscribe(
  redis: RedisSettings,
  onError: (error: Error) => void,
  onReport: DispatcherOptions['onReport'],
): Redis {
  const subscriber = new Redis(waiting(redis)) // ioredis subscribes again by itself after each reconnect
  subscriber.on('error', onError)
  subscriber.on('message', (_channel: string, text: string) => {
    const [namespace, name] = text.split('/')
    if (namespace && name) onReport({ namespace, name })
  })
  subscriber.subscribe(reportChannel(redis.prefix)).catch(onError)
  return subscriber
}
