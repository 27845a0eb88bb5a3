// Which step of an operation a type of AWS resources belongs to, for status.operation.step. Pure.
import type { WorkerStep } from '../api/tenant/tenant-cluster-status.ts'

const storage = /^aws:efs\//
const nodes = /^aws:eks\/(nodeGroup|addon)/
const network = /^aws:ec2\/(?!launchTemplate)|^aws:vpc\//
const controlPlane = /^aws:eks\//

/**
 * The step that work on a resource of the type belongs to; undefined when it says nothing: a component is there before
 * anything in it is begun, and roles, keys, log groups and launch templates are made beside everything else.
 */
export function stepOf(type: string): WorkerStep | undefined {
  if (storage.test(type)) return 'Storage'
  if (nodes.test(type)) return 'Nodes'
  if (network.test(type)) return 'Network'
  return controlPlane.test(type) ? 'ControlPlane' : undefined
}
