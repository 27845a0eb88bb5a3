// The status of a TenantCluster after each kind of event. Pure: from the old status and what happened, the fields that change.
import { withAdvice } from '../../api/faults/reasons.ts'
import { recreateAnnotation } from '../../api/tenant/stack.ts'
import type { Fault } from '../../api/faults/fault.ts'
import type { OperationOutcome } from '../../api/tenant/tenant-lease.ts'
import type {
  HistoryEntry,
  Operation,
  OperationKind,
  TenantClusterStatus,
} from '../../api/tenant/tenant-cluster-status.ts'
import {
  longestBackoffMs,
  patientBackoffMs,
  type Backoff,
  type StatusPatch,
} from '../../framework/index.ts'
import type { Report } from './operation/report.ts'

export type StatusChange = StatusPatch<TenantClusterStatus>

const historyLength = 5

export type Beginning = {
  id: string
  kind: OperationKind
  generation: number
  attempt: number
  now: Date
}

export function begun(status: TenantClusterStatus, beginning: Beginning): StatusChange {
  const { now, ...operation } = beginning
  return {
    ...cancelled(status, now),
    operation: { ...operation, step: 'Queued', startedAt: now.toISOString() },
  }
}

/** The operation under way is given up: suspended, or replaced by another. */
export function cancelled(status: TenantClusterStatus, now: Date): StatusChange {
  const { operation } = status
  if (!operation) return {}
  if (operation.step === 'Verify') return { operation: undefined } // it had succeeded
  return { operation: undefined, history: remembered(status, operation, 'Cancelled', { now }) }
}

/** Without progress, what was shown stays: Redis may have forgotten it. */
export function followed(
  operation: Operation,
  { runner, progress }: Pick<Report, 'runner' | 'progress'>,
  etaSeconds: number | undefined,
): StatusChange {
  if (!runner || runner.fence < (operation.fence ?? 0)) return {}
  const { id, kind, startedAt, attempt } = operation
  const { generation = operation.generation } = runner
  const isAnother = runner.fence !== operation.fence
  const { step, message, resources } =
    progress ?? (isAnother ? { step: 'Preflight' as const } : operation)
  return {
    operation: {
      id,
      kind,
      generation,
      startedAt,
      attempt,
      step,
      fence: runner.fence,
      ...(runner.heardAt !== undefined && { heartbeatAt: runner.heardAt }),
      ...(message !== undefined && { message }),
      ...(resources && { resources }),
      ...(etaSeconds !== undefined && { etaSeconds }),
    },
  }
}

export function succeeded(
  status: TenantClusterStatus,
  operation: Operation,
  outcome: OperationOutcome,
  now: Date,
): StatusChange {
  const { outputs } = outcome
  const { message: _, etaSeconds: __, ...rest } = operation
  return {
    operation: { ...rest, step: 'Verify' },
    appliedGeneration: outcome.generation,
    history: remembered(status, operation, 'Succeeded', { now, generation: outcome.generation }),
    lastError: undefined,
    retry: undefined,
    remaining: undefined,
    ...(outcome.credentialsVersion && { credentialsVersion: outcome.credentialsVersion }),
    ...(outcome.adopted !== undefined && { adopted: outcome.adopted }),
    ...(outputs && {
      endpoint: outputs.endpoint,
      certificateAuthority: outputs.certificateAuthority,
      physicalName: outputs.clusterName,
      account: outputs.account ?? status.account,
    }),
  }
}

export function failed(
  status: TenantClusterStatus,
  operation: Operation,
  outcome: OperationOutcome,
  now: Date,
): StatusChange {
  const fault: Fault = outcome.fault ?? {
    code: 'OperationFailed',
    message: 'the operation failed without saying why',
    retryable: true,
  }
  // A failed attempt at an older spec says nothing about the one that came in the meantime.
  return {
    ...failure(status, fault, { generation: outcome.generation, now }),
    operation: undefined,
    history: remembered(status, operation, 'Failed', {
      now,
      generation: outcome.generation,
      message: fault.message,
    }),
    remaining: outcome.remaining,
    ...(outcome.credentialsVersion && { credentialsVersion: outcome.credentialsVersion }),
  }
}

/** Before the next attempt: 2 s, doubling, at most 5 minutes; a little more by chance, so that tenants do not return together after an outage. */
export const retryBackoff: Backoff = { baseMs: 2_000, capMs: 300_000 }

/** A failure that came before any operation, or ended one. */
export function failure(
  status: TenantClusterStatus,
  fault: Fault,
  { generation, now }: { generation: number; now: Date },
): StatusChange {
  const attempts = (status.retry?.generation === generation ? status.retry.attempts : 0) + 1
  const at = new Date(now.getTime() + patientBackoffMs(attempts, retryBackoff)).toISOString()
  return {
    lastError: withAdvice(fault),
    retry: { generation, attempts, ...(fault.retryable && { at }) },
  }
}

/** Whether a person has agreed to the very loss that the fault tells of. */
export const hasConsent = (
  { code, value }: Fault,
  annotations: Record<string, string> | undefined = {},
): boolean =>
  code === 'ClusterLost' && value !== undefined && annotations[recreateAnnotation] === value

/** Whether refused credentials are worth another try: after 30 seconds, and less often the longer they are refused. */
export function credentialsDue({ history, retry }: TenantClusterStatus, now: Date): boolean {
  const finishedAt = history?.[0]?.finishedAt
  const pauseMs = Math.max(30_000, longestBackoffMs(retry?.attempts ?? 1, retryBackoff))
  return finishedAt !== undefined && now.getTime() - Date.parse(finishedAt) >= pauseMs
}

export function ready(status: TenantClusterStatus, createdAt: string, now: Date): StatusChange {
  const timings = status.timings?.readyAt
    ? status.timings
    : {
        requestedAt: createdAt,
        readyAt: now.toISOString(),
        timeToReadySeconds: Math.round((now.getTime() - Date.parse(createdAt)) / 100) / 10,
      }
  return { operation: undefined, timings }
}

/** Seconds left, by the median of earlier operations of the kind; unknown without any. */
export function etaSeconds(operation: Operation, earlier: HistoryEntry[], now: Date) {
  const durations = earlier
    .filter((entry) => entry.kind === operation.kind && entry.result === 'Succeeded')
    .map((entry) => Date.parse(entry.finishedAt) - Date.parse(entry.startedAt))
    .sort((a, b) => a - b)
  const median = durations[Math.floor(durations.length / 2)]
  if (median === undefined) return undefined
  const elapsed = now.getTime() - Date.parse(operation.startedAt)
  return Math.max(0, Math.round((median - elapsed) / 1000))
}

function remembered(
  status: TenantClusterStatus,
  operation: Operation,
  result: HistoryEntry['result'],
  o: { now: Date; generation?: number; message?: string },
): HistoryEntry[] {
  const { id, kind, generation, startedAt } = operation
  const entry: HistoryEntry = {
    id,
    kind,
    generation: o.generation ?? generation,
    result,
    startedAt,
    finishedAt: o.now.toISOString(),
    ...(o.message !== undefined && { message: o.message }),
  }
  return [entry, ...(status.history ?? [])].slice(0, historyLength)
}
