// The configuration files of a node: containerd, CNI, kubelet, kube-proxy. Pure text; paths are those inside the box,
// where a node looks like any other (/var/lib/kubelet, /run/containerd).
import type { Taint } from '../aws/backends/backend.ts'
import { addressIn } from '../kubernetes/control-plane-flags.ts'

export const pauseImage = 'registry.k8s.io/pause:3.10'
export const containerdSocket = '/run/containerd/containerd.sock'

/** Where a tool is inside a box. */
export function toolPath(name: string): string {
  return `/opt/cratekube/${name}/${name}`
}

/** API server and bridge of every cluster's node network; clusters never meet, so all use the same addresses. */
export const nodeNetwork = {
  gateway: '100.64.0.1',
  prefix: 16,
  server: 'https://100.64.0.1:6443',
} as const

export function nodeAddress(index: number): string {
  return addressIn('100.64.0.0/16', index + 1)
}

export function podCidr(index: number): string {
  return `10.244.${index}.0/24`
}

export type NodeConfig = {
  readonly name: string
  readonly index: number
  readonly cgroup: string
  readonly serviceCidr: string
  readonly taints: readonly Taint[]
  readonly providerId: string
  /** What the machine has beyond the instance type the node stands for. */
  readonly systemReserved: Readonly<Record<string, string>>
}

export function containerdToml(): string {
  return `version = 4
root = "/var/lib/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.nri.v1.nri", "io.containerd.snapshotter.v1.blockfile", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.erofs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.tracing.processor.v1.otlp"]
[plugins."io.containerd.server.v1.grpc"]
address = "${containerdSocket}"
[plugins."io.containerd.cri.v1.images"]
snapshotter = "overlayfs"
[plugins."io.containerd.cri.v1.images".pinned_images]
sandbox = "${pauseImage}"
[plugins."io.containerd.cri.v1.runtime"]
restrict_oom_score_adj = true
netns_mounts_under_state_dir = true
disable_apparmor = true
[plugins."io.containerd.cri.v1.runtime".cni]
bin_dirs = ["/usr/lib/cni", "/opt/cni/bin"]
conf_dir = "/etc/cni/net.d"
use_internal_loopback = true
[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
BinaryName = "${toolPath('runc')}"
Root = "/run/runc"
SystemdCgroup = false
[plugins."io.containerd.snapshotter.v1.overlayfs"]
mount_options = ["volatile"]
`
}

/** No masquerade: pods reach their cluster and nothing else, and no iptables runs for each pod. */
export function cniConflist(index: number): string {
  const ipam = {
    type: 'host-local',
    dataDir: '/run/ipam',
    ranges: [[{ subnet: podCidr(index) }]],
    routes: [{ dst: '0.0.0.0/0' }],
  }
  const bridge = {
    type: 'bridge',
    bridge: 'cni0',
    isGateway: true,
    ipMasq: false,
    hairpinMode: true,
    mtu: 1500,
    ipam,
  }
  const portmap = { type: 'portmap', capabilities: { portMappings: true }, snat: true }
  return JSON.stringify({ cniVersion: '1.0.0', name: 'cratekube', plugins: [bridge, portmap] })
}

export function kubeletConfiguration(o: NodeConfig): string {
  return JSON.stringify({
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    failCgroupV1: false,
    failSwapOn: false,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${o.cgroup}`,
    enforceNodeAllocatable: ['pods'],
    systemReserved: o.systemReserved,
    address: nodeAddress(o.index),
    readOnlyPort: 0,
    healthzBindAddress: '127.0.0.1',
    authentication: {
      anonymous: { enabled: false },
      x509: { clientCAFile: '/etc/kubernetes/ca.crt' },
      webhook: { enabled: true },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: '/etc/kubernetes/kubelet.crt',
    tlsPrivateKeyFile: '/etc/kubernetes/kubelet.key',
    containerRuntimeEndpoint: `unix://${containerdSocket}`,
    clusterDNS: [addressIn(o.serviceCidr, 10)],
    clusterDomain: 'cluster.local',
    resolvConf: '',
    maxPods: 60,
    // A changed ConfigMap reaches its pods when they are next looked at: every minute by default, and tests would wait.
    syncFrequency: '2s',
    providerID: o.providerId,
    registerWithTaints: o.taints,
    // The disk is the machine's, shared by everything; and a collected image cannot be pulled again.
    evictionHard: {
      'memory.available': '100Mi',
      'nodefs.available': '1%',
      'nodefs.inodesFree': '1%',
      'imagefs.available': '1%',
      'imagefs.inodesFree': '1%',
    },
    imageGCHighThresholdPercent: 100,
    imageMinimumGCAge: '8760h',
    serializeImagePulls: false,
    volumePluginDir: '/var/lib/kubelet/volumeplugins',
    logging: { flushFrequency: '1s' },
  })
}

export function kubeProxyConfiguration(o: Pick<NodeConfig, 'name' | 'index'>): string {
  return JSON.stringify({
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'nftables',
    hostnameOverride: o.name,
    clusterCIDR: '10.244.0.0/16',
    bindAddress: '127.0.0.1',
    healthzBindAddress: '127.0.0.1:10256',
    metricsBindAddress: '127.0.0.1:10249',
    clientConnection: { kubeconfig: '/etc/kubernetes/kube-proxy.kubeconfig' },
    // Its sysctls are read-only in a child network namespace.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
    nodePortAddresses: [`${nodeAddress(o.index)}/32`],
    nftables: { minSyncPeriod: '100ms', syncPeriod: '30s' },
  })
}

export type MachineSize = { readonly cpus: number; readonly memoryMiB: number }

/**
 * Reserves what the machine has beyond the instance type, so that a node offers what its type would. An unknown type,
 * or one that is larger than the machine, gets the machine.
 */
export function systemReserved(instanceType: string, machine: MachineSize): Record<string, string> {
  const wanted = instanceSize(instanceType)
  if (wanted === undefined) return {}
  const reserved: Record<string, string> = {}
  if (machine.cpus > wanted.cpus) reserved['cpu'] = `${machine.cpus - wanted.cpus}`
  if (machine.memoryMiB > wanted.memoryMiB)
    reserved['memory'] = `${machine.memoryMiB - wanted.memoryMiB}Mi`
  return reserved
}

/** vCPUs double with each size; memory per vCPU is the family's: c 2 GiB, m and t (from large) 4, r 8. */
function instanceSize(instanceType: string): MachineSize | undefined {
  const [family = '', size = ''] = instanceType.split('.')
  const small = { medium: 4096, small: 2048 }[size]
  if (family.startsWith('t') && small !== undefined) return { cpus: 2, memoryMiB: small }
  const factor =
    size === 'large' ? 1 : size === 'xlarge' ? 2 : 2 * Number(/^(\d+)xlarge$/.exec(size)?.[1])
  const gibPerCpu = { c: 2, m: 4, t: 4, r: 8 }[family.charAt(0)]
  if (gibPerCpu === undefined || Number.isNaN(factor)) return undefined
  return { cpus: 2 * factor, memoryMiB: 2 * factor * gibPerCpu * 1024 }
}
