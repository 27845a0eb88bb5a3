// A handler as it was declared.
import type { Field } from './essence.ts'
import type { AnyRun } from './handler-context.ts'
import type { DeletionOptions, HandlerOptions, Reason, ResumeOptions } from './options.ts'

export type AnyOptions = HandlerOptions<never, never> &
  Pick<ResumeOptions, 'deleted'> &
  Pick<DeletionOptions, 'optional'>

export type Entry = {
  readonly id: string
  readonly cause: Reason | 'field'
  readonly run: AnyRun
  /** What was declared: one function for creation and resuming is called once. */
  readonly origin: unknown
  readonly field?: Field
  readonly options: AnyOptions
}
