// The step of an operation that is shown while resources are worked on, for status.operation.step. Pure.
import type { WorkerStep } from '../../api/tenant/tenant-cluster-status.ts'

/** Storage needs nothing, so that it is begun first and its end is soon hidden by the network. */
const rank: Partial<Record<WorkerStep, number>> = {
  Plan: 0,
  Storage: 1,
  Network: 2,
  ControlPlane: 3,
  Nodes: 4,
}

/** Steps overlap, and what is shown never goes back. */
export const nextStep = (shown: WorkerStep, next: WorkerStep | undefined): WorkerStep =>
  next !== undefined && (rank[next] ?? 0) >= (rank[shown] ?? 0) ? next : shown
