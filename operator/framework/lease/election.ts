// Leader election by a Lease, as Kubernetes' own components do it: a standby gives the leader up after the Lease has not
// moved for its whole duration by the standby's own clock.
import type { Logger } from 'pino'
import { delay, type Clock } from '../clock.ts'
import { core } from '../kube/kinds.ts'
import type { Kube } from '../kube/kube.ts'
import type { HeldLease, LeaseObject } from './held-lease.ts'
import { holdLease } from './hold-lease.ts'
import { sightings, type Sightings } from './lease-sightings.ts'

export type LeaderElection = {
  namespace: string
  name: string
  /** Unique for each process, for example the pod's name. */
  identity: string
  /** How long a dead leader keeps others waiting, 15 s by default. */
  leaseMs?: number
  /** A leader that could not renew for this long stops, 10 s by default. */
  renewMs?: number
  /** Between attempts, 2 s by default. */
  retryMs?: number
}

export type ElectionOptions = LeaderElection & {
  kube: Kube
  clock: Clock
  log: Logger
  random?: () => number
  onRenewal?: (result: 'ok' | 'failed') => void
}

/** Resolves when the lease is ours; rejects only with the signal's reason. */
export async function elected(o: ElectionOptions, signal: AbortSignal): Promise<HeldLease> {
  const { clock, log, retryMs = 2_000, random = Math.random } = o
  const seen = sightings(clock)
  for (;;) {
    const lease = await attempt({ ...o, retryMs }, seen, signal).catch((error: unknown) => {
      if (!signal.aborted) log.warn({ err: error }, 'lease not acquired; trying again')
    })
    if (lease) return lease
    signal.throwIfAborted()
    await delay(clock, retryMs * (0.8 + 0.2 * random()), signal) // standbys that began together part
  }
}

async function attempt(
  o: ElectionOptions & { retryMs: number },
  seen: Sightings,
  signal: AbortSignal,
): Promise<HeldLease | undefined> {
  const { kube, name, namespace, identity, leaseMs = 15_000, renewMs = 10_000, retryMs } = o
  const found = await kube.get(core.lease, name, namespace, { signal })
  const lease = found as LeaseObject | undefined // the format of the API
  if (lease) {
    const { holderIdentity, leaseDurationSeconds = 0 } = lease.spec
    const stillMs = seen.stillForMs(lease)
    const isExpired = stillMs >= Math.max(leaseMs, leaseDurationSeconds * 1000)
    if (holderIdentity && holderIdentity !== identity && !isExpired) return undefined
  }
  const times = { durationMs: leaseMs, giveUpMs: renewMs, renewMs: retryMs }
  return holdLease(lease, { ...o, ...times, letGo }, signal)
}

/** In the words of Kubernetes' own components. */
const letGo = { holderIdentity: '', leaseDurationSeconds: 1 }
