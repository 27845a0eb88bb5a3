// How long each Lease has stood still as this machine sees it. Its renewTime is by the clock of another machine, which may
// be wrong: whoever judges a Lease goes by the version that it saw last and by its own clock.
import type { Cache } from '../cache/cache.ts'
import type { Clock } from '../clock.ts'
import { keyText, type KubeObject } from '../kube/objects.ts'

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
  const seen = sightings(clock)
  leases.onChange(({ type, obj }) => {
    if (type === 'deleted') seen.forget(obj)
    else seen.stillForMs(obj)
  })
  return {
    stillForMs: (lease) => seen.stillForMs(lease),
    isHeld: (lease) => {
      const { holderIdentity, leaseDurationSeconds = 0 } = lease.spec
      const stillMs = seen.stillForMs(lease) // also where nobody holds it: it was seen
      return Boolean(holderIdentity) && stillMs < leaseDurationSeconds * 1000
    },
  }
}

export type Sightings = Pick<LeaseSightings, 'stillForMs'> & {
  forget(lease: Pick<KubeObject, 'metadata'>): void
}

export function sightings(clock: Clock): Sightings {
  const seen = new Map<string, { version: string; at: number }>()
  return {
    stillForMs: ({ metadata }) => {
      const key = keyText(metadata)
      const version = metadata.resourceVersion
      const now = clock.monotonic()
      const last = seen.get(key)
      if (last?.version === version) return now - last.at
      seen.set(key, { version, at: now })
      return 0
    },
    forget: ({ metadata }) => seen.delete(keyText(metadata)),
  }
}
