// What to do next about a TenantCluster, from what is known of it. Pure: index.ts does what it says.
import { protectedFault, type Fault } from '../../api/faults/fault.ts'
import type {
  OperationKind,
  Remaining,
  TenantClusterStatus,
} from '../../api/tenant/tenant-cluster-status.ts'
import type { OperationOutcome } from '../../api/tenant/tenant-lease.ts'
import type { Report } from './operation/report.ts'
import { supersedesIn } from './operation/supersede.ts'

export type Observed = {
  nowMs: number
  generation: number
  deleting: boolean
  suspend: boolean
  orphan: boolean
  /** spec.deletionProtection. */
  protected: boolean
  /** Whether a worker may ever have worked on it: by its Lease, or by its status. */
  touched: boolean
  /** spec.adopt names a cluster that was not taken over yet, as far as the status says. */
  adopting: boolean
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

/** Why a TenantCluster may go. */
export type Evidence =
  /** The cloud was searched, and held nothing of it; `adopted`: under the uid whose cluster it had taken over. */
  | { found: 'nothing'; adopted?: string }
  /** An orphan whose destruction had begun: the cloud was searched, and holds this. */
  | { found: Remaining[] }
  /** An orphan whose destruction had begun; the cloud could not be searched. */
  | { unseen: Fault }
  /** An orphan that nobody has begun to destroy. */
  | { untouched: 'orphan' }
  /** No worker has ever begun an operation on it. */
  | { untouched: 'never begun' }

export type Step =
  | { do: 'suspend' }
  | { do: 'begin'; kind: OperationKind; attempt: number }
  /** See to it that a job exists for the operation. */
  | { do: 'hand-over' }
  /** `newerIn`: a newer spec replaces the operation in so many milliseconds, or never. */
  | { do: 'follow'; newerIn?: number | 'never' }
  | { do: 'conclude'; outcome: OperationOutcome }
  | { do: 'verify' }
  | { do: 'wait'; untilMs: number; fault: Fault }
  | { do: 'stall'; fault: Fault }
  /** Deletion is over. */
  | { do: 'release'; because: Evidence }

/** An operation that no worker has taken by then may have lost its job. */
export const quietMs = 5_000

export function decide(observed: Observed): Step {
  return observed.deleting ? decideDeletion(observed) : decideUpkeep(observed)
}

function decideUpkeep(observed: Observed): Step {
  const { status, suspend } = observed
  if (suspend) return { do: 'suspend' }
  const kind = status.appliedGeneration === undefined ? 'Create' : 'Update'
  const next: Step = { do: 'begin', kind, attempt: failedAttempts(observed) + 1 }
  if (status.operation && status.operation.step !== 'Verify') {
    const step = followOperation(observed)
    const newerIn = step.do === 'follow' ? supersedesIn(observed) : undefined
    // Its worker sees that another took its place and stops, and only then the lease is free.
    if (newerIn === 0) return next
    return newerIn === undefined ? step : { do: 'follow', newerIn }
  }
  const held = heldBack(observed)
  if (held) return held
  return isDue(observed) ? next : { do: 'verify' }
}

function isDue(observed: Observed): boolean {
  const { status, generation, adopting, requested } = observed
  const outdated = status.appliedGeneration !== generation
  return outdated || adopting || requested || drifted(observed)
}

/** The status may have been lost, restored or edited: by itself it is no evidence that nothing is left. */
function decideDeletion(observed: Observed): Step {
  const { status } = observed
  if (observed.protected) return { do: 'stall', fault: protectedFault } // admission was got round
  const outcome = endOfDeletion(observed)
  if (outcome && foundNothing(outcome)) return release(nothingOf(outcome))
  if (observed.orphan) return decideOrphan(observed, outcome)
  if (!observed.touched) return release({ untouched: 'never begun' })
  if (outcome?.result === 'Succeeded') return destroy(observed) // it was an orphan then, and only looked at
  if (status.operation?.kind === 'Delete') return followOperation(observed)
  // An operation that still runs is replaced: its worker sees that and stops, and only then the lease is free.
  return heldBack(observed) ?? destroy(observed)
}

/** Once its destruction has begun, what is left is looked up before it goes; once, for an orphan is not held up. */
function decideOrphan(observed: Observed, outcome: OperationOutcome | undefined): Step {
  const { operation, history = [] } = observed.status
  if (outcome) return decideLookedAt(observed, outcome)
  if (operation?.kind === 'Delete') return followOperation(observed)
  const begun = history.some(({ kind }) => kind === 'Delete')
  return begun ? destroy(observed) : release({ untouched: 'orphan' })
}

function decideLookedAt(observed: Observed, outcome: OperationOutcome): Step {
  const { fault, generation, result, remaining = [] } = outcome
  if (result === 'Succeeded') return release({ found: remaining })
  // One of an older spec was a destruction, and looked at nothing.
  return fault && generation === observed.generation
    ? release({ unseen: fault })
    : destroy(observed)
}

const endOfDeletion = ({ status, report: { outcome } }: Observed) =>
  status.operation?.kind === 'Delete' && outcome?.kind === 'Delete' ? outcome : undefined

const foundNothing = ({ result, remaining = [] }: OperationOutcome) =>
  result === 'Succeeded' && remaining.length === 0

const nothingOf = ({ adopted }: OperationOutcome): Evidence => ({
  found: 'nothing',
  ...(adopted !== undefined && { adopted }),
})

const release = (because: Evidence): Step => ({ do: 'release', because })
const destroy = (observed: Observed): Step => ({
  do: 'begin',
  kind: 'Delete',
  attempt: failedAttempts(observed) + 1,
})

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
