// What workers tell the manager: progress as it happens and the outcome at the end, by operation id.
// Kept apart from the queue's own records, so that an operation goes on and reports though its job was lost.
import { Redis } from 'ioredis'
import { z } from 'zod'
import { faultSchema } from '../api/fault.ts'
import { cloudOutputsSchema } from '../api/stack.ts'
import { operationKinds, operationSteps, remainingSchema } from '../api/tenant-cluster-status.ts'
import { failingFast, type RedisSettings } from './queue.ts'

const about = {
  operationId: z.string(),
  uid: z.string(),
  namespace: z.string(),
  name: z.string(),
  /** Number of the lease; a report under a lower one than another is out of date. */
  fence: z.int(),
}

export const progressSchema = z.object({
  ...about,
  step: z.enum(operationSteps),
  message: z.string().optional(),
  resources: z.object({ done: z.int(), total: z.int() }).optional(),
  at: z.iso.datetime(),
})
export type OperationProgress = z.infer<typeof progressSchema>

export const outcomeSchema = z.object({
  ...about,
  kind: z.enum(operationKinds),
  /** Generation of the spec that was worked on. */
  generation: z.int(),
  result: z.enum(['Succeeded', 'Failed']),
  fault: faultSchema.optional(),
  outputs: cloudOutputsSchema.optional(),
  remaining: z.array(remainingSchema).optional(),
  credentialsVersion: z.string().optional(),
  finishedAt: z.iso.datetime(),
})
export type OperationOutcome = z.infer<typeof outcomeSchema>

export type Report = { progress?: OperationProgress; outcome?: OperationOutcome }

const progressLifeSeconds = 120
const outcomeLifeSeconds = 24 * 3600

/** The reports in Redis, as both sides see them. */
export class Reports {
  readonly #redis: Redis
  readonly #prefix: string

  constructor(settings: RedisSettings, onError: (error: Error) => void) {
    this.#prefix = settings.prefix
    this.#redis = new Redis(failingFast(settings))
    this.#redis.on('error', onError)
  }

  async progress(progress: OperationProgress): Promise<void> {
    const text = JSON.stringify(progress)
    const key = this.#key('progress', progress.operationId)
    await this.#redis.set(key, text, 'EX', progressLifeSeconds)
    await this.#announce(progress)
  }

  async outcome(outcome: OperationOutcome): Promise<void> {
    const key = this.#key('outcome', outcome.operationId)
    await this.#redis.set(key, JSON.stringify(outcome), 'EX', outcomeLifeSeconds)
    await this.#announce(outcome)
  }

  async read(operationId: string): Promise<Report> {
    const keys = [this.#key('progress', operationId), this.#key('outcome', operationId)]
    const [progress, outcome] = await this.#redis.mget(keys)
    return {
      ...parsed('progress', progressSchema, progress),
      ...parsed('outcome', outcomeSchema, outcome),
    }
  }

  /** Tells the manager to look, though nothing is new. */
  async #announce({ namespace, name }: { namespace: string; name: string }): Promise<void> {
    await this.#redis.publish(reportChannel(this.#prefix), `${namespace}/${name}`)
  }

  close(): void {
    this.#redis.disconnect()
  }

  #key(what: 'progress' | 'outcome', operationId: string): string {
    return `${this.#prefix}:${what}:${operationId}`
  }
}

export const reportChannel = (prefix: string) => `${prefix}:reports`

function parsed<Name extends string, T>(
  name: Name,
  schema: z.ZodType<T>,
  text: string | null | undefined,
) {
  if (!text) return {}
  const { success, data } = schema.safeParse(JSON.parse(text))
  return success ? ({ [name]: data } as Record<Name, T>) : {} // written by another version: as if lost
}
