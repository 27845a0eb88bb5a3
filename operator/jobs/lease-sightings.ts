// How long each tenant's Lease has stood still as this machine sees it. Its renewTime is by the clock of another machine,
// which may be wrong: like leader election, a taker goes by the version that it saw last and by its own clock.
import type { Cache, Clock, KubeObject } from '../framework/index.ts'

export type LeaseSightings = {
  /** Since when this version is known here; 0 when it is new. */
  stillForMs(lease: Pick<KubeObject, 'metadata'>): number
}

/** The cache only makes sightings early, so that a dead worker's Lease is known to stand still when its job comes. */
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
  return { stillForMs }
}
