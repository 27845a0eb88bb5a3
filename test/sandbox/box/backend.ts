// boxBackend: what stands behind an EKS cluster of the AWS double when we are root. Each cluster is a control-plane box
// and a box per node. All state is on disk and in the kernel, so a restarted process carries on where another died.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ClusterBackend, NodeRequest } from '../aws/backends/backend.ts'
import { ensureImages } from '../images/ensure.ts'
import type { ImageTemplate } from '../images/template.ts'
import { withClient, type ApiClient } from '../kubernetes/api-client.ts'
import { logTail } from '../machine/daemon.ts'
import { withLock } from '../machine/lock.ts'
import { sandboxPrefix } from '../machine/paths.ts'
import { waitFor } from '../machine/wait.ts'
import { ensureDebianPackages } from '../tools/debian.ts'
import type { Tools } from '../tools/ensure.ts'
import type { ToolName } from '../tools/catalogue.ts'
import { installCoredns, removeCoredns, writeNodeAddons } from './addons.ts'
import { endBoxesBelow } from './box.ts'
import { deleteCgroups } from './cgroups.ts'
import { replaceControlPlaneBox, startControlPlaneBox } from './control-plane.ts'
import { deleteClusterNetwork, unshieldHost } from './network.ts'
import { endNode, startNode } from './node.ts'
import {
  changeState,
  claimCluster,
  claimNode,
  clusterDir,
  findCluster,
  findNode,
  nodeDir,
  readCluster,
  readClusters,
  readNodes,
  removeDir,
  type ClusterState,
} from './state.ts'

export type BoxBackendOptions = {
  readonly root: string
  readonly tools: Tools
  /** Asked once, when the first node is added. */
  readonly images?: () => Promise<ImageTemplate>
}

/** What boxBackend needs in ensureTools. */
export const boxTools: readonly ToolName[] = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kube-proxy',
  'containerd',
  'containerd-shim-runc-v2',
  'ctr',
  'runc',
  'coredns',
  'box-init',
  'pause',
  'demo-server',
  'mount-nfs4',
]

const debianPackages = [
  'containernetworking-plugins',
  'iproute2',
  'iptables',
  'nftables',
  'util-linux',
  'mount',
]

export function boxBackend(o: BoxBackendOptions): ClusterBackend {
  const { root, tools } = o
  let images: Promise<ImageTemplate> | undefined
  const remove = (name: string): Promise<void> => removeCluster(root, name)
  return {
    create: async (request) => {
      await ensureDebianPackages(debianPackages)
      const cluster = await claimCluster(root, {
        name: request.name,
        version: request.version,
        serviceCidr: request.serviceCidr,
        issuer: request.oidcIssuer,
        authWebhookUrl: request.authWebhookUrl,
      })
      const started = await startControlPlaneBox(root, tools, cluster).catch(
        async (error: unknown) => {
          await remove(request.name)
          throw error
        },
      )
      return {
        endpoint: started.endpoint,
        certificateAuthority: Buffer.from(started.ca).toString('base64'),
      }
    },
    addNode: async (request) => {
      images ??= o.images?.() ?? ensureImages({ tools })
      await addNode({ root, tools, images: await images }, request)
    },
    removeNode: (request) => removeNode(root, request),
    installAddon: ({ cluster, name }) => installAddon(root, cluster, name),
    removeAddon: ({ cluster, name }) => removeAddon(root, cluster, name),
    upgrade: (request) => upgradeCluster(root, tools, request),
    remove,
    list: async () =>
      (await readClusters(root)).flatMap(({ name, version, endpoint }) =>
        endpoint === undefined ? [] : [{ name, version, endpoint }],
      ),
    versions: () => Promise.resolve([...tools.kubernetesMinors]),
    adminKubeconfig: (name) => readFile(join(clusterDir(root, name), 'admin.kubeconfig'), 'utf8'),
  }
}

async function upgradeCluster(
  root: string,
  tools: Tools,
  o: { name: string; version: string },
): Promise<void> {
  const cluster = await changeState(root, o.name, (state) => ({ ...state, version: o.version }))
  await withAdmin(root, cluster, (client) =>
    replaceControlPlaneBox(root, tools, { cluster, client }),
  )
}

/** Whatever there is of the cluster, complete or half made, goes. */
export async function removeCluster(root: string, name: string): Promise<void> {
  const cluster = await findCluster(root, name)
  const dir = clusterDir(root, name)
  await endBoxesBelow(root, dir)
  if (cluster !== undefined) {
    await Promise.all([deleteClusterNetwork(cluster.id), deleteCgroups(cluster.id)])
  }
  await removeDir(root, dir)
  await withLock(join(root, 'clusters.lock'), async () => {
    if ((await readClusters(root)).length === 0) await unshieldHost(sandboxPrefix(root))
  })
}

type AddNodeContext = {
  readonly root: string
  readonly tools: Tools
  readonly images: ImageTemplate
}

async function addNode(c: AddNodeContext, request: NodeRequest): Promise<void> {
  const cluster = await readCluster(c.root, request.cluster)
  const { endpoint } = cluster
  if (endpoint === undefined) throw new Error(`cluster ${cluster.name} has no control plane yet`)
  const node = await claimNode(c.root, cluster.name, request.name)
  try {
    await startNode({ ...c, cluster, address: new URL(endpoint).hostname }, node, request)
    await applyNodeAddons(c.root, cluster.name)
    await withAdmin(c.root, cluster, (client) =>
      waitFor(() => client.get(`/api/v1/nodes/${node.name}`).catch(() => undefined), {
        what: `node ${node.name} registers`,
        timeoutMs: 60_000,
        explain: () =>
          logTail(join(nodeDir(c.root, cluster.name, node.name), 'var/log/kubelet.log')),
      }),
    )
  } catch (error) {
    await endNode(c.root, cluster, node)
    throw error
  }
}

/** As AWS's node life-cycle controller does, the Node object goes when its machine has gone. */
async function removeNode(root: string, o: { cluster: string; name: string }): Promise<void> {
  const cluster = await findCluster(root, o.cluster)
  if (cluster === undefined) return
  const node = await findNode(root, o.cluster, o.name)
  if (node !== undefined) await endNode(root, cluster, node)
  await withAdmin(root, cluster, (client) => client.delete(`/api/v1/nodes/${o.name}`))
}

async function installAddon(root: string, clusterName: string, addon: string): Promise<void> {
  const cluster = await changeState(root, clusterName, (state) => ({
    ...state,
    addons: [...new Set([...state.addons, addon])],
  }))
  await applyNodeAddons(root, cluster.name)
  if (addon !== 'coredns') return
  await withAdmin(root, cluster, (client) => installCoredns(client, cluster.serviceCidr))
}

async function removeAddon(root: string, clusterName: string, addon: string): Promise<void> {
  if ((await findCluster(root, clusterName)) === undefined) return
  const cluster = await changeState(root, clusterName, (state) => ({
    ...state,
    addons: state.addons.filter((installed) => installed !== addon),
  }))
  await applyNodeAddons(root, cluster.name)
  if (addon !== 'coredns') return
  await withAdmin(root, cluster, (client) => removeCoredns(client, cluster.serviceCidr))
}

/** In turns, each with what is installed by then: nodes come and add-ons are installed at the same time. */
function applyNodeAddons(root: string, name: string): Promise<void> {
  return withLock(join(clusterDir(root, name), 'addons.lock'), async () => {
    const { addons } = await readCluster(root, name)
    for (const node of await readNodes(root, name))
      await writeNodeAddons(join(nodeDir(root, name, node.name), 'etc'), node.index, addons)
  })
}

async function withAdmin<T>(
  root: string,
  cluster: ClusterState,
  work: (client: ApiClient) => Promise<T>,
): Promise<T> {
  const { name, endpoint } = cluster
  if (endpoint === undefined) throw new Error(`cluster ${name} has no control plane yet`)
  return withClient(await readFile(join(clusterDir(root, name), 'admin.kubeconfig'), 'utf8'), work)
}
