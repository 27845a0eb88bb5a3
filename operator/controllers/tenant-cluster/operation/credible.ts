// Whether an outcome can be what became of the operation under way. Only a worker can write one, but a worker may be out of
// date, wrong or taken over: what it says of another tenant, operation or place is not believed. Pure.
import { outputsProblem, type Expected } from '../../../api/tenant/cloud-outputs.ts'
import type { OperationOutcome } from '../../../api/tenant/tenant-lease.ts'
import type { Operation } from '../../../api/tenant/tenant-cluster-status.ts'

type Known = Expected & {
  uid: string
  /** Of the TenantCluster as it is now. */
  generation: number
  /** leaseTransitions of its Lease. */
  fence: number
}

/** What speaks against it: the field, what it had to be, and what it is. */
export function incredible(
  outcome: OperationOutcome,
  operation: Operation,
  known: Known,
): string | undefined {
  const least = Math.max(known.fence, operation.fence ?? 0)
  const differences = [
    ['uid', known.uid, outcome.uid],
    ['kind', operation.kind, outcome.kind],
    ['fence', least, outcome.fence],
  ] as const
  for (const [field, expected, got] of differences) {
    if (expected !== got) return `${field}: expected ${expected}, got ${short(got)}`
  }
  const { generation } = outcome
  if (generation < operation.generation || generation > known.generation) {
    return `generation: expected ${operation.generation} to ${known.generation}, got ${generation}`
  }
  if (outcome.result === 'Failed' || outcome.kind === 'Delete') return undefined
  if (!outcome.outputs) return 'outputs: expected those of the cloud stack, got none'
  const problem = outputsProblem(outcome.outputs, known)
  return problem && `outputs.${problem}`
}

const short = (value: string | number) => String(value).slice(0, 100)
