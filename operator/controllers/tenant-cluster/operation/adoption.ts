// What the manager knows of adoptions: who may not be adopted, and what is said of those that were.
import type { Fault } from '../../../api/faults/fault.ts'
import type { CloudOutputs } from '../../../api/tenant/stack.ts'
import type { Chosen } from '../../../provider/choose.ts'
import type { ManagerFace } from '../../../provider/contract.ts'
import type { TenantObject } from '../../../jobs/queue/tenant-kind.ts'

/**
 * Nobody takes over the cluster of one that lives, in whatever namespace. Of two that wish for the same one at most one bears
 * the namespace and name that its stack and tags have, and the worker refuses the other: it must not hold up the first.
 */
export function livingOwner(
  { metadata, spec }: TenantObject,
  all: readonly TenantObject[],
): Fault | undefined {
  const uid = spec.adopt?.uid
  if (uid === undefined || uid === metadata.uid) return undefined // its own, whose stack was lost
  const owner = all.find((other) => other.metadata.uid === uid)
  if (!owner) return undefined
  const { namespace = '', name } = owner.metadata
  return {
    code: 'AdoptionRefused',
    inputPath: 'spec.adopt.uid',
    value: uid,
    message: `spec.adopt.uid: expected the uid of a TenantCluster that is gone, got that of ${namespace}/${name}, which is there`,
    retryable: false,
  }
}

export const adoptedNote = (
  { spec }: Pick<TenantObject, 'spec'>,
  uid: string,
  { outputs, provider }: { outputs: CloudOutputs; provider: Chosen<ManagerFace> },
): string =>
  `${provider(spec).clusterCalled(outputs.clusterName)} in account ${outputs.account ?? 'unknown'}, made by the TenantCluster with uid ${uid}, is taken over; nothing was changed`
