// kstatus conditions: what a handler's end means to whoever waits for the object.
// https://github.com/kubernetes-sigs/cli-utils/tree/master/pkg/kstatus
import type { Condition, ConditionStatus } from '../kube/objects.ts'
import { KubeError } from '../kube/errors.ts'
import { Retry, Stall, type Outcome } from '../controller/outcome.ts'

export type ConditionPatch = {
  type: string
  status: ConditionStatus
  reason: string
} & Said

export type Said = {
  message: string
  /** Where it is not that of the object: what it tells of is older. */
  observedGeneration?: number
}

/** How a run of a handler ended, for conditions, metrics and the queue. */
export type Ending =
  | Outcome
  | { type: 'retry'; reason: string; message: string; afterMs?: number; error: unknown }
  | { type: 'stall'; reason: string; message: string; error: unknown }

/** An ending by something thrown. */
export type Failure = Extract<Ending, { error: unknown }>

/** Handlers throw what they like; a bug is tried again later. */
export function endingOf(error: unknown): Ending {
  if (error instanceof Stall)
    return { type: 'stall', reason: error.reason, message: error.message, error }
  if (error instanceof Retry) {
    const { reason, message, afterMs } = error
    return { type: 'retry', reason, message, error, ...(afterMs !== undefined && { afterMs }) }
  }
  const afterMs = error instanceof KubeError ? error.retryAfterMs : undefined
  const asked = afterMs === undefined ? {} : { afterMs }
  return { type: 'retry', reason: 'Error', message: messageOf(error), error, ...asked }
}

/** Ready, Reconciling and Stalled; the last two are there only while they are true. */
export function kstatus(ending: Ending): { set: ConditionPatch[]; remove: string[] } {
  if (ending.type === 'settled') {
    const ready = condition('Ready', 'True', 'Succeeded', '')
    return { set: [ready], remove: ['Reconciling', 'Stalled'] }
  }
  const { reason, message } = ending
  const ready = condition('Ready', 'False', reason, message)
  return ending.type === 'stall'
    ? { set: [ready, condition('Stalled', 'True', reason, message)], remove: ['Reconciling'] }
    : { set: [ready, condition('Reconciling', 'True', reason, message)], remove: ['Stalled'] }
}

/** Conditions after a run, in a stable order; the time moves only when a status does. */
export function mergeConditions(
  current: Condition[],
  patch: { set: ConditionPatch[]; remove: string[] },
  at: { time: string; observedGeneration: number | undefined },
): Condition[] {
  const merged = new Map(current.map((known) => [known.type, known]))
  for (const type of patch.remove) merged.delete(type)
  for (const wanted of patch.set) {
    const { observedGeneration = at.observedGeneration } = wanted
    const known = merged.get(wanted.type)
    const lastTransitionTime =
      known && known.status === wanted.status ? known.lastTransitionTime : at.time
    merged.set(wanted.type, {
      ...wanted,
      lastTransitionTime,
      ...(observedGeneration !== undefined && { observedGeneration }),
    })
  }
  return [...merged.values()]
}

const condition = (
  type: string,
  status: ConditionStatus,
  reason: string,
  message: string,
): ConditionPatch => ({ type, status, reason, message })

const longestMessage = 32_768

/** A one-line message of whatever was thrown. */
export function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : `threw ${describe(error)}`
  return text.slice(0, longestMessage)
}

function describe(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown
  try {
    return JSON.stringify(thrown) ?? String(thrown)
  } catch {
    return Object.prototype.toString.call(thrown) // cyclic, or with a toJSON that throws
  }
}
