// The worker's side of the queue: takes jobs as long as it runs, a bounded number at a time.
import { DelayedError, Worker, type Job } from 'bullmq'
import type { Logger } from 'pino'
import { delay, type Clock } from '../../framework/index.ts'
import { performJob, type OperationSettings } from './operation.ts'
import { keyFrom, queueName, waiting, type RedisSettings } from '../queue/queue.ts'
import { redisErrors } from '../queue/redis-errors.ts'
import { Reports } from '../queue/reports.ts'

export type ConsumerOptions = Omit<OperationSettings, 'reports'> & {
  redis: RedisSettings
  /** Operations at the same time. */
  concurrency: number
  /** How long a job whose turn has not come waits. */
  laterMs?: number
  /** How long close() waits for stopped operations to end. */
  closeMs?: number
  /** A job is taken from a worker that was silent for so long. */
  lockMs?: number
}

export interface Consumer {
  /** Jobs that run in this worker now. */
  active(): number
  /** Whether jobs are being taken. */
  running(): boolean
  /** Takes no more jobs, stops the running ones and waits for them to end. */
  close(): Promise<void>
}

/** A fetch that is under way when the worker closes must not get back the job that the worker gives up. */
const handOverMs = 1_000

/** How long connections may take to close; without a limit a Redis that is away would hold up the exit. */
const disconnectMs = 5_000

export function consumer(o: ConsumerOptions): Consumer {
  const { redis, concurrency, log, laterMs = 5_000, lockMs = 30_000, closeMs = 150_000 } = o
  const shutdown = new AbortController()
  const { onError } = redisErrors(log)
  const reports = new Reports(redis, onError)
  const running = new Set<Promise<unknown>>()

  const processor = async (job: Job<unknown, void>, token?: string) => {
    const key = keyFrom(job.data)
    if (!key) return log.warn({ job: job.id?.slice(0, 100) }, 'a job that names no tenant, dropped')
    const operation = performJob(key, { ...o, reports }, shutdown.signal)
    running.add(operation)
    try {
      if ((await operation) === 'done') return
    } catch (error) {
      // Kubernetes or Redis did not answer: nothing was begun, and nothing is known about the tenant.
      log.warn(
        { err: error, ns: key.namespace, name: key.name },
        'operation could not begin, trying again',
      )
    } finally {
      running.delete(operation)
    }
    const waitMs = shutdown.signal.aborted ? Math.min(laterMs, handOverMs) : laterMs
    await job.moveToDelayed(Date.now() + waitMs, token)
    throw new DelayedError()
  }
  const worker = new Worker<unknown, void>(queueName, processor, {
    connection: waiting(redis),
    prefix: redis.prefix,
    concurrency,
    lockDuration: lockMs,
    stalledInterval: lockMs / 2,
    maxStalledCount: 1000, // operations are idempotent; a worker's death is no fault of the tenant
  })
  worker.on('error', onError)
  worker.on('failed', (job, error) => reportFailure(log, job, error))
  // The Lease is the fence: an operation goes on though Redis forgot its job.
  worker.on('lockRenewalFailed', (jobs) => log.warn({ jobs }, 'redis forgot jobs that still run'))
  return {
    active: () => running.size,
    running: () => worker.isRunning() && !worker.isPaused(),
    close: async () => {
      await worker.pause(true)
      shutdown.abort(new Error('the worker shuts down'))
      await endOf(running, { clock: o.clock, withinMs: closeMs })
      // The jobs of operations that did not end are taken over when their locks run out.
      await endOf([worker.close(running.size > 0)], { clock: o.clock, withinMs: disconnectMs })
      await endOf([worker.disconnect()], { clock: o.clock, withinMs: disconnectMs })
      reports.close()
    },
  }
}

function reportFailure(log: Logger, job: Job<unknown> | undefined, error: Error) {
  const { namespace, name } = keyFrom(job?.data) ?? {}
  log.error({ err: error, ns: namespace, name }, 'job failed')
}

async function endOf(running: Iterable<Promise<unknown>>, o: { clock: Clock; withinMs: number }) {
  const enough = new AbortController()
  const limit = delay(o.clock, o.withinMs, enough.signal).catch(() => undefined)
  await Promise.race([Promise.allSettled(running), limit])
  enough.abort(new Error('ended'))
}
