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

/** Deletes and waits; returns the names of what was still there when the time was over. */
export async function drain(
  kube: Kube,
  o: DrainLimit,
  onProgress: (message: string) => void,
): Promise<string[]> {
  const end = o.clock.monotonic() + o.limitMs
  for (;;) {
    const left = [...(await removeLoadBalancers(kube)), ...(await removeVolumes(kube))]
    if (left.length === 0 || o.clock.monotonic() >= end) return left
    onProgress(`waits for ${left[0] ?? ''}${left.length > 1 ? ` and ${left.length - 1} more` : ''}`)
    await delay(o.clock, pollMs, o.signal)
  }
}

type Meta = { metadata: { name: string; namespace?: string; deletionTimestamp?: string } }

async function removeLoadBalancers(kube: Kube): Promise<string[]> {
  const { items } = await kube.list(core.service)
  const balancers = items.filter(({ spec }) => spec.type === 'LoadBalancer')
  for (const service of balancers) await removeOnce(kube, core.service, service)
  return balancers.map((service) => `Service ${nameOf(service)}`)
}

/** Claims whose volume goes with them; pods that hold one are deleted, for a claim in use stays. */
async function removeVolumes(kube: Kube): Promise<string[]> {
  const volumes = await kube.list(core.persistentVolume)
  const provisioned = volumes.items.filter(
    ({ spec, metadata }) =>
      spec.persistentVolumeReclaimPolicy === 'Delete' &&
      metadata.annotations?.['pv.kubernetes.io/provisioned-by'] !== undefined,
  )
  if (provisioned.length === 0) return []
  const claims = new Set(
    provisioned.map(({ spec }) => nameOf({ metadata: { name: '', ...spec.claimRef } })),
  )
  await removeClaims(kube, claims)
  return provisioned.map(({ metadata }) => `PersistentVolume ${metadata.name}`)
}

async function removeClaims(kube: Kube, names: Set<string>): Promise<void> {
  const claims = await kube.list(core.persistentVolumeClaim)
  for (const claim of claims.items) {
    if (names.has(nameOf(claim))) await removeOnce(kube, core.persistentVolumeClaim, claim)
  }
  const pods = await kube.list(core.pod)
  for (const pod of pods.items) {
    const held = pod.spec.volumes?.some(({ persistentVolumeClaim: claim }) =>
      names.has(`${pod.metadata.namespace}/${claim?.claimName}`),
    )
    if (held) await removeOnce(kube, core.pod, pod)
  }
}

async function removeOnce(
  kube: Kube,
  kind: Parameters<Kube['delete']>[0],
  obj: Meta,
): Promise<void> {
  if (obj.metadata.deletionTimestamp) return
  const key: Key = { name: obj.metadata.name, namespace: obj.metadata.namespace }
  await kube.delete(kind, key)
}

const nameOf = ({ metadata }: Pick<Meta, 'metadata'>) => `${metadata.namespace}/${metadata.name}`
