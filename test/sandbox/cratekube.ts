// CrateKube in a sandbox: its CRDs on the management plane, manager and worker as processes of the host, with the
// provider doubles and the embedded engine, or with the official CLI, whose plugins the doubles are then. Everything else is
// as in production: the manager is bundled, the worker is not.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { stateKeys } from '../../operator/engine/index.ts'
import {
  connect,
  core,
  kubeconfigCredentials,
  secretText,
  type Key,
  type Kube,
  type Manifest,
} from '../../operator/framework/index.ts'
import { bundle } from './bundle.ts'
import type { Daemon, DaemonOptions } from './machine/daemon.ts'
import { defineTenantClusters, repository } from './manifests.ts'
import { installPlugins } from './providers/plugins.ts'
import type { AwsFacts, Sandbox } from './sandbox.ts'
import { ensureTools } from './tools/ensure.ts'

export type CrateKube = {
  /** The management cluster, as administrator. */
  readonly kube: Kube
  /** How they are started; the manager's args name its bundle. */
  readonly manager: Launch
  readonly worker: Launch
  startManager(env?: Env): Daemon
  startWorker(env?: Env): Daemon
  /** The namespace, and in it the Secret with credentials; the sandbox's of AWS by default. */
  prepareTenant(tenant: { namespace: string; secret: string; credentials?: Env }): Promise<void>
  close(): void
}

type Env = Readonly<Record<string, string>>
export type Launch = Omit<DaemonOptions, 'root'> & { readonly env: Env }

const namespace = 'cratekube-system'

/** What runs in the place of the product: the same processes, with other providers. Paths of modules, run from source. */
export type Composition = {
  /** The CRD of TenantClusters. */
  readonly definition: object
  readonly manager: string
  readonly worker: string
  readonly programs: string
  /** The doubles of Pulumi’s providers. */
  readonly plugins: string
}

export type CrateKubeOptions = {
  /** The embedded one by default. */
  readonly engine?: EngineName | undefined
  /** The product by default. With the embedded engine only. */
  readonly composition?: Composition | undefined
}

/** Who runs the stacks. */
export const engines = ['embedded', 'official'] as const
export type EngineName = (typeof engines)[number]

export async function installCrateKube(
  sandbox: Sandbox,
  { engine: engineName = 'embedded', composition }: CrateKubeOptions = {},
): Promise<CrateKube> {
  const tools = await ensureTools(['helm', 'jail'])
  const { kubeconfigPath } = sandbox.management
  const kube = connect(kubeconfigCredentials(readFileSync(kubeconfigPath, 'utf8')))
  await defineTenantClusters(kube, composition?.definition as Manifest | undefined) // a whole object by construction
  await createNamespace(kube, namespace)
  mkdirSync(new URL(stateOf(sandbox).backendUrl).pathname, { recursive: true })
  writeFileSync(passphraseFile(sandbox), passphrase, { mode: 0o600 })
  const engine = await engineOf(sandbox, engineName)
  const manager = composition?.manager ?? (await bundledManager(sandbox))
  const temporary = join(sandbox.root, 'tmp')
  mkdirSync(temporary, { recursive: true })
  const env = {
    PATH: [
      ...engine.path,
      dirname(process.execPath),
      dirname(tools.path('helm')),
      process.env['PATH'],
    ].join(':'),
    HOME: sandbox.root,
    TMPDIR: temporary,
    KUBECONFIG: kubeconfigPath,
    // Of all sandboxes: compiling what a runner loads takes a processor for seconds.
    NODE_COMPILE_CACHE: join(tmpdir(), 'node-compile-cache'),
    AWS_ENDPOINT_URL: sandbox.aws.endpoint,
    CRATEKUBE_NAMESPACE: namespace,
    CRATEKUBE_REDIS_URL: sandbox.redisUrl,
    CRATEKUBE_HEALTH_HOST: '127.0.0.1',
    CRATEKUBE_HEALTH_PORT: '0',
  }
  const launches = {
    manager: {
      name: 'manager',
      command: process.execPath,
      args: [manager],
      env: { ...env, CRATEKUBE_LEADER_ELECTION: 'false' },
    },
    worker: {
      name: 'worker',
      command: process.execPath,
      args: [composition?.worker ?? join(repository, 'operator/bin/worker.ts')],
      env: {
        ...env,
        ...engine.env,
        ...workerEnv(sandbox),
        ...modulesOf(composition),
        CRATEKUBE_JAIL: jailOrNone(tools.path('jail')),
      },
    },
  }
  const start = (launch: Launch, extra: Env) =>
    sandbox.run({ ...launch, env: { ...launch.env, ...extra } })
  return {
    kube,
    ...launches,
    startManager: (extra = {}) => start(launches.manager, extra),
    startWorker: (extra = {}) => start(launches.worker, extra),
    prepareTenant: async (tenant) => {
      await createNamespace(kube, tenant.namespace)
      const secret = {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: tenant.secret, namespace: tenant.namespace },
        stringData: tenant.credentials ?? awsVariables(sandbox.aws.credentials),
      }
      await kube.apply(core.secret, secret, { fieldManager: 'kubectl', force: true })
    },
    close: () => kube.close(),
  }
}

/** A key of AWS as a Secret has it. */
export const awsVariables = (key: AwsFacts['credentials']): Env => ({
  AWS_ACCESS_KEY_ID: key.accessKeyId,
  AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
})

/** A tenant's cluster, by the kubeconfig that CrateKube wrote. */
export async function openTenant(kube: Kube, { namespace, name }: Key): Promise<Kube> {
  return connect(kubeconfigCredentials(await tenantKubeconfig(kube, { namespace, name })))
}

/** The text of it; empty where there is none yet. */
export async function tenantKubeconfig(kube: Kube, { namespace, name }: Key): Promise<string> {
  const secret = await kube.get(core.secret, `${name}-kubeconfig`, namespace)
  return secretText(secret)['value'] ?? ''
}

const passphrase = 'sandbox'
const passphraseFile = ({ root }: Sandbox) => join(root, 'passphrase')

/** What `pulumi` by hand needs to see the sandbox's stacks. */
export const stateOf = (sandbox: Sandbox) => ({
  backendUrl: `file://${join(sandbox.root, 'state')}`,
  keys: stateKeys({ passphrase }),
})

async function engineOf(
  { root }: Sandbox,
  name: EngineName,
): Promise<{ path: string[]; env: Env }> {
  if (name === 'embedded') {
    const module = join(repository, 'test/sandbox/providers/index.ts')
    return { path: [], env: { CRATEKUBE_ENGINE: 'embedded', CRATEKUBE_PROVIDERS_MODULE: module } }
  }
  const home = join(root, 'pulumi')
  const [tools] = await Promise.all([ensureTools(['pulumi']), installPlugins(home)])
  const cli = tools.path('pulumi')
  return { path: [dirname(cli)], env: { CRATEKUBE_ENGINE: 'cli', PULUMI_HOME: home } }
}

async function bundledManager({ root }: Sandbox): Promise<string> {
  const outfile = join(root, 'manager.mjs')
  await bundle('manager', outfile)
  return outfile
}

const modulesOf = (composition: Composition | undefined): Env =>
  composition
    ? {
        CRATEKUBE_PROGRAMS_MODULE: composition.programs,
        CRATEKUBE_PROVIDERS_MODULE: composition.plugins,
      }
    : {}

function workerEnv(sandbox: Sandbox): Env {
  const state = stateOf(sandbox)
  return {
    CRATEKUBE_STATE_BACKEND: state.backendUrl,
    CRATEKUBE_STATE_PASSPHRASE_FILE: passphraseFile(sandbox),
    CRATEKUBE_WORKER_CONCURRENCY: '4',
    CRATEKUBE_DRAIN_SECONDS: '60',
  }
}

/** A demo goes on where the kernel has no Landlock, as on some virtual machines; the test of the jail does not. */
function jailOrNone(program: string): string {
  if (spawnSync(program, ['-check']).status === 0) return program
  console.warn('this kernel has no Landlock: operations are not kept apart')
  return 'none'
}

async function createNamespace(kube: Kube, name: string): Promise<void> {
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }
  await kube.apply(core.namespace, object, { fieldManager: 'kubectl', force: true })
}
