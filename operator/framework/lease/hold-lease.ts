// Takes a Lease, in one write. Decides nothing about whether one that another holds is free: see lease-sightings.ts.
import { microTime } from '../clock.ts'
import { isConflict } from '../kube/errors.ts'
import { core } from '../kube/kinds.ts'
import { Holding, type HeldLease, type LeaseObject, type LeaseOptions } from './held-lease.ts'

/** Takes it as it was read, or makes it where there was none; undefined when somebody was faster. */
export async function holdLease(
  old: LeaseObject | undefined,
  o: LeaseOptions,
  signal?: AbortSignal,
): Promise<HeldLease | undefined> {
  const renewedAt = o.clock.monotonic()
  const spec = specOf(old, o)
  const { namespace, name, labels = {}, annotations = {} } = o
  try {
    // The version that was read is the precondition: of two takers one gets a conflict.
    const taken = old
      ? await o.kube.patch(
          core.lease,
          { namespace, name },
          {
            metadata: { resourceVersion: old.metadata.resourceVersion, labels, annotations },
            spec,
          },
          { type: 'merge', signal },
        )
      : await o.kube.create(
          core.lease,
          { metadata: { namespace, name, labels, annotations: given(annotations) }, spec },
          { signal },
        )
    const { resourceVersion } = taken.metadata
    return new Holding(o, { fence: spec.leaseTransitions, resourceVersion, renewedAt })
  } catch (error) {
    if (isConflict(error)) return undefined
    throw error
  }
}

function specOf(old: LeaseObject | undefined, o: LeaseOptions) {
  const { identity, durationMs, firstFence = 0 } = o
  const { leaseTransitions = 0, holderIdentity } = old?.spec ?? {}
  const time = microTime(o.clock.now())
  return {
    holderIdentity: identity,
    leaseDurationSeconds: Math.ceil(durationMs / 1000),
    acquireTime: time,
    renewTime: time,
    leaseTransitions: old ? leaseTransitions + (holderIdentity === identity ? 0 : 1) : firstFence,
  }
}

const given = (annotations: Record<string, string | null>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(annotations).flatMap(([key, value]) => (value === null ? [] : [[key, value]])),
  )
