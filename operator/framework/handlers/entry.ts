// A handler as it was declared.
import type { Outcome } from '../controller/outcome.ts'
import type { Field } from './essence.ts'
import type { HandlerContext } from './handler-context.ts'
import type { DeletionOptions, HandlerOptions, Reason, ResumeOptions } from './options.ts'

export type AnyOptions = HandlerOptions<never, never> &
  Pick<ResumeOptions, 'deleted'> &
  Pick<DeletionOptions, 'optional'>

export type AnyRun = (context: HandlerContext) => Promise<Outcome | void>

export type Entry = {
  readonly id: string
  readonly cause: Reason | 'field'
  readonly run: AnyRun
  /** What was declared: one function for creation and resuming is called once. */
  readonly origin: unknown
  readonly field?: Field
  readonly options: AnyOptions
}
