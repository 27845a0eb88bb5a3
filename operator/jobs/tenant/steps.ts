// Which step of an operation a resource type belongs to, for status.operation.step. Pure.
import type { WorkerStep } from '../../api/tenant/tenant-cluster-status.ts'

const storage = /^aws:efs\//
const nodes = /^aws:eks\/(nodeGroup|addon)/
const network = /^aws:ec2\/(?!launchTemplate)|^aws:vpc\//
const controlPlane = /^aws:eks\//

/**
 * The step that work on a resource of the type belongs to; undefined when it says nothing: a component is there before
 * anything in it is begun, and roles, keys, log groups and launch templates are made beside everything else.
 */
export function stepOf(type: string | undefined): WorkerStep | undefined {
  if (type === undefined) return undefined
  if (storage.test(type)) return 'Storage'
  if (nodes.test(type)) return 'Nodes'
  if (network.test(type)) return 'Network'
  return controlPlane.test(type) ? 'ControlPlane' : undefined
}

/** The file system needs nothing, so that it is begun first and its end is soon hidden by the network. */
const rank: Partial<Record<WorkerStep, number>> = {
  Plan: 0,
  Storage: 1,
  Network: 2,
  ControlPlane: 3,
  Nodes: 4,
}

/** Steps overlap, and what is shown never goes back. */
export function nextStep(shown: WorkerStep, type: string | undefined): WorkerStep {
  const next = stepOf(type)
  if (next === undefined) return shown
  return (rank[next] ?? 0) >= (rank[shown] ?? 0) ? next : shown
}
