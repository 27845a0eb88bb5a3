// A Kubernetes control plane without nodes, as plain processes on loopback ports, no root needed: the management
// cluster of the sandbox, what integration tests talk to, and what kwok clusters are made of.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { apiClient } from '../kubernetes/api-client.ts'
import {
  writeControlPlaneFiles,
  type ControlPlaneCredentials,
} from '../kubernetes/control-plane-files.ts'
import {
  apiserverArgs,
  controllerManagerArgs,
  etcdArgs,
  schedulerArgs,
  type ControlPlaneFlags,
} from '../kubernetes/control-plane-flags.ts'
import { kubeconfig } from '../kubernetes/kubeconfig.ts'
import { untilUsable } from '../kubernetes/usable.ts'
import { logTail, startDaemon, type Daemon } from '../machine/daemon.ts'
import { sandboxId } from '../machine/paths.ts'
import { freePort } from '../machine/ports.ts'
import type { Progress } from '../tools/build.ts'
import { ensureTools, type Tools } from '../tools/ensure.ts'

export type ControlPlaneOptions = {
  /** Sandbox root or a test's temp directory; everything is written below <root>/<name>, logs to <root>/log. */
  readonly root: string
  /** The sandbox it belongs to, when that is not `root`. */
  readonly sandboxRoot?: string
  readonly name: string
  readonly tools?: Tools
  readonly minor?: string
  readonly controllerManager?: boolean
  readonly scheduler?: boolean
  readonly serviceCidr?: string
  readonly issuer?: string
  /** Text of a token review webhook's configuration file. */
  readonly tokenWebhookConfig?: string
  /** Further API server flags, e.g. ['--feature-gates=…']. */
  readonly apiserverArgs?: readonly string[]
  readonly onProgress?: Progress
}

export type ControlPlane = {
  readonly kubeconfig: string
  readonly kubeconfigPath: string
  readonly server: string
  readonly ca: string
  readonly etcd: Daemon
  readonly apiserver: Daemon
  /** SIGKILLs the API server, keeps etcd: an outage. */
  killApiserver(): Promise<void>
  /** Starts the API server again on the same port and data. */
  startApiserver(): Promise<void>
  /** Ends every process; files stay below the root. */
  stop(): Promise<void>
}

export async function startControlPlane(o: ControlPlaneOptions): Promise<ControlPlane> {
  const tools = o.tools ?? (await ensureTools(neededTools(o), o.onProgress))
  const files = await writeFiles(o)
  const running = new Map<string, Daemon>()
  const start = (name: string, tool: Parameters<Tools['path']>[0], args: string[]): Daemon => {
    const command = tools.path(tool, o.minor)
    const { root, sandboxRoot = root } = o
    const daemon = startDaemon({ root, sandboxRoot, name: `${o.name}-${name}`, command, args })
    running.set(name, daemon)
    return daemon
  }
  const stop = async (): Promise<void> => {
    for (const name of ['scheduler', 'controller-manager']) await running.get(name)?.stop()
    // The API server drains for as long as watches are open; nothing is lost by not waiting.
    await running.get('apiserver')?.kill()
    await running.get('etcd')?.stop()
    await rm(files.socketDir, { recursive: true, force: true })
  }
  try {
    const etcd = start('etcd', 'etcd', etcdArgs(files.flags))
    const startApiserver = async (): Promise<void> => {
      const args = [...apiserverArgs(files.flags), ...(o.apiserverArgs ?? [])]
      const daemon = start('apiserver', 'kube-apiserver', args)
      await usable(daemon, files)
    }
    await startApiserver()
    if (o.controllerManager) {
      const args = [...controllerManagerArgs(files.flags), '--secure-port=0']
      start('controller-manager', 'kube-controller-manager', args)
    }
    if (o.scheduler)
      start('scheduler', 'kube-scheduler', [...schedulerArgs(files.flags), '--secure-port=0'])
    return {
      kubeconfig: files.kubeconfig,
      kubeconfigPath: files.kubeconfigPath,
      server: files.server,
      ca: files.credentials.ca,
      etcd,
      get apiserver() {
        return daemonNamed(running, 'apiserver')
      },
      killApiserver: () => daemonNamed(running, 'apiserver').kill(),
      startApiserver,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

type Files = {
  readonly flags: ControlPlaneFlags
  readonly server: string
  readonly credentials: ControlPlaneCredentials
  readonly kubeconfig: string
  readonly kubeconfigPath: string
  readonly socketDir: string
}

async function writeFiles(o: ControlPlaneOptions): Promise<Files> {
  const dir = join(o.root, o.name)
  const pki = join(dir, 'pki')
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const port = await freePort()
  const server = `https://127.0.0.1:${port}`
  const serviceCidr = o.serviceCidr ?? '10.96.0.0/16'
  const credentials = await writeControlPlaneFiles({
    dir: pki,
    name: o.name,
    localServer: server,
    serves: [],
    serviceCidr,
  })
  if (o.tokenWebhookConfig) await writeFile(join(pki, 'token-webhook.yaml'), o.tokenWebhookConfig)
  const text = kubeconfig({ name: o.name, server, ca: credentials.ca, user: credentials.admin })
  const kubeconfigPath = join(dir, 'kubeconfig')
  await writeFile(kubeconfigPath, text, { mode: 0o600 })
  // A unix socket's path may have 107 bytes; a test's temp directory has more.
  const socketDir = await mkdtemp(join(tmpdir(), socketDirPrefix(o.sandboxRoot ?? o.root)))
  const flags = {
    pki,
    etcdDir: join(dir, 'etcd'),
    etcdSocket: join(socketDir, 'sock'),
    // The API server refuses to advertise a loopback address; nothing uses what it advertises here.
    advertiseAddress: '192.0.2.1',
    bindAddress: '127.0.0.1',
    port,
    serviceCidr,
    issuer: o.issuer ?? 'https://kubernetes.default.svc',
    kubelets: false,
    ...(o.tokenWebhookConfig && { tokenWebhookConfig: join(pki, 'token-webhook.yaml') }),
  }
  return { flags, server, credentials, kubeconfig: text, kubeconfigPath, socketDir }
}

async function usable(apiserver: Daemon, { server, credentials }: Files): Promise<void> {
  const client = apiClient(server, credentials.ca, credentials.admin)
  const check = () => {
    if (!apiserver.alive()) throw new Error(`kube-apiserver ended:\n${logTail(apiserver.log)}`)
  }
  try {
    await untilUsable(client, { check, explain: () => logTail(apiserver.log) })
  } finally {
    client.close()
  }
}

/** `down` removes what a killed process could not. */
export function socketDirPrefix(sandboxRoot: string): string {
  return `ck-etcd-${sandboxId(sandboxRoot)}-`
}

function daemonNamed(running: ReadonlyMap<string, Daemon>, name: string): Daemon {
  const daemon = running.get(name)
  if (daemon === undefined) throw new Error(`${name} was never started`)
  return daemon
}

function neededTools(o: ControlPlaneOptions): Parameters<typeof ensureTools>[0] {
  return [
    'etcd',
    'kube-apiserver',
    ...(o.controllerManager ? (['kube-controller-manager'] as const) : []),
    ...(o.scheduler ? (['kube-scheduler'] as const) : []),
  ]
}
