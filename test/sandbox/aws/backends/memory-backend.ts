// Clusters that only exist in memory: every answer comes at once and nothing runs. For tests of the AWS double itself and for
// the fleet benchmark, which measures the operator and not Kubernetes.
import { createHash } from 'node:crypto'
import type { ClusterBackend, NodeRequest } from './backend.ts'

type MemoryCluster = {
  name: string
  version: string
  endpoint: string
  nodes: Map<string, NodeRequest>
  addons: Map<string, string>
}

export type MemoryBackend = ClusterBackend & { clusters: ReadonlyMap<string, MemoryCluster> }

export function memoryBackend(o: { versions?: string[] } = {}): MemoryBackend {
  const clusters = new Map<string, MemoryCluster>()
  const versions = o.versions ?? ['1.35', '1.36']
  function cluster(name: string): MemoryCluster {
    const found = clusters.get(name)
    if (!found) throw new Error(`memory backend: no cluster ${name}`)
    return found
  }
  return {
    clusters,
    async create({ name, version }) {
      if (clusters.has(name)) throw new Error(`memory backend: cluster ${name} exists`)
      if (!versions.includes(version)) throw new Error(`memory backend: no Kubernetes ${version}`)
      const endpoint = `https://${name}.memory.invalid`
      clusters.set(name, { name, version, endpoint, nodes: new Map(), addons: new Map() })
      return { endpoint, certificateAuthority: placeholderCa(name) }
    },
    addNode: async (node) => void cluster(node.cluster).nodes.set(node.name, node),
    removeNode: async (node) => void cluster(node.cluster).nodes.delete(node.name),
    installAddon: async (addon) =>
      void cluster(addon.cluster).addons.set(addon.name, addon.version),
    removeAddon: async (addon) => void clusters.get(addon.cluster)?.addons.delete(addon.name),
    upgrade: async ({ name, version }) => void (cluster(name).version = version),
    remove: async (name) => void clusters.delete(name),
    list: async () =>
      [...clusters.values()].map(({ name, version, endpoint }) => ({ name, version, endpoint })),
    versions: async () => versions,
    adminKubeconfig: async () => '',
  }
}

/** PEM in shape, so that what only passes it on can be tested; no certificate, because no server stands behind it. */
function placeholderCa(name: string): string {
  const body = createHash('sha512').update(name).digest('base64')
  return Buffer.from(`-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`).toString(
    'base64',
  )
}
