// Removes from a tenant cluster what made things in AWS that no stack knows: Services of type LoadBalancer
// and volumes that were provisioned for claims.
import { core, delay, KubeError, type Clock, type Key, type Kube } from '../framework/index.ts'

export type DrainLimit = { clock: Clock; signal: AbortSignal; limitMs: number }

const pollMs = 2_000
const unreachableLimitMs = 30_000

/** Whether the API server answers within the limit, or half a minute. */
export async function untilReachable(kube: Kube, o: DrainLimit): Promise<boolean> {
  const end = o.clock.monotonic() + Math.min(o.limitMs, unreachableLimitMs)
  for (;;) {
    try {
      await kube.request('GET', '/version', undefined, { signal: o.signal, timeoutMs: 5_000 })
      return true
    } catch (error) {
      o.signal.throwIfAborted()
      if (!(error instanceof KubeError) || o.clock.monotonic() >= end) return false
      await delay(o.clock, pollMs, o.signal)
    }
  }
}

/**
 * Deletes and waits; returns what was still there when the time was over. What the cluster refuses, because a webhook in
 * it is dead for example, is asked for again until then: a broken cluster must not hold up its own deletion.
 */
export async function drain(
  kube: Kube,
  o: DrainLimit,
  onProgress: (message: string) => void,
): Promise<string[]> {
  const end = o.clock.monotonic() + o.limitMs
  for (;;) {
    const left = [
      ...(await removeLoadBalancers(kube, o.signal).catch(refusal)),
      ...(await removeVolumes(kube, o.signal).catch(refusal)),
    ]
    if (left.length === 0 || o.clock.monotonic() >= end) return left
    onProgress(`waits for ${left[0] ?? ''}${left.length > 1 ? ` and ${left.length - 1} more` : ''}`)
    await delay(o.clock, pollMs, o.signal)
  }
}

function refusal(error: unknown): string[] {
  if (!(error instanceof KubeError)) throw error
  return [error.message]
}

type Meta = { metadata: { name: string; namespace?: string; deletionTimestamp?: string } }

async function removeLoadBalancers(kube: Kube, signal: AbortSignal): Promise<string[]> {
  const { items } = await kube.list(core.service, { signal })
  const balancers = items.filter(({ spec }) => spec.type === 'LoadBalancer')
  const refused = await removeEach(kube, core.service, balancers)
  return [...refused, ...balancers.map((service) => `Service ${nameOf(service)}`)]
}

/** Claims whose volume goes with them; pods that hold one are deleted, for a claim in use stays. */
async function removeVolumes(kube: Kube, signal: AbortSignal): Promise<string[]> {
  const volumes = await kube.list(core.persistentVolume, { signal })
  const provisioned = volumes.items.filter(
    ({ spec, metadata }) =>
      spec.persistentVolumeReclaimPolicy === 'Delete' &&
      metadata.annotations?.['pv.kubernetes.io/provisioned-by'] !== undefined,
  )
  if (provisioned.length === 0) return []
  const claims = new Set(
    provisioned.map(({ spec }) => nameOf({ metadata: { name: '', ...spec.claimRef } })),
  )
  const refused = await removeClaims(kube, claims, signal)
  return [...refused, ...provisioned.map(({ metadata }) => `PersistentVolume ${metadata.name}`)]
}

async function removeClaims(
  kube: Kube,
  names: Set<string>,
  signal: AbortSignal,
): Promise<string[]> {
  const claims = await kube.list(core.persistentVolumeClaim, { signal })
  const pods = await kube.list(core.pod, { signal })
  const wanted = claims.items.filter((claim) => names.has(nameOf(claim)))
  const holders = pods.items.filter(({ spec, metadata }) =>
    spec.volumes?.some(({ persistentVolumeClaim: claim }) =>
      names.has(`${metadata.namespace}/${claim?.claimName}`),
    ),
  )
  return [
    ...(await removeEach(kube, core.persistentVolumeClaim, wanted)),
    ...(await removeEach(kube, core.pod, holders)),
  ]
}

/** Why some were refused; one that is refused keeps none of the others. */
async function removeEach(
  kube: Kube,
  kind: Parameters<Kube['delete']>[0],
  objects: Meta[],
): Promise<string[]> {
  const refused: string[] = []
  for (const { metadata } of objects) {
    if (metadata.deletionTimestamp) continue
    const key: Key = { name: metadata.name, namespace: metadata.namespace }
    await kube.delete(kind, key).catch((error: unknown) => refused.push(...refusal(error)))
  }
  return refused
}

const nameOf = ({ metadata }: Pick<Meta, 'metadata'>) => `${metadata.namespace}/${metadata.name}`
