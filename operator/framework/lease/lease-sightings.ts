// How long each Lease has stood still as this machine sees it. Its renewTime is by the clock of another machine, which may
// be wrong: like leader election, whoever judges a Lease goes by the version that it saw last and by its own clock.
import type { Cache } from '../cache/cache.ts'
import type { Clock } from '../clock.ts'
import type { KubeObject } from '../kube/objects.ts'

export type LeaseSightings = {
  /** Since when this version is known here; 0 when it is new. */
  stillForMs(lease: Pick<KubeObject, 'metadata'>): number
  /** Whether a holder renews it, as far as this machine has seen. */
  isHeld(lease: HeldBySomebody): boolean
}

type HeldBySomebody = Pick<KubeObject, 'metadata'> & {
  spec: { holderIdentity?: string; leaseDurationSeconds?: number }
}

/** The cache only makes sightings early, so that a dead holder's Lease is known to stand still when somebody asks. */
export function leaseSightings(leases: Cache, clock: Clock): LeaseSightings {
  const seen = new Map<string, { version: string; at: number }>()
  const stillForMs: LeaseSightings['stillForMs'] = ({ metadata }) => {
    const { name, resourceVersion } = metadata
    const now = clock.monotonic()
    const last = seen.get(name)
    if (last?.version === resourceVersion) return now - last.at
    seen.set(name, { version: resourceVersion, at: now })
    return 0
  }
  leases.onChange(({ type, obj }) => {
    if (type === 'deleted') seen.delete(obj.metadata.name)
    else stillForMs(obj)
  })
  return {
    stillForMs,
    isHeld: (lease) => {
      const { holderIdentity, leaseDurationSeconds = 0 } = lease.spec
      const stillMs = stillForMs(lease) // also where nobody holds it: it was seen
      return Boolean(holderIdentity) && stillMs < leaseDurationSeconds * 1000
    },
  }
}
