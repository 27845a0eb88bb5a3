// Brings the sandbox up: tools, images, management control plane, Redis and the AWS double, all as detached processes
// below one root, so that the caller may end and come back. What runs on top (CRDs, manager, worker) is added by callers
// through `run`. takeDown (down.ts) ends it all.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { boxTools } from './box/backend.ts'
import { kwokTools } from './kwok/backend.ts'
import { ensureImages } from './images/ensure.ts'
import {
  findDaemon,
  logTail,
  startDaemon,
  type Daemon,
  type DaemonOptions,
} from './machine/daemon.ts'
import { errorCode } from './machine/lock.ts'
import { waitFor } from './machine/wait.ts'
import { startControlPlane } from './management/control-plane.ts'
import { startRedis } from './redis/redis.ts'
import type { ToolName } from './tools/catalogue.ts'
import type { Progress } from './tools/build.ts'
import { ensureTools, wantedMinors } from './tools/ensure.ts'

export type BackendName = 'box' | 'kwok' | 'memory'

/** How to reach the parts; kept in <root>/sandbox.json. */
export type SandboxFacts = {
  readonly root: string
  readonly backend: BackendName
  readonly cloudSpeed: number
  readonly management: { readonly server: string; readonly kubeconfigPath: string }
  readonly redisUrl: string
  readonly aws: AwsFacts
}

export type AwsFacts = {
  readonly endpoint: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
}

export type Sandbox = SandboxFacts & {
  /** Starts a further process of the sandbox (manager, worker): marked, logged to <root>/log/<name>.log, ended by down. */
  run(process: Omit<DaemonOptions, 'root'>): Daemon
}

export type SandboxOptions = {
  readonly root: string
  /** Real boxes as root, kwok nodes otherwise. */
  readonly backend?: BackendName
  /** How much faster than AWS the double's waits pass. */
  readonly cloudSpeed?: number
  /** Kubernetes minors that EKS offers, the default CRATEKUBE_KUBERNETES_VERSIONS or 1.36. Each is built, in minutes, once. */
  readonly kubernetesVersions?: readonly string[]
  readonly onProgress?: Progress
}

export const managementTools = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kubectl',
  'jail',
] as const

export const backendTools: Readonly<Record<BackendName, readonly ToolName[]>> = {
  box: boxTools,
  kwok: kwokTools,
  memory: [],
}

export function defaultBackend(): BackendName {
  return process.getuid?.() === 0 ? 'box' : 'kwok'
}

/** What an option says; undefined leaves the choice to the machine. */
export function backendOf(name: string | undefined): BackendName | undefined {
  if (name === undefined || name === 'box' || name === 'kwok' || name === 'memory') return name
  throw new Error(`unknown backend ${name}: box, kwok or memory`)
}

export async function startSandbox(o: SandboxOptions): Promise<Sandbox> {
  const { root, onProgress = () => undefined } = o
  const backend = o.backend ?? defaultBackend()
  if (backend === 'kwok') onProgress('not root: nodes are simulated by kwok, pods run nothing')
  await mkdir(join(root, 'efs'), { recursive: true })
  const minors = o.kubernetesVersions ?? wantedMinors(process.env['CRATEKUBE_KUBERNETES_VERSIONS'])
  const ready = await ensureTools(managementTools, onProgress, { minors: minors.slice(0, 1) })
  const tenantTools = await ensureTools(backendTools[backend], onProgress, { minors })
  if (backend === 'box') await ensureImages({ tools: tenantTools, onProgress })
  onProgress('starting the management control plane, Redis and the AWS double')
  const cloudSpeed = o.cloudSpeed ?? 60
  const [plane, redis, aws] = await Promise.all([
    startControlPlane({ root, name: 'management', tools: ready, controllerManager: true }),
    startRedis({ root }),
    startAwsDouble({ root, backend, cloudSpeed, minors }),
  ])
  const { server, kubeconfigPath } = plane
  const facts: SandboxFacts = {
    root,
    backend,
    cloudSpeed,
    management: { server, kubeconfigPath },
    redisUrl: redis.url,
    aws,
  }
  const path = join(root, 'sandbox.json')
  await writeFile(`${path}.new`, JSON.stringify(facts, undefined, 2), { mode: 0o600 })
  await rename(`${path}.new`, path)
  return sandboxOf(facts)
}

/** The sandbox that an earlier process started at this root; undefined when it is not (wholly) up. */
export async function findSandbox(root: string): Promise<Sandbox | undefined> {
  const text = await readFile(join(root, 'sandbox.json'), 'utf8').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  })
  const parts = ['management-etcd', 'management-apiserver', 'redis', 'aws']
  if (text === undefined || parts.some((name) => findDaemon(root, name) === undefined))
    return undefined
  return sandboxOf(JSON.parse(text) as SandboxFacts) // written by startSandbox
}

function sandboxOf(facts: SandboxFacts): Sandbox {
  return { ...facts, run: (process) => startDaemon({ ...process, root: facts.root }) }
}

type AwsDoubleOptions = {
  readonly root: string
  readonly backend: BackendName
  readonly cloudSpeed: number
  readonly minors: readonly string[]
}

/** A process of its own; it prints one JSON line with its address once it answers. */
async function startAwsDouble(o: AwsDoubleOptions): Promise<AwsFacts> {
  const main = new URL('aws/main.ts', import.meta.url).pathname
  const settings = ['--root', o.root, '--backend', o.backend, '--speed', `${o.cloudSpeed}`]
  const daemon = startDaemon({
    root: o.root,
    name: 'aws',
    command: process.execPath,
    args: [main, ...settings],
    env: { ...definedEnv(process.env), CRATEKUBE_KUBERNETES_VERSIONS: o.minors.join(',') },
  })
  return waitFor(
    async () => {
      if (!daemon.alive()) throw new Error(`the AWS double ended:\n${logTail(daemon.log)}`)
      const lines = (await readFile(daemon.log, 'utf8')).split('\n')
      const line = lines.findLast((text) => text.includes(`"pid":${daemon.pid}`))
      return line === undefined ? undefined : (JSON.parse(line) as AwsFacts) // aws/main.ts prints it
    },
    { what: 'the AWS double answers', timeoutMs: 180_000, explain: () => logTail(daemon.log) },
  )
}

function definedEnv(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}
