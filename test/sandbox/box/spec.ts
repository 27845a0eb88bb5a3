// What box-init (tools/modules/native/box-init) is told: the mounts and programs of a control-plane box and of a node
// box. Pure; the JSON fields are those of box-init's Go structs.
import { dirname, join } from 'node:path'
import {
  apiserverArgs,
  controllerManagerArgs,
  etcdArgs,
  schedulerArgs,
  type ControlPlaneFlags,
} from '../kubernetes/control-plane-flags.ts'
import { containerdSocket, nodeAddress, nodeNetwork, toolPath } from './config.ts'

export type Mount = {
  readonly kind: 'bind' | 'tmpfs' | 'proc' | 'sysfs' | 'symlink' | 'directory'
  readonly target: string
  readonly source?: string
  readonly readOnly?: boolean
  readonly options?: string
}

export type Condition = { readonly path: string } | { readonly url: string; readonly ok?: boolean }

export type Program = {
  readonly name: string
  readonly command: readonly string[]
  readonly env?: readonly string[]
  readonly log: string
  readonly after?: readonly Condition[]
  /** The program runs only while this file exists. */
  readonly while?: string
}

export type BoxSpec = {
  readonly hostname: string
  readonly netns: string
  /** Empty folder on the host over which the box's root is assembled. */
  readonly root: string
  readonly log: string
  readonly mounts: readonly Mount[]
  readonly programs: readonly Program[]
  readonly relays: readonly { readonly listen: string; readonly dial: string }[]
}

/** Where the programs of a box are on the host; toolPath says where they are inside. */
export type ToolFiles = Readonly<Record<string, string>>

export const webhookRelay = '127.0.0.1:9743'
export const kubeProxyFlag = '/etc/cratekube/addons/kube-proxy'

export type ControlPlaneBox = {
  readonly dir: string
  readonly netns: string
  readonly tools: ToolFiles
  readonly serviceCidr: string
  readonly issuer: string
  /** host:port on the machine's loopback that the API server asks about tokens. */
  readonly authWebhookAddress: string
}

export function controlPlaneSpec(o: ControlPlaneBox): BoxSpec {
  const flags: ControlPlaneFlags = {
    pki: '/k8s/pki',
    etcdDir: '/k8s/etcd',
    etcdSocket: '/run/etcd.sock',
    advertiseAddress: nodeNetwork.gateway,
    bindAddress: '0.0.0.0',
    port: 6443,
    serviceCidr: o.serviceCidr,
    issuer: o.issuer,
    tokenWebhookConfig: '/k8s/pki/token-webhook.yaml',
    kubelets: true,
  }
  const answers = { url: 'https://127.0.0.1:6443/livez' }
  const program = (
    name: string,
    args: readonly string[],
    after: readonly Condition[],
  ): Program => ({
    name,
    command: [toolPath(name), ...args],
    log: `/k8s/log/${name}.log`,
    after,
  })
  return {
    hostname: 'control-plane',
    netns: o.netns,
    root: join(o.dir, 'root'),
    log: join(o.dir, 'log', 'box.log'),
    mounts: [...basicMounts(o.tools), { kind: 'bind', source: join(o.dir, 'k8s'), target: '/k8s' }],
    programs: [
      program('etcd', etcdArgs(flags), []),
      program('kube-apiserver', apiserverArgs(flags), [{ path: '/run/etcd.sock' }]),
      program(
        'kube-controller-manager',
        [...controllerManagerArgs(flags), '--bind-address=127.0.0.1'],
        [answers],
      ),
      program('kube-scheduler', [...schedulerArgs(flags), '--bind-address=127.0.0.1'], [answers]),
    ],
    relays: [{ listen: webhookRelay, dial: o.authWebhookAddress }],
  }
}

export type NodeBox = {
  readonly name: string
  readonly index: number
  readonly dir: string
  readonly netns: string
  readonly tools: ToolFiles
  readonly labels: Readonly<Record<string, string>>
  /** The host's /usr and the like; see hostMounts. */
  readonly host: readonly Mount[]
  readonly images: readonly Mount[]
  readonly efsDir: string
}

export function nodeSpec(o: NodeBox): BoxSpec {
  const dirs = Object.keys(o.tools).map((name) => dirname(toolPath(name)))
  const path = `PATH=${[...dirs, '/usr/sbin', '/usr/bin', '/sbin', '/bin'].join(':')}`
  const program = (name: string, args: readonly string[], rest: Partial<Program>): Program => ({
    name,
    command: [toolPath(name), ...args],
    env: [path],
    log: `/var/log/${name}.log`,
    ...rest,
  })
  const labels = Object.entries(o.labels).map(([key, value]) => `${key}=${value}`)
  return {
    hostname: o.name,
    netns: o.netns,
    root: join(o.dir, 'root'),
    log: join(o.dir, 'log', 'box.log'),
    mounts: [
      ...basicMounts(o.tools),
      ...o.host,
      { kind: 'bind', source: join(o.dir, 'etc'), target: '/etc' },
      { kind: 'bind', source: '/etc/alternatives', target: '/etc/alternatives', readOnly: true },
      { kind: 'bind', source: join(o.dir, 'var'), target: '/var' },
      { kind: 'sysfs', target: '/sys' },
      { kind: 'bind', source: '/sys/fs/cgroup', target: '/sys/fs/cgroup' },
      { kind: 'bind', source: o.efsDir, target: '/srv/efs' },
      ...o.images,
    ],
    programs: [
      program('containerd', ['-c', '/etc/containerd/config.toml'], {}),
      program(
        'kubelet',
        [
          '--config=/etc/kubernetes/kubelet.json',
          '--kubeconfig=/etc/kubernetes/kubelet.kubeconfig',
          `--hostname-override=${o.name}`,
          `--node-ip=${nodeAddress(o.index)}`,
          ...(labels.length > 0 ? [`--node-labels=${labels.join(',')}`] : []),
        ],
        { after: [{ path: containerdSocket }, { url: `${nodeNetwork.server}/livez` }] },
      ),
      // Its role binding must exist, or it waits long before it tries again.
      program('kube-proxy', ['--config=/etc/kubernetes/kube-proxy.json'], {
        after: [{ url: `${nodeNetwork.server}/readyz`, ok: true }],
        while: kubeProxyFlag,
      }),
    ],
    relays: [],
  }
}

function basicMounts(tools: ToolFiles): Mount[] {
  return [
    { kind: 'proc', target: '/proc' },
    { kind: 'bind', source: '/dev', target: '/dev' },
    { kind: 'tmpfs', target: '/run', options: 'mode=755' },
    { kind: 'tmpfs', target: '/tmp', options: 'mode=1777,size=256m' },
    ...Object.entries(tools).map(([name, source]): Mount => ({
      kind: 'bind',
      // Its whole folder: runc re-executes itself through an overlay of its folder, which sees no mounts in it.
      source: dirname(source),
      target: dirname(toolPath(name)),
      readOnly: true,
    })),
  ]
}
