// What to do next about a TenantCluster, from what is known of it. Pure: index.ts does what it says.
import { protectedFault, type Fault } from '../../api/fault.ts'
import type { OperationKind, TenantClusterStatus } from '../../api/tenant-cluster-status.ts'
import type { OperationOutcome } from '../../api/tenant-lease.ts'
import type { Report } from './report.ts'

export type Observed = {
  nowMs: number
  generation: number
  deleting: boolean
  suspend: boolean
  orphan: boolean
  /** spec.deletionProtection. */
  protected: boolean
  /** A person asked for a reconcile (reconcile.fluxcd.io/requestedAt) that was not begun yet. */
  requested: boolean
  status: TenantClusterStatus
  /** What is known of status.operation from its worker. */
  report: Report
  /** Whether this process has put the operation into the queue. */
  handedOver: boolean
  /** An operation looks for drift when the last one is older than this; 0 never. */
  driftMs: number
}

export type Step =
  | { do: 'suspend' }
  | { do: 'begin'; kind: OperationKind; attempt: number }
  /** See to it that a job exists for the operation. */
  | { do: 'hand-over' }
  | { do: 'follow' }
  | { do: 'conclude'; outcome: OperationOutcome }
  | { do: 'verify' }
  | { do: 'wait'; untilMs: number; fault: Fault }
  | { do: 'stall'; fault: Fault }
  /** Deletion is over. */
  | { do: 'release' }

/** An operation that no worker has taken by then may have lost its job. */
export const quietMs = 5_000

export function decide(observed: Observed): Step {
  return observed.deleting ? decideDeletion(observed) : decideUpkeep(observed)
}

function decideUpkeep(observed: Observed): Step {
  const { status, generation, suspend, requested } = observed
  if (suspend) return { do: 'suspend' }
  const applied = status.appliedGeneration
  const outdated = applied !== generation
  const kind = applied === undefined ? 'Create' : 'Update'
  if (status.operation && status.operation.step !== 'Verify') return followOperation(observed)
  const held = heldBack(observed)
  if (held) return held
  if (outdated || requested || drifted(observed)) {
    return { do: 'begin', kind, attempt: failedAttempts(observed) + 1 }
  }
  return { do: 'verify' }
}

function decideDeletion(observed: Observed): Step {
  const { status, orphan } = observed
  if (observed.protected) return { do: 'stall', fault: protectedFault } // admission was got round
  if (orphan || !status.stacks) return { do: 'release' } // without stacks nothing was ever begun
  if (status.operation?.kind === 'Delete') {
    const { outcome } = observed.report
    return outcome?.result === 'Succeeded' ? { do: 'release' } : followOperation(observed)
  }
  // An operation that still runs is replaced: its worker sees that and stops, and only then the lease is free.
  return (
    heldBack(observed) ?? { do: 'begin', kind: 'Delete', attempt: failedAttempts(observed) + 1 }
  )
}

function followOperation({ report, status, handedOver, nowMs }: Observed): Step {
  if (report.outcome) return { do: 'conclude', outcome: report.outcome }
  if (report.runner) return { do: 'follow' }
  const startedAt = Date.parse(status.operation?.startedAt ?? '')
  // Not a number is not within.
  const isFresh = nowMs - startedAt <= quietMs
  return handedOver && isFresh ? { do: 'follow' } : { do: 'hand-over' }
}

/** A failure holds back the next attempt, until its time comes, the spec changes or a person asks. */
function heldBack({ status, generation, requested, nowMs }: Observed): Step | undefined {
  const { retry, lastError } = status
  if (!retry || !lastError || retry.generation !== generation || requested) return undefined
  if (retry.at === undefined) return { do: 'stall', fault: lastError }
  const untilMs = Date.parse(retry.at)
  return nowMs < untilMs ? { do: 'wait', untilMs, fault: lastError } : undefined
}

const failedAttempts = ({ status, generation }: Observed) =>
  status.retry?.generation === generation ? status.retry.attempts : 0

function drifted({ status, driftMs, nowMs }: Observed): boolean {
  const last = status.history?.[0]?.finishedAt
  return driftMs > 0 && last !== undefined && nowMs - Date.parse(last) > driftMs
}

/** Pause before the next attempt: 2 s, doubling, at most 5 minutes. */
export const backoffMs = (failedAttemptsInARow: number) =>
  Math.min(2_000 * 2 ** (failedAttemptsInARow - 1), 300_000)
