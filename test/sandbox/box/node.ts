// Makes and removes one node of a cluster: its files, network, cgroup and box.
import { lstat, mkdir, readFile, readlink, writeFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import type { NodeRequest } from '../aws/backends/backend.ts'
import { useTemplate, type ImageTemplate } from '../images/template.ts'
import { writeAll } from '../kubernetes/control-plane-files.ts'
import { kubeconfig } from '../kubernetes/kubeconfig.ts'
import { authorityOf, type Authority } from '../kubernetes/pki.ts'
import type { Tools } from '../tools/ensure.ts'
import { writeNodeAddons } from './addons.ts'
import { endBoxesBelow, launchBox } from './box.ts'
import { createCgroup, deleteCgroups } from './cgroups.ts'
import {
  containerdToml,
  kubeProxyConfiguration,
  kubeletConfiguration,
  nodeAddress,
  nodeNetwork,
  systemReserved,
  type NodeConfig,
} from './config.ts'
import { createNodeNetwork, deleteNodeNetwork, nodeNetns } from './network.ts'
import { nodeSpec, type Mount } from './spec.ts'
import { clusterDir, nodeDir, removeDir, type ClusterState, type NodeState } from './state.ts'

export type NodeContext = {
  readonly root: string
  readonly tools: Tools
  readonly images: ImageTemplate
  readonly cluster: ClusterState
  readonly address: string
}

export async function startNode(c: NodeContext, node: NodeState, o: NodeRequest): Promise<void> {
  const dir = nodeDir(c.root, c.cluster.name, node.name)
  const { id, serviceCidr } = c.cluster
  const config: NodeConfig = {
    name: node.name,
    index: node.index,
    cgroup: nodeNetns(id, node.index),
    serviceCidr,
    taints: o.taints,
    providerId: o.providerId,
    systemReserved: systemReserved(o.instanceType, {
      cpus: cpus().length,
      memoryMiB: Math.floor(totalmem() / 2 ** 20),
    }),
  }
  await writeNodeFiles(dir, config, await clusterAuthority(c))
  await writeNodeAddons(join(dir, 'etc'), node.index, c.cluster.addons)
  const images = await useTemplate(c.images, join(dir, 'var/lib/containerd'))
  const efsDir = join(c.root, 'efs')
  await mkdir(efsDir, { recursive: true })
  await createCgroup(config.cgroup)
  const netns = await createNodeNetwork({
    cluster: id,
    index: node.index,
    serviceCidr,
    apiAddress: c.address,
  })
  const spec = nodeSpec({
    name: node.name,
    index: node.index,
    dir,
    netns: `/run/netns/${netns}`,
    tools: nodeTools(c.tools, o.version),
    labels: o.labels,
    host: await hostMounts(),
    images,
    efsDir,
  })
  await launchBox({ root: c.root, dir, boxInit: c.tools.path('box-init'), spec })
}

export async function endNode(root: string, cluster: ClusterState, node: NodeState): Promise<void> {
  const dir = nodeDir(root, cluster.name, node.name)
  await endBoxesBelow(root, dir)
  await deleteNodeNetwork(cluster.id, node.index)
  await deleteCgroups(nodeNetns(cluster.id, node.index))
  await removeDir(root, dir)
}

async function writeNodeFiles(dir: string, o: NodeConfig, authority: Authority): Promise<void> {
  const etc = join(dir, 'etc')
  for (const folder of [
    'etc/kubernetes',
    'etc/containerd',
    'etc/alternatives',
    'var/log',
    'var/lib',
  ]) {
    await mkdir(join(dir, folder), { recursive: true })
  }
  const { name } = o
  const user = `system:node:${name}`
  const client = authority.issue({ commonName: user, organization: 'system:nodes' })
  const serving = authority.issue({
    commonName: user,
    organization: 'system:nodes',
    serves: [nodeAddress(o.index), name],
  })
  const proxy = authority.issue({ commonName: 'system:kube-proxy' })
  const { server } = nodeNetwork
  await writeAll(join(etc, 'kubernetes'), {
    'ca.crt': authority.cert,
    'kubelet.crt': serving.cert,
    'kubelet.key': serving.key,
    'kubelet.json': kubeletConfiguration(o),
    'kubelet.kubeconfig': kubeconfig({ name, server, ca: authority.cert, user: client }),
    'kube-proxy.json': kubeProxyConfiguration(o),
    'kube-proxy.kubeconfig': kubeconfig({ name, server, ca: authority.cert, user: proxy }),
  })
  await writeFile(join(etc, 'containerd/config.toml'), containerdToml())
  const osRelease = await readFile('/etc/os-release', 'utf8').catch(() => 'NAME=Linux\nID=linux\n')
  const files = {
    'os-release': osRelease,
    passwd:
      'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n',
    group: 'root:x:0:\nnogroup:x:65534:\n',
    hosts: `127.0.0.1 localhost\n${nodeAddress(o.index)} ${name}\n`,
    'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
    'resolv.conf': '',
  }
  for (const [file, text] of Object.entries(files))
    await writeFile(join(etc, file), text, { mode: 0o644 })
}

async function clusterAuthority(c: NodeContext): Promise<Authority> {
  const pki = join(clusterDir(c.root, c.cluster.name), 'control-plane', 'k8s', 'pki')
  const [key, cert] = await Promise.all(
    ['ca.key', 'ca.crt'].map((file) => readFile(join(pki, file), 'utf8')),
  )
  if (key === undefined || cert === undefined) throw new Error(`no authority in ${pki}`)
  return authorityOf({ key, cert })
}

function nodeTools(tools: Tools, minor: string): Record<string, string> {
  const names = [
    'containerd',
    'containerd-shim-runc-v2',
    'ctr',
    'runc',
    'kubelet',
    'kube-proxy',
  ] as const
  return Object.fromEntries(names.map((name) => [name, tools.path(name, minor)]))
}

/** The programs a node needs from the machine (mount, nft, CNI plugins), read-only. */
async function hostMounts(): Promise<Mount[]> {
  const mounts: Mount[] = [{ kind: 'bind', source: '/usr', target: '/usr', readOnly: true }]
  for (const name of ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32']) {
    const path = `/${name}`
    const info = await lstat(path).catch(() => undefined)
    if (info?.isSymbolicLink()) {
      mounts.push({ kind: 'symlink', source: await readlink(path), target: path })
    } else if (info?.isDirectory()) {
      mounts.push({ kind: 'bind', source: path, target: path, readOnly: true })
    }
  }
  return mounts
}
