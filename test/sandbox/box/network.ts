// The network of a cluster. One namespace for the control plane, joined to the host by a point-to-point /30; in it a
// bridge to which each node's namespace is joined. Nothing has a default route and the control plane does not forward:
// a node reaches its API server and the cluster's other nodes, and neither the host nor another cluster.
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../machine/command.ts'
import { withLock } from '../machine/lock.ts'
import { addressIn } from '../kubernetes/control-plane-flags.ts'
import { nodeAddress, nodeNetwork, podCidr } from './config.ts'

export type HostLink = { readonly hostAddress: string; readonly address: string }

const firstSubnet = '10.200.0.0'
const subnets = 16_384

/** Makes namespace and host link of a cluster's control plane; the kernel's own list of addresses says what is free. */
export async function createClusterNetwork(id: string): Promise<HostLink> {
  await run('ip', ['netns', 'add', id])
  const link = await withLock(join(tmpdir(), 'cratekube-network.lock'), async () => {
    const { hostAddress, address } = freeSubnet(await addressesInUse())
    await ipBatch([
      `link add ${id} type veth peer name eth0 netns ${id}`,
      `addr add ${hostAddress}/30 dev ${id}`,
      `link set ${id} up`,
    ])
    return { hostAddress, address }
  })
  await ipBatch(
    [
      'link set lo up',
      `addr add ${link.address}/30 dev eth0`,
      'link set eth0 up',
      'link add nodes type bridge',
      `addr add ${nodeNetwork.gateway}/${nodeNetwork.prefix} dev nodes`,
      'link set nodes up',
    ],
    id,
  )
  return link
}

/** The API server could be made to call the host for a tenant (service proxy, webhooks): the host does not answer it. */
export async function shieldHost(prefix: string): Promise<void> {
  const table = tableName(prefix)
  await run('nft', ['-f', '-'], {
    input: `add table inet ${table}
add chain inet ${table} input { type filter hook input priority -10; }
add chain inet ${table} forward { type filter hook forward priority -10; }
flush table inet ${table}
add rule inet ${table} input iifname "${prefix}*" ct state established,related accept
add rule inet ${table} input iifname "${prefix}*" drop
add rule inet ${table} forward iifname "${prefix}*" drop
add rule inet ${table} forward oifname "${prefix}*" drop
`,
  })
}

export async function unshieldHost(prefix: string): Promise<void> {
  for (const table of await shieldTables(prefix))
    await run('nft', ['delete', 'table', 'inet', table])
}

export async function shieldTables(prefix: string): Promise<string[]> {
  const tables = await run('nft', ['list', 'tables']).catch(() => '') // no nft: nothing was added
  const table = tableName(prefix)
  return tables.split('\n').includes(`table inet ${table}`) ? [table] : []
}

export type NodeNetwork = {
  readonly cluster: string
  readonly index: number
  readonly serviceCidr: string
  /** Where the API server is called from outside; nodes reach it under that address too. */
  readonly apiAddress: string
}

export async function createNodeNetwork(o: NodeNetwork): Promise<string> {
  const netns = nodeNetns(o.cluster, o.index)
  // Nodes come at the same time, and each has to learn of every other.
  await withLock(join(tmpdir(), `${o.cluster}-nodes.lock`), () => joinNodes(o, netns))
  await forwardPods(netns)
  return netns
}

async function joinNodes(o: NodeNetwork, netns: string): Promise<void> {
  const address = nodeAddress(o.index)
  const others = (await netnsNames(o.cluster))
    .filter((name) => name !== o.cluster)
    .map((name) => Number(name.slice(o.cluster.length + 1)))
  await run('ip', ['netns', 'add', netns])
  await ipBatch(
    [
      `link add n${o.index} type veth peer name eth0 netns ${netns}`,
      `link set n${o.index} master nodes up`,
      `route replace ${podCidr(o.index)} via ${address}`,
    ],
    o.cluster,
  )
  await ipBatch(
    [
      'link set lo up',
      `addr add ${address}/${nodeNetwork.prefix} dev eth0`,
      'link set eth0 up',
      // Without a default route the node's own processes need to be told where service addresses start from.
      `route add ${o.serviceCidr} dev eth0 src ${address}`,
      `route add ${o.apiAddress}/32 via ${nodeNetwork.gateway}`,
      ...others.map((other) => `route add ${podCidr(other)} via ${nodeAddress(other)}`),
    ],
    netns,
  )
  for (const other of others) {
    await ipBatch([`route replace ${podCidr(o.index)} via ${address}`], nodeNetns(o.cluster, other))
  }
}

export function nodeNetns(cluster: string, index: number): string {
  return `${cluster}-${index}`
}

export async function deleteNodeNetwork(cluster: string, index: number): Promise<void> {
  await deleteNetns(nodeNetns(cluster, index))
  // The link goes with the namespace, but not at once; its name may be wanted again.
  if ((await netnsNames(cluster)).includes(cluster)) {
    await ipBatch([`link del n${index}`], cluster).catch(() => undefined) // already gone with its peer
  }
}

export async function deleteClusterNetwork(id: string): Promise<void> {
  for (const name of await linkNames(id)) await deleteLink(name)
  for (const name of await netnsNames(id)) await deleteNetns(name)
}

/** Links on the host: exactly the cluster's when given its id, all of a sandbox's when given its prefix. */
export async function linkNames(idOrPrefix: string): Promise<string[]> {
  const links = JSON.parse((await run('ip', ['-json', 'link'])) || '[]') as { ifname: string }[] // iproute2's format
  return links.map((link) => link.ifname).filter((name) => belongsTo(name, idOrPrefix))
}

export async function netnsNames(idOrPrefix: string): Promise<string[]> {
  const list = JSON.parse((await run('ip', ['-json', 'netns'])) || '[]') as { name: string }[] // iproute2's format
  return list.map((netns) => netns.name).filter((name) => belongsTo(name, idOrPrefix))
}

/** ck-1a2b3-1 owns ck-1a2b3-1 and ck-1a2b3-1-2, not ck-1a2b3-10; the prefix ck-1a2b3- owns them all. */
export function belongsTo(name: string, idOrPrefix: string): boolean {
  if (idOrPrefix.endsWith('-')) return name.startsWith(idOrPrefix)
  return name === idOrPrefix || name.startsWith(`${idOrPrefix}-`)
}

export function freeSubnet(inUse: ReadonlySet<string>): HostLink {
  for (let index = 0; index < subnets; index += 1) {
    const hostAddress = addressIn(firstSubnet, index * 4 + 1)
    if (!inUse.has(hostAddress))
      return { hostAddress, address: addressIn(firstSubnet, index * 4 + 2) }
  }
  throw new Error('every /30 of 10.200.0.0/16 is in use')
}

async function addressesInUse(): Promise<Set<string>> {
  const text = await run('ip', ['-json', '-4', 'addr'])
  const links = JSON.parse(text || '[]') as { addr_info?: { local?: string }[] }[] // iproute2's format
  return new Set(
    links.flatMap((link) => (link.addr_info ?? []).flatMap((info) => info.local ?? [])),
  )
}

/** bridge-nf-call-iptables: without it a service times out for a pod that has its endpoint on the same bridge. */
async function forwardPods(netns: string): Promise<void> {
  const settings =
    'echo 1 > ipv4/ip_forward; [ ! -e bridge ] || echo 1 > bridge/bridge-nf-call-iptables'
  await run('nsenter', [`--net=/run/netns/${netns}`, 'sh', '-c', `cd /proc/sys/net; ${settings}`])
}

async function deleteLink(name: string): Promise<void> {
  await run('ip', ['link', 'del', name]).catch(async (error: unknown) => {
    if ((await linkNames(name)).includes(name)) throw error
  })
}

async function deleteNetns(name: string): Promise<void> {
  await run('ip', ['netns', 'del', name]).catch(async (error: unknown) => {
    if ((await netnsNames(name)).includes(name)) throw error
  })
}

function ipBatch(lines: readonly string[], netns?: string): Promise<string> {
  const scope = netns === undefined ? [] : ['-netns', netns]
  return run('ip', [...scope, '-batch', '-'], { input: `${lines.join('\n')}\n` })
}

function tableName(prefix: string): string {
  return prefix.replaceAll('-', '_').replace(/_$/, '')
}
