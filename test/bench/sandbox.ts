// The sandbox's own figures, on one real cluster: from the request to an API server that answers; from the request for a
// node to its being Ready; from the request for the cluster to its first pod being Ready, all add-ons of EKS included;
// and the memory of all that (proportional share, so that what processes share counts once).
import { createServer } from 'node:http'
import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { connect, core, kubeconfigCredentials, type Kube } from '../../operator/framework/index.ts'
import type { ClusterBackend } from '../sandbox/aws/backends/backend.ts'
import { boxBackend, boxTools } from '../sandbox/box/backend.ts'
import { ensureImages } from '../sandbox/images/ensure.ts'
import { inventory } from '../sandbox/inventory.ts'
import { waitFor } from '../sandbox/machine/wait.ts'
import { ensureTools } from '../sandbox/tools/ensure.ts'
import type { Figures } from './figures.ts'
import { benchRoot } from './root.ts'
import { megabytes, say, seconds } from './say.ts'

const cluster = 'bench'
const image = 'ghcr.io/cratekube/demo-server:0.1.0'

export async function measureSandbox(): Promise<Figures[]> {
  if (process.getuid?.() !== 0) {
    say('not root: there are no real nodes to measure, kwok only plays them')
    return []
  }
  const tools = await ensureTools(boxTools, say)
  const images = await ensureImages({ tools, names: ['pause', 'coredns', 'demo-server'] })
  await using root = await benchRoot()
  // The API server asks about tokens here; nobody brings one.
  const webhook = createServer((_request, response) => response.writeHead(401).end())
  await new Promise<void>((resolve) => webhook.listen(0, '127.0.0.1', resolve))
  try {
    const { port } = webhook.address() as AddressInfo // it listens on TCP
    const backend = boxBackend({ root: root.path, tools, images: () => Promise.resolve(images) })
    const times = await timeCluster(backend, `http://127.0.0.1:${port}/authenticate`)
    return [{ name: 'sandbox', ...times, tenantMB: megabytes(await memoryOf(root.path)) }]
  } finally {
    webhook.close()
  }
}

async function timeCluster(backend: ClusterBackend, authWebhookUrl: string) {
  const requestedAt = performance.now()
  await backend.create({
    name: cluster,
    version: '1.36',
    serviceCidr: '172.20.0.0/16',
    oidcIssuer: 'https://oidc.eks.eu-1.amazonaws.com/id/BENCH',
    authWebhookUrl,
  })
  const controlPlane = performance.now() - requestedAt
  const kube = connect(kubeconfigCredentials(await backend.adminKubeconfig(cluster)))
  try {
    const nodeAt = performance.now()
    await Promise.all([
      ...['vpc-cni', 'kube-proxy', 'coredns'].map((name) =>
        backend.installAddon({ cluster, name, version: 'v1' }),
      ),
      startPod(kube),
      startNode(backend),
    ])
    await until('the node is Ready', () => isReady(kube, 'node'))
    const nodeReady = performance.now() - nodeAt
    await until('the pod is Ready', () => isReady(kube, 'pod'))
    return {
      controlPlaneSeconds: seconds(controlPlane),
      nodeReadySeconds: seconds(nodeReady),
      firstPodSeconds: seconds(performance.now() - requestedAt),
    }
  } finally {
    kube.close()
  }
}

const startNode = (backend: ClusterBackend) =>
  backend.addNode({
    cluster,
    name: 'first',
    version: '1.36',
    labels: { 'eks.amazonaws.com/nodegroup': 'general' },
    taints: [],
    instanceType: 'm6i.large',
    zone: 'eu-1a',
    providerId: 'aws:///eu-1a/i-first',
  })

/** Refused until the controller manager has made the namespace's service account. */
const startPod = (kube: Kube) =>
  until('the pod is taken', () =>
    kube
      .create(core.pod, {
        metadata: { name: 'first', namespace: 'default' },
        spec: { containers: [{ name: 'web', image }] },
      })
      .then(
        () => true,
        () => false,
      ),
  )

async function isReady(kube: Kube, what: 'node' | 'pod'): Promise<boolean> {
  const found =
    what === 'node'
      ? await kube.get(core.node, 'first')
      : await kube.get(core.pod, 'first', 'default')
  return found?.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') ?? false
}

const until = (what: string, holds: () => Promise<boolean>) =>
  waitFor(holds, { what, timeoutMs: 120_000, everyMs: 20 })

async function memoryOf(root: string): Promise<number> {
  const { processes } = await inventory(root)
  const shares = await Promise.all(
    processes.map(async ({ pid }) => {
      const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '') // ended meanwhile
      return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024
    }),
  )
  return shares.reduce((sum, share) => sum + share, 0)
}
