// Removes from a tenant cluster what made things in the cloud that no stack knows: Services of type LoadBalancer
// and volumes that were provisioned for claims. Keeps no list of theirs: each page is dealt with and forgotten.
import {
  clipped,
  core,
  deadline,
  delay,
  KubeError,
  type Clock,
  type Key,
  type TenantKube,
} from '../../framework/index.ts'

export type DrainLimit = { clock: Clock; signal: AbortSignal; limitMs: number }

const pollMs = 2_000
const unreachableLimitMs = 30_000
/** 50 objects each. */
const maxPages = 2_000
/** What is beyond has its turn when these are gone. */
const claimsAtATime = 500
const mostNames = 100
/** Namespace, slash and name, as long as Kubernetes lets them be, with the kind before them or why it was refused. */
const longestName = 400
/** What looking through a cluster once may cost. */
const roundMs = 60_000
const roundBytes = 256 * 2 ** 20

/** Whether the API server answers within the limit, or half a minute. */
export async function untilReachable(kube: TenantKube, o: DrainLimit): Promise<boolean> {
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
  kube: TenantKube,
  o: DrainLimit,
  onProgress: (message: string) => void,
): Promise<string[]> {
  const end = o.clock.monotonic() + o.limitMs
  for (;;) {
    const left = await round(kube, o)
    if (left.length === 0 || o.clock.monotonic() >= end) return left
    onProgress(`waits for ${left[0] ?? ''}${left.length > 1 ? ` and ${left.length - 1} more` : ''}`)
    await delay(o.clock, pollMs, o.signal)
  }
}

/** However slowly a cluster answers, it is looked through within the time, or found refused. */
async function round(tenant: TenantKube, { clock, signal }: DrainLimit): Promise<string[]> {
  using late = deadline(clock, roundMs, tooSlow)
  const kube = tenant.within({ signal: late.signal, maxBytes: roundBytes })
  return [
    ...(await removeLoadBalancers(kube, signal).catch(refusal(signal))),
    ...(await removeVolumes(kube, signal).catch(refusal(signal))),
  ]
}

const tooSlow = () =>
  new KubeError('the cluster took too long to say what is in it', {
    status: 0,
    reason: 'ETIMEDOUT',
  })

/** Whatever a cluster answers, and be it nonsense. */
const refusal = (signal: AbortSignal) => (error: unknown) => {
  signal.throwIfAborted()
  return [error instanceof Error ? error.message : String(error)]
}

type Meta = { metadata: { name: string; namespace?: string; deletionTimestamp?: string } }

async function removeLoadBalancers(kube: TenantKube, signal: AbortSignal): Promise<string[]> {
  const left = new Remnants()
  for await (const services of kube.pages(core.service, { signal, maxPages })) {
    const balancers = services.filter(({ spec }) => spec?.type === 'LoadBalancer')
    left.add(...(await removeEach(kube, core.service, { objects: balancers, signal })))
    left.add(...balancers.map((service) => `Service ${nameOf(service)}`))
  }
  return left.names
}

/** Claims whose volume goes with them; pods that hold one are deleted, for a claim in use stays. */
async function removeVolumes(kube: TenantKube, signal: AbortSignal): Promise<string[]> {
  const left = new Remnants()
  const claims = new Set<string>()
  for await (const volumes of kube.pages(core.persistentVolume, { signal, maxPages })) {
    for (const { metadata, spec } of volumes) {
      const provisioned = metadata.annotations?.['pv.kubernetes.io/provisioned-by'] !== undefined
      if (!provisioned || spec?.persistentVolumeReclaimPolicy !== 'Delete') continue
      left.add(`PersistentVolume ${metadata.name}`)
      const claim = nameOf({ metadata: { name: '', ...spec.claimRef } })
      if (claims.size < claimsAtATime && claim.length <= longestName) claims.add(claim)
    }
  }
  if (claims.size === 0) return left.names
  const refused = new Remnants()
  refused.add(...(await removeClaims(kube, claims, signal)))
  refused.add(...left.names)
  return refused.names
}

async function removeClaims(
  kube: TenantKube,
  names: Set<string>,
  signal: AbortSignal,
): Promise<string[]> {
  const refused = new Remnants()
  for await (const claims of kube.pages(core.persistentVolumeClaim, { signal, maxPages })) {
    const objects = claims.filter((claim) => names.has(nameOf(claim)))
    refused.add(...(await removeEach(kube, core.persistentVolumeClaim, { objects, signal })))
  }
  for await (const pods of kube.pages(core.pod, { signal, maxPages })) {
    const objects = pods.filter(({ spec, metadata }) =>
      spec?.volumes?.some(({ persistentVolumeClaim: claim }) =>
        names.has(`${metadata.namespace}/${claim?.claimName}`),
      ),
    )
    refused.add(...(await removeEach(kube, core.pod, { objects, signal })))
  }
  return refused.names
}

/** Why some were refused; one that is refused keeps none of the others. */
async function removeEach(
  kube: TenantKube,
  kind: Parameters<TenantKube['delete']>[0],
  { objects, signal }: { objects: Meta[]; signal: AbortSignal },
): Promise<string[]> {
  const refused: string[] = []
  for (const { metadata } of objects) {
    if (metadata.deletionTimestamp) continue
    const key: Key = { name: metadata.name, namespace: metadata.namespace }
    const why = await kube.delete(kind, key, { signal }).catch(refusal(signal))
    if (Array.isArray(why)) refused.push(...why)
  }
  return refused
}

/** The first of what is left, in words: a cluster can hold any number, with names of any length. */
class Remnants {
  readonly names: string[] = []

  add(...names: string[]): void {
    const room = mostNames - this.names.length
    this.names.push(...names.slice(0, room).map((name) => clipped(name, longestName)))
  }
}

const nameOf = ({ metadata }: Pick<Meta, 'metadata'>) => `${metadata.namespace}/${metadata.name}`
