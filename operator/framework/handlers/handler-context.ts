// The context of a handler of changes: what happened, how often it was tried, and handlers of its own.
import type { Context } from '../context/context.ts'
import { RunContext, type RunContextOptions } from '../context/run-context.ts'
import type { Outcome } from '../controller/outcome.ts'
import type { Diff } from './diff.ts'
import type { Change, HandlerOptions, Reason } from './options.ts'

export type SubHandler<S = unknown, T = unknown> = (
  context: ChangeContext<S, T>,
) => Promise<Outcome | void>

export type SubOptions<S = unknown, T = unknown> = Omit<
  HandlerOptions<S, T>,
  'id' | 'field' | 'old' | 'new' | 'value'
>

export interface ChangeContext<S = unknown, T = unknown> extends Context<S, T> {
  readonly reason: Reason
  /** Before the change: the field when the handler watches one, else spec, labels, annotations and the like. */
  readonly old: unknown
  readonly new: unknown
  readonly diff: Diff
  /** When the first attempt of this handler began. */
  readonly startedAt: Date
  /** Runs after this handler has returned, with its own attempts; this one is called again until all have ended. */
  subhandler(id: string, handler: SubHandler<S, T>, o?: SubOptions<S, T>): void
  /** The same at once; throws what must not be caught while one of them has not ended. */
  execute(handlers: Record<string, SubHandler<S, T>>, o?: SubOptions<S, T>): Promise<void>
}

export type AnyRun = (context: HandlerContext) => Promise<Outcome | void>

export type Sub = { id: string; run: AnyRun; options: SubOptions<never, never> }

export type HandlerContextOptions = RunContextOptions & {
  change: Change
  startedAt: Date
  executeSubs: (subs: Sub[]) => Promise<void>
}

export class HandlerContext
  extends RunContext
  implements ChangeContext<unknown, Record<string, unknown>>
{
  readonly reason: Reason
  readonly old: unknown
  readonly new: unknown
  readonly diff: Diff
  readonly startedAt: Date
  readonly #subs: Sub[] = []
  readonly #executeSubs: (subs: Sub[]) => Promise<void>

  constructor(o: HandlerContextOptions) {
    super(o)
    this.reason = o.change.reason
    this.old = o.change.old
    this.new = o.change.new
    this.diff = o.change.diff
    this.startedAt = o.startedAt
    this.#executeSubs = o.executeSubs
  }

  subhandler(
    id: string,
    run: SubHandler<unknown, Record<string, unknown>>,
    options: SubOptions<never, never> = {},
  ): void {
    if (this.#subs.some((sub) => sub.id === id))
      throw new Error(`there is a sub-handler "${id}" already`)
    this.#subs.push({ id, run, options })
  }

  async execute(
    handlers: Record<string, SubHandler<unknown, Record<string, unknown>>>,
    options: SubOptions<never, never> = {},
  ): Promise<void> {
    await this.#executeSubs(Object.entries(handlers).map(([id, run]) => ({ id, run, options })))
  }

  /** Those that were registered. */
  async executeRegistered(): Promise<void> {
    if (this.#subs.length > 0) await this.#executeSubs(this.#subs)
  }
}
