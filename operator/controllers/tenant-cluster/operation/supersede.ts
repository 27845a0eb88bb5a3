// A newer spec while an operation applies an older one: whether the operation is given up for it, or it has to wait, and
// how that is said. Pure.
import type {
  Operation,
  OperationStep,
  TenantClusterStatus,
} from '../../../api/tenant/tenant-cluster-status.ts'
import type { Report } from './report.ts'

type Applied = { generation: number; nowMs: number; report: Report; status: TenantClusterStatus }

/**
 * When a newer spec gets its turn: `never` before the operation ends, or in so many milliseconds; undefined when there is
 * none. A deletion is not asked.
 */
export function supersedesIn(observed: Applied): number | 'never' | undefined {
  const { generation, nowMs, report, status } = observed
  const { operation, history = [] } = status
  // Until a worker has it, it applies whatever the spec is then.
  if (!operation || !report.runner || appliedBy(operation, report) >= generation) return undefined
  // Without Redis its place is not known, and no other could be queued.
  if (report.silence !== undefined || !isSafe(operation, report)) return 'never'
  const patience = patienceMs(
    history.findIndex(({ result }) => result !== 'Cancelled'),
    history,
  )
  if (patience === undefined) return 'never'
  const ageMs = nowMs - Date.parse(operation.startedAt)
  return Math.max(0, patience - ageMs)
}

/** The generation of the spec that its worker has read. */
const appliedBy = (operation: Operation, { runner }: Report): number =>
  runner?.generation ?? operation.generation

/**
 * Before the first change nothing is lost. Node pools and add-ons are waited for, by far the longest where what was asked
 * for cannot come; what was made goes on by itself, the next operation finds it, and the nodes that were there serve. The
 * steps between are calls whose end the next operation would have to wait for itself; and so it is while the cloud changes a
 * pool of nodes or deletes an old one: it refuses another change until then.
 */
const isSafe = (operation: Operation, report: Report): boolean =>
  safe.has(stepOf(operation, report)) && report.progress?.holds !== true

const safe = new Set<OperationStep>(['Preflight', 'Plan', 'Nodes', 'AddOns'])

function stepOf(operation: Operation, { runner, progress }: Report): OperationStep {
  if (progress) return progress.step
  return runner?.fence === operation.fence ? operation.step : 'Preflight'
}

const firstPatienceMs = 3_000
const mostInARow = 5

/**
 * Edits that come in a row are taken together, and each operation that was given up makes the next one last longer: who
 * edits without end gets one applied in the end.
 */
function patienceMs(found: number, history: readonly unknown[]): number | undefined {
  const cancelledInARow = found < 0 ? history.length : found
  return cancelledInARow < mostInARow ? firstPatienceMs * 4 ** cancelledInARow : undefined
}

/** The same as long as it waits: progress stands in status.operation. */
export function waitingWords(
  newer: number,
  { id, kind, generation }: Operation,
  newerIn: number | 'never',
): string {
  const operation = `operation ${id} (${kind}, generation ${generation})`
  return newerIn === 'never'
    ? `generation ${newer} waits for ${operation} to end`
    : `generation ${newer} replaces ${operation} soon`
}
