// What the parts of one operation share: where it stands, whether it has failed, how many steps may run at once.
import type { Checkpoint } from '../state/checkpoint.ts'
import type { EngineEvents, StepEvent } from '../wire/events.ts'
import { errorText } from '../wire/protocol.ts'
import type { Goal } from './goal.ts'
import type { InlineCalls } from '../wire/inline-calls.ts'
import type { ProviderPool } from '../providers/providers.ts'
import type { Props } from '../values/props.ts'
import type { PendingType, ResourceRecord } from '../state/state.ts'
import type { ResolvedConfig } from '../cli/stack-config.ts'
import { isDefaultProvider } from '../state/urn.ts'

export type Update = {
  readonly project: string
  readonly stack: string
  readonly dryRun: boolean
  readonly parallel: number
  readonly config: ResolvedConfig
  readonly checkpoint: Checkpoint
  readonly events: EngineEvents
  readonly providers: ProviderPool
  readonly slots: Slots
  /** URNs that --replace names. */
  readonly replace: ReadonlySet<string>
  /** Aborted by a cancel: nothing new starts. */
  readonly signal: AbortSignal
  /** URNs that the program has asked for. */
  readonly claimed: Set<string>
  /** Resources of this run by URN. */
  readonly registered: Map<string, { record: ResourceRecord; goal?: Goal }>
  /** URN in the state by URN of this run, for resources found under an alias. */
  readonly formerUrn: Map<string, string>
  /** Old records that this run has taken up; what is left is deleted in the end. */
  readonly matched: Set<ResourceRecord>
  /** Old records deleted before their dependency's replacement, and what stands for them in the state since. */
  readonly deletedEarly: Map<ResourceRecord, ResourceRecord>
  /** Default providers of this run, by package, version and URL. */
  readonly defaults: Map<string, Promise<string>>
  /** Where remote components find this engine. */
  readonly addresses: { monitor: string; engine: string }
  /** The shorter way, for those in this process. */
  readonly attach: InlineCalls['attach']
  readonly changes: Record<string, number>
  /** First failure; nothing new starts after it. */
  failure: string | undefined
  /** What the program returns, until it has ended. */
  stackOutputs: { record: ResourceRecord; outputs: Props } | undefined
}

/** The failure is reported already: whoever meets it only stops. */
export class UpdateStopped extends Error {
  override readonly name = 'Stopped'
}

export const isStopped = (run: Update): boolean => run.failure !== undefined || run.signal.aborted

export function refuseWhenStopped(run: Update): void {
  if (isStopped(run)) throw new UpdateStopped(run.failure ?? 'update canceled')
}

/** Reports a failure and stops the run. */
export function fail(run: Update, error: unknown, urn?: string): UpdateStopped {
  if (error instanceof UpdateStopped) return error
  const message = errorText(error)
  run.failure ??= message
  run.events.diagnostic('error', message, urn)
  return new UpdateStopped(message, { cause: error })
}

export function count(run: Update, op: string, urn: string): void {
  if (!isDefaultProvider(urn)) run.changes[op] = (run.changes[op] ?? 0) + 1
}

export type UpdateStep = StepEvent & {
  /** Enters the state's pending operations while the step runs; missing when the step changes nothing outside. */
  pending?: PendingType | undefined
  /** false: the caller reports the end, because only the outcome tells what the step was. */
  reportsEnd?: boolean
}

/**
 * One step: its events, its entry in the state while it runs, its slot; a failure stops the run.
 * `body` enters its result in the checkpoint and returns the record.
 */
export async function performStep(
  run: Update,
  step: UpdateStep,
  body: () => Promise<ResourceRecord>,
): Promise<ResourceRecord> {
  using _slot = await run.slots.take()
  refuseWhenStopped(run)
  run.events.starts(step)
  try {
    const record = await accountedFor(run, step, body)
    if (step.reportsEnd !== false) run.events.ends(step.new ? { ...step, new: record } : step)
    return record
  } catch (error) {
    run.events.fails(step)
    throw fail(run, error, step.urn)
  }
}

async function accountedFor(
  run: Update,
  step: UpdateStep,
  body: () => Promise<ResourceRecord>,
): Promise<ResourceRecord> {
  const subject = step.new ?? step.old
  if (run.dryRun || !step.pending || !subject) return body()
  const operation = await run.checkpoint.begin(step.pending, subject)
  try {
    return await body()
  } finally {
    run.checkpoint.settle(operation)
    await run.checkpoint.flush()
  }
}

export interface Slots {
  take(): Promise<Disposable>
  taken(): number
}

/** At most `size` holders at a time, first come first served. */
export function openSlots(size: number): Slots {
  let free = size
  const waiting: (() => void)[] = []
  const release = () => {
    const next = waiting.shift()
    if (next) next()
    else free += 1
  }
  return {
    async take() {
      if (free > 0) free -= 1
      else await new Promise<void>((resolve) => waiting.push(resolve))
      return { [Symbol.dispose]: release }
    },
    taken: () => size - free,
  }
}
