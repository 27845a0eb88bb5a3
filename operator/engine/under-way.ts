// What the parts of an operation that is under way work with: the stack, what hears of it, and what the programs know. Types only.
import type * as Automation from '@pulumi/pulumi/automation/index.js'
import type { ProgramsModule, Progress, StackOperation } from './operation.ts'
import type { ProgressTracker } from './progress.ts'

export type UnderWay = {
  operation: StackOperation
  stack: Automation.Stack
  automation: typeof Automation
  tracker: ProgressTracker
  /** What the SDK shall tell of; undefined where the engine tells the tracker itself. */
  onEvent: ProgressTracker['onEvent'] | undefined
  signal: AbortSignal
  findCreated: ProgramsModule['findCreated'] | undefined
  refusal: ProgramsModule['refusal'] | undefined
  /** Hears what the state holds before the program is run. */
  onState: (records: readonly Record<string, unknown>[]) => Promise<void>
  unaccounted: ProgramsModule['unaccounted'] | undefined
  /** The same stack with an empty state of this process's own, which goes with it. */
  openScratch: () => Promise<Scratch>
  onProgress: (progress: Progress) => void
  log: (level: 'info' | 'warn', message: string) => void
}

export type Scratch = {
  stack: Automation.Stack
  /** What the program gave at the last preview, as far as it is known and no secret. */
  outputs: () => Promise<Record<string, unknown>>
}
