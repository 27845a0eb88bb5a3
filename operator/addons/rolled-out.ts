// How far a workload in a tenant cluster is, by the status that its controller gave it. Pure.

export type Count = {
  /** Infinity until the numbers of the status are those of this spec. */
  desired: number
  ready: number
}

type Found<Status, Spec = unknown> =
  | {
      metadata: { generation?: number }
      spec?: Spec
      status?: ({ observedGeneration?: number } & Status) | undefined
    }
  | undefined

export function daemonSetCount(
  found: Found<{
    desiredNumberScheduled?: number
    numberReady?: number
    updatedNumberScheduled?: number
  }>,
): Count {
  const status = found?.status
  return {
    desired: isObserved(found) ? (status?.desiredNumberScheduled ?? 0) : Infinity,
    ready: Math.min(status?.numberReady ?? 0, status?.updatedNumberScheduled ?? 0),
  }
}

export function deploymentCount(
  found: Found<{ availableReplicas?: number; updatedReplicas?: number }, { replicas?: number }>,
): Count {
  const status = found?.status
  return {
    desired: isObserved(found) ? (found?.spec?.replicas ?? 1) : Infinity,
    ready: Math.min(status?.availableReplicas ?? 0, status?.updatedReplicas ?? 0),
  }
}

const isObserved = (found: Found<unknown>): boolean =>
  found !== undefined && (found.status?.observedGeneration ?? 0) >= (found.metadata.generation ?? 0)
