// The context of a daemon or a timer: the object as it is now, and a status that is written as soon as it
// is said, because no reconcile will do it.
import { RunContext, type RunContextOptions } from '../context/run-context.ts'
import type { Context, StatusPatch } from '../context/context.ts'
import type { ConditionPatch, Said } from '../status/conditions.ts'
import type { Collected } from '../status/status.ts'

export interface TaskContext<S = unknown, T = unknown> extends Context<S, T> {
  /** When the first attempt began. */
  readonly startedAt: Date
  /** Resolves when everything said so far of the status is written; rejects when it could not be. */
  flush(): Promise<void>
}

export type LiveContextOptions = RunContextOptions & {
  startedAt: Date
  write: (collected: Collected) => Promise<void>
}

export class LiveContext
  extends RunContext
  implements TaskContext<unknown, Record<string, unknown>>
{
  readonly startedAt: Date
  readonly #write: (collected: Collected) => Promise<void>
  #writing: Promise<void> = Promise.resolve()
  #isPlanned = false

  constructor(o: LiveContextOptions) {
    super({ ...o, collected: { fields: {}, conditions: [] } })
    this.startedAt = o.startedAt
    this.#write = o.write
  }

  override status(patch: StatusPatch<Record<string, unknown>>): void {
    super.status(patch)
    this.#soon()
  }

  override condition(
    type: string,
    status: boolean | 'Unknown',
    reason: string,
    said?: string | Said,
  ): void {
    super.condition(type, status, reason, said)
    this.#soon()
  }

  async flush(): Promise<void> {
    this.#isPlanned = false
    const written = this.#writing.then(() => this.#writeCollected())
    this.#writing = written.catch(() => undefined) // who waits for it is told
    await written
  }

  /** Everything that is said without a pause is one write. */
  #soon(): void {
    if (this.#isPlanned) return
    this.#isPlanned = true
    queueMicrotask(() => {
      if (!this.#isPlanned) return
      this.flush().catch((error: unknown) =>
        this.log.warn({ err: error }, 'status not written; with the next word of it again'),
      )
    })
  }

  async #writeCollected(): Promise<void> {
    const { fields, conditions } = this.collected
    const [said, of] = [{ ...fields }, [...conditions]]
    if (Object.keys(said).length === 0 && of.length === 0) return
    for (const field of Object.keys(said)) delete fields[field]
    conditions.length = 0
    try {
      await this.#write({ fields: said, conditions: of })
    } catch (error) {
      this.#takeBack(said, of)
      throw error
    }
  }

  /** What was said since is newer. */
  #takeBack(fields: Record<string, unknown>, conditions: ConditionPatch[]): void {
    Object.assign(this.collected.fields, { ...fields, ...this.collected.fields })
    const since = new Set(this.collected.conditions.map(({ type }) => type))
    this.collected.conditions.push(...conditions.filter(({ type }) => !since.has(type)))
  }
}
