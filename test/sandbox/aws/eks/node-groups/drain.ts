// Empties a node before it is taken away, as EKS does: no new pods come, those that are there are evicted, and their
// disruption budgets are heeded.
import { setTimeout } from 'node:timers/promises'
import { z } from 'zod'
import { asAdmin } from '../../backends/kubernetes.ts'
import type { ApiClient } from '../../../kubernetes/api-client.ts'
import type { ClusterBackend } from '../../backends/backend.ts'
import type { VirtualClock } from '../../clock.ts'
import type { Cluster } from '../state.ts'
import { UpdateFailed } from '../updates.ts'

type Deps = {
  backend: Pick<ClusterBackend, 'adminKubeconfig'>
  clock: Pick<VirtualClock, 'signal'>
}

export async function cordon(
  c: Deps,
  cluster: Pick<Cluster, 'backendName'>,
  node: string,
): Promise<void> {
  await asAdmin(await c.backend.adminKubeconfig(cluster.backendName), (client) =>
    client.patch(`/api/v1/nodes/${node}`, { spec: { unschedulable: true } }),
  )
}

/** EKS gives pods 15 minutes to go; real ones get two real ones at least. */
export const evictionLimitMs = (clock: VirtualClock) =>
  Math.max(120_000, (15 * 60_000) / clock.speed)

/**
 * Resolves when only pods are left that belong to the node (of DaemonSets, static ones). When that takes too long the
 * update fails, or with `force` goes on without them.
 */
export async function drain(
  c: Deps,
  cluster: Pick<Cluster, 'backendName'>,
  o: { node: string; force: boolean; limitMs: number },
): Promise<void> {
  const deadline = performance.now() + o.limitMs
  await asAdmin(await c.backend.adminKubeconfig(cluster.backendName), async (client) => {
    for (let left = await podsOn(client, o.node); left.length > 0;) {
      c.clock.signal.throwIfAborted()
      if (performance.now() > deadline) {
        if (o.force) return
        const message = `Reached max retries while trying to evict pods from nodes in node group: ${left.map(pathOf).join(', ')}`
        throw new UpdateFailed('PodEvictionFailure', message, [o.node])
      }
      for (const pod of left) if (!pod.metadata.deletionTimestamp) await evict(client, pod)
      await setTimeout(250)
      left = await podsOn(client, o.node)
    }
  })
}

const podSchema = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    deletionTimestamp: z.string().optional(),
    annotations: z.record(z.string(), z.string()).default({}),
    ownerReferences: z.array(z.object({ kind: z.string() })).default([]),
  }),
})
type Pod = z.infer<typeof podSchema>

async function podsOn(client: ApiClient, node: string): Promise<Pod[]> {
  const answer = await client.get(`/api/v1/pods?fieldSelector=spec.nodeName%3D${node}`)
  const { items } = z.object({ items: z.array(podSchema) }).parse(answer)
  return items.filter(
    ({ metadata }) =>
      !metadata.ownerReferences.some(({ kind }) => kind === 'DaemonSet') &&
      metadata.annotations['kubernetes.io/config.mirror'] === undefined,
  )
}

async function evict(client: ApiClient, { metadata }: Pod): Promise<void> {
  const { name, namespace } = metadata
  await client.post(`${pathOf({ metadata })}/eviction`, {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name, namespace },
  })
}

const pathOf = ({ metadata }: Pick<Pod, 'metadata'>) =>
  `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`
