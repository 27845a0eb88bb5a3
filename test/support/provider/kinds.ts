// What the cloud `test` has, by type: how one is made, changed and removed. Clusters and nodes are the sandbox's simulated ones,
// as those of the AWS double are.
import { z } from 'zod'
import type { ClusterBackend } from '../../sandbox/aws/backends/backend.ts'
import { poolLabel } from './manager.ts'

type Json = Record<string, unknown>
export type Kind = {
  /** Answers what the cloud adds to the inputs. */
  make(inputs: Json): Promise<Json>
  change(inputs: Json, before: Json): Promise<void>
  remove(inputs: Json): Promise<void>
}

const clusterSchema = z.object({ name: z.string(), version: z.string() })
const poolSchema = z.object({
  name: z.string(),
  cluster: z.string(),
  pool: z.string(),
  place: z.string(),
  version: z.string(),
  desired: z.int(),
  labels: z.record(z.string(), z.string()),
  taints: z.array(
    z.object({
      key: z.string(),
      value: z.string(),
      effect: z.enum(['NoSchedule', 'NoExecute', 'PreferNoSchedule']),
    }),
  ),
})
type Pool = z.infer<typeof poolSchema>

const nothing = { make: async () => ({}), change: async () => undefined, remove: async () => undefined } // prettier-ignore

/** `authenticate`: where the API server of a cluster asks whose a token is. */
export const kindsOn = (
  backend: ClusterBackend,
  authenticate: (cluster: string) => string,
): Readonly<Record<string, Kind>> => ({
  Network: nothing,
  Share: { ...nothing, make: async ({ name }) => ({ server: `${String(name)}.test.example` }) },
  Cluster: {
    make: async (inputs) => {
      const { name, version } = clusterSchema.parse(inputs)
      const made = await backend.create({
        name,
        version,
        serviceCidr: '10.96.0.0/16',
        oidcIssuer: 'https://issuer.test.example',
        authWebhookUrl: authenticate(name),
      })
      await backend.installAddon({ cluster: name, name: 'coredns', version: '' })
      return { ...made, madeAt: new Date().toISOString() }
    },
    change: async (inputs, before) => {
      const next = clusterSchema.parse(inputs)
      if (next.version !== before['version']) await backend.upgrade?.(next)
    },
    remove: async (inputs) => await backend.remove(clusterSchema.parse(inputs).name),
  },
  NodePool: {
    make: async (inputs) => {
      await scale(backend, poolSchema.parse(inputs), 0)
      return {}
    },
    change: async (inputs, earlier) => {
      const [pool, before] = [poolSchema.parse(inputs), poolSchema.parse(earlier)]
      const isOther = JSON.stringify({ ...before, desired: pool.desired }) !== JSON.stringify(pool)
      if (isOther) await scale(backend, { ...before, desired: 0 }, before.desired)
      await scale(backend, pool, isOther ? 0 : before.desired)
    },
    remove: async (inputs) => {
      const pool = poolSchema.parse(inputs)
      await scale(backend, { ...pool, desired: 0 }, pool.desired)
    },
  },
})

/** From so many nodes to those that it shall have. */
async function scale(backend: ClusterBackend, pool: Pool, from: number): Promise<void> {
  const { name, cluster, desired, place: zone, version, taints } = pool
  for (let i = from; i < desired; i += 1) {
    await backend.addNode({
      cluster,
      name: `${name}-${i}`,
      version,
      taints,
      zone,
      labels: { ...pool.labels, [poolLabel]: pool.pool },
      instanceType: 'simulated',
      providerId: `test:///${zone}/${name}-${i}`,
    })
  }
  for (let i = desired; i < from; i += 1)
    await backend.removeNode({ cluster, name: `${name}-${i}` })
}
