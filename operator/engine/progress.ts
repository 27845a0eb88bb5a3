// Engine events to progress, and what failed on the way. Debug diagnostics go first of all: the SDK's carry secrets in
// the clear, in both engines.
import type { EngineEvent, StepEventMetadata } from '@pulumi/pulumi/automation/index.js'
import { urnName, urnType } from './embedded/state/urn.ts'
import type { Planned, Progress } from './operation.ts'

/** One thing that went wrong, as the engine told it. */
export type Failure = { message: string; urn?: string; type?: string }

export interface ProgressTracker {
  readonly onEvent: (event: EngineEvent) => void
  /** Diagnostics of severity error, in order. */
  failures(): Failure[]
  changes(): Record<string, number>
  /** What was begun, or would be, that changes something; components are nothing but names. */
  planned(): Planned[]
  /** How many resources the operation will touch, when that is known. */
  expect(total: number): void
}

/** What becomes of something that stands. */
const changing = /^(update|delete)/
/** Steps that only accompany a real one. */
const quiet = new Set(['replace', 'same'])
/** Reads, and the second halves of a replacement. */
const changesNothing = new Set([...quiet, 'refresh', 'read', 'delete-replaced'])

/** `previews`: the operation is a preview itself; where another only begins with one, nothing of it is done yet. */
export function trackProgress(
  onProgress: (progress: Progress) => void,
  { previews = false } = {},
): ProgressTracker {
  const running = new Map<string, { op: string; type: string }>()
  const seen = new Set<string>()
  const failures: Failure[] = []
  const planned: Planned[] = []
  let changes: Record<string, number> = {}
  let done = 0
  let expected = 0
  const report = (message: string, step?: string) =>
    onProgress({
      done,
      total: Math.max(expected, seen.size, done),
      running: [...running.keys()].map(urnName),
      ...(step === undefined ? {} : { step }),
      ...([...running.values()].some(({ op }) => changing.test(op)) && { changing: true }),
      message,
    })
  const starts = ({ op, urn, diffs, new: after, old }: StepEventMetadata) => {
    const told = after ?? old
    const isComponent = told !== undefined && told.custom !== true
    if (!changesNothing.has(op) && !isComponent) planned.push(plannedOf(op, urn, diffs ?? []))
    seen.add(urn)
    running.set(urn, { op, type: urnType(urn) })
    if (!quiet.has(op)) report(`${op} ${urnName(urn)}`, urnType(urn))
  }
  const ends = (op: string, urn: string) => {
    if (op === 'replace') return
    if (running.delete(urn)) done += 1
    const [other] = running.values()
    report(`${op} ${urnName(urn)} done`, other?.type ?? urnType(urn))
  }
  return {
    onEvent(event) {
      const { diagnosticEvent, resourcePreEvent, resOutputsEvent, resOpFailedEvent, summaryEvent } =
        event
      const { planning = false } = resourcePreEvent ?? resOutputsEvent ?? {}
      if (planning && !previews) return
      if (resourcePreEvent) starts(resourcePreEvent.metadata)
      else if (resOutputsEvent) ends(resOutputsEvent.metadata.op, resOutputsEvent.metadata.urn)
      else if (resOpFailedEvent) running.delete(resOpFailedEvent.metadata.urn)
      else if (diagnosticEvent?.severity === 'error') failures.push(failureOf(diagnosticEvent))
      else if (summaryEvent) changes = { ...summaryEvent.resourceChanges }
    },
    failures: () => failures,
    changes: () => changes,
    planned: () => planned,
    expect(total) {
      expected = total
    },
  }
}

const plannedOf = (op: string, urn: string, fields: readonly string[]): Planned => ({
  op: op === 'create-replacement' ? 'replace' : op,
  type: urnType(urn),
  name: urnName(urn),
  fields,
})

function failureOf(diagnostic: { message: string; urn?: string | undefined }): Failure {
  const { message, urn } = diagnostic
  return urn ? { message: message.trim(), urn, type: urnType(urn) } : { message: message.trim() }
}
