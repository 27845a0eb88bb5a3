// Which step of an operation a resource type belongs to, for status.operation.step. Pure.
import type { OperationStep } from '../api/tenant-cluster-status.ts'

const storage = /^aws:efs\//
const nodes = /^aws:(eks\/nodeGroup|eks\/addon|ec2\/launchTemplate)|^cratekube:aws:NodePool/
const network = /^aws:ec2\/|^aws:vpc\/|^cratekube:aws:(Network|Endpoints)/
const controlPlane = /^aws:(eks|iam|kms|cloudwatch)\/|^eks:|^cratekube:aws:/

/** The step that work on a resource of the type belongs to; undefined when it says nothing. */
export function stepOf(type: string | undefined): OperationStep | undefined {
  if (type === undefined) return undefined
  if (storage.test(type)) return 'Storage'
  if (nodes.test(type)) return 'Nodes'
  if (network.test(type)) return 'Network'
  return controlPlane.test(type) ? 'ControlPlane' : undefined
}

const rank: Partial<Record<OperationStep, number>> = {
  Plan: 0,
  Network: 1,
  ControlPlane: 2,
  Nodes: 3,
  Storage: 3,
}

/** Steps overlap, and what is shown never goes back. Storage is ready long before nodes are, so it is shown when nothing else is left. */
export function nextStep(shown: OperationStep, type: string | undefined): OperationStep {
  const next = stepOf(type)
  if (next === undefined) return shown
  if (next === 'Storage') return shown === 'Plan' || shown === 'Nodes' ? 'Storage' : shown
  return (rank[next] ?? 0) >= (rank[shown] ?? 0) ? next : shown
}
