// Progress of operations in Redis, by operation id: for show, and for the moment at which one gives way to a newer spec.
// Whoever owns Redis can write it, so nothing else may be decided by it; what counts is on the tenant's Lease. Kept apart from the queue's own records, so that it goes on though a job was lost.
import { Redis } from 'ioredis'
import { z } from 'zod'
import { workerSteps } from '../../api/tenant/tenant-cluster-status.ts'
import { failingFast, type RedisSettings } from './queue.ts'

const longestMessage = 500
const longestReport = 4_096

export const progressSchema = z.object({
  operationId: z.string(),
  uid: z.string(),
  namespace: z.string(),
  name: z.string(),
  /** Number of the lease that the worker holds. */
  fence: z.int(),
  step: workerSteps,
  message: z.string().max(longestMessage).optional(),
  resources: z.object({ done: z.int().min(0), total: z.int().min(0) }).optional(),
  /** Another operation would have to wait for the end of what the cloud does now, or be refused until then. */
  holds: z.boolean().optional(),
})
export type OperationProgress = z.infer<typeof progressSchema>
/** What an operation says of itself; whose it is its worker adds. */
export type StepProgress = Pick<OperationProgress, 'step' | 'message' | 'resources' | 'holds'>

const progressLifeSeconds = 120

/** The reports in Redis, as both sides see them. */
export class Reports {
  readonly #redis: Redis
  readonly #prefix: string

  constructor(settings: RedisSettings, onError: (error: Error) => void) {
    this.#prefix = settings.prefix
    this.#redis = new Redis(failingFast(settings))
    this.#redis.on('error', onError)
  }

  async write(progress: OperationProgress): Promise<void> {
    const message = progress.message?.slice(0, longestMessage)
    const text = JSON.stringify({ ...progress, message })
    await this.#redis.set(this.#key(progress.operationId), text, 'EX', progressLifeSeconds)
    await this.#redis.publish(reportChannel(this.#prefix), `${progress.namespace}/${progress.name}`)
  }

  /** Undefined when there is none, or what is there is no progress: written by another version, or by a stranger. */
  async read(operationId: string): Promise<OperationProgress | undefined> {
    const key = this.#key(operationId)
    // Only as much as a report may take: what is there may be of any size.
    const text = await this.#redis.getrange(key, 0, longestReport).catch(unlessOfAnotherType)
    return text ? progressFrom(text) : undefined
  }

  /** Fails as every write would: a full Redis, a replica that was its primary, a wrong password. */
  async assertWritable(): Promise<void> {
    await this.#redis.set(`${this.#prefix}:writable`, '1', 'EX', 60)
  }

  close(): void {
    this.#redis.disconnect()
  }

  #key(operationId: string): string {
    return `${this.#prefix}:progress:${operationId}`
  }
}

export const reportChannel = (prefix: string) => `${prefix}:reports`

export function progressFrom(text: string): OperationProgress | undefined {
  try {
    return progressSchema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined // no JSON
  }
}

function unlessOfAnotherType(error: unknown): undefined {
  if (error instanceof Error && error.message.startsWith('WRONGTYPE')) return
  throw error
}
