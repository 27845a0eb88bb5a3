// A real cluster in boxes, root only, with the add-ons program run on it as a worker runs it: by the real engine, the
// kubernetes double and the real API server. EFS file systems are directories of the machine.
import { awsManager } from '../../../operator/aws/manager.ts'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { dump, load } from 'js-yaml'
import type { TenantClusterSpec } from '../../../operator/api/tenant/tenant-cluster.ts'
import { assess } from '../../../operator/controllers/tenant-cluster/measure/assess.ts'
import type { Assessed } from '../../../operator/controllers/tenant-cluster/measure/assessed.ts'
import { measure, versionOf } from '../../../operator/controllers/tenant-cluster/measure/measure.ts'
import { runOperation } from '../../../operator/engine/index.ts'
import { connect, kubeconfigCredentials, type Kube } from '../../../operator/framework/index.ts'
import { boxBackend, boxTools } from '../../sandbox/box/backend.ts'
import { takeDown } from '../../sandbox/down.ts'
import { ensureImages } from '../../sandbox/images/ensure.ts'
import { run } from '../../sandbox/machine/command.ts'
import { waitFor } from '../../sandbox/machine/wait.ts'
import { ensureTools } from '../../sandbox/tools/ensure.ts'
import { nodeMounts } from './cluster-view.ts'
import { cloudOutputs } from '../../support/cloud-outputs.ts'
import { tenantInput } from '../../support/tenant-input.ts'

const cluster = 'payments-0a1b2c3d'
const repository = join(import.meta.dirname, '../../..')
export const fileSystem = 'fs-0123456789abcdef0'
/** Another one, as an existing filer. */
export const otherFileSystem = 'fs-0fedcba9876543210'

export type AutofsLab = {
  kube: Kube
  kubectl(...args: string[]): Promise<string>
  /** Runs a command in a pod, or in one of a Deployment's. */
  exec(namespace: string, pod: string, ...command: string[]): Promise<string>
  /** Runs the add-ons program for such a spec.autofs. */
  up(autofs: object): Promise<void>
  destroy(): Promise<void>
  /** What the manager would say of the tenant last brought up. */
  autofsReady(): Promise<Assessed>
  untilReady(): Promise<void>
  /** Waits until AutofsReady is False with a message that contains the text; returns the message. */
  untilSaid(text: string): Promise<string>
  /** Path on the machine of a directory on EFS. */
  efs(...path: string[]): string
  /** Applies a file of examples/. */
  example(file: string): Promise<void>
  mounts(): Promise<string[]>
  stop(): Promise<void>
}

export async function startAutofsLab(o: { nodes: string[] }): Promise<AutofsLab> {
  const tools = await ensureTools([...boxTools, 'kubectl'])
  const images = await ensureImages({ tools, names: ['pause', 'busybox', 'autofs'] })
  const root = await mkdtemp(join(tmpdir(), 'ck-autofs-'))
  for (const id of [fileSystem, otherFileSystem])
    await mkdir(join(root, 'efs', id), { recursive: true })
  const backend = boxBackend({ root, tools, images: () => Promise.resolve(images) })
  const stop = async () => {
    await takeDown({ root })
    await rm(root, { recursive: true, force: true })
  }
  try {
    await backend.create({
      name: cluster,
      version: '1.36',
      serviceCidr: '172.20.0.0/16',
      oidcIssuer: 'https://oidc.eks.eu-west-1.amazonaws.com/id/TEST',
      authWebhookUrl: 'http://127.0.0.1:9/authenticate', // never asked: the tests use a certificate
    })
    await backend.installAddon({ cluster, name: 'vpc-cni', version: 'v1' })
    await Promise.all(o.nodes.map((name) => backend.addNode(nodeNamed(name))))
    const kubeconfig = join(root, 'kubeconfig')
    await writeFile(kubeconfig, inContext(await backend.adminKubeconfig(cluster)), { mode: 0o600 })
    const kube = connect(kubeconfigCredentials(await readFile(kubeconfig, 'utf8')))
    const kubectl = (...args: string[]) =>
      run(tools.path('kubectl'), ['--kubeconfig', kubeconfig, ...args])
    return {
      ...addOns({ root, kubeconfig, kube }),
      kube,
      kubectl,
      exec: (namespace, pod, ...command) => kubectl('exec', '-n', namespace, pod, '--', ...command),
      mounts: () => nodeMounts(root),
      efs: (...path) => join(root, 'efs', ...path),
      example: async (file) =>
        void (await kubectl('apply', '-f', join(repository, 'examples', file))),
      stop: async () => {
        kube.close()
        await stop()
      },
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** The program asks for the context that is named like the cluster. */
function inContext(kubeconfig: string): string {
  const config = load(kubeconfig) as { contexts: { name: string }[] } // our own file
  const [context] = config.contexts
  return dump({
    ...config,
    contexts: [{ ...context, name: cluster }],
    'current-context': cluster,
  })
}

const nodeNamed = (name: string) => ({
  cluster,
  name,
  version: '1.36',
  labels: { 'eks.amazonaws.com/nodegroup': 'default-0123' },
  taints: [],
  instanceType: 'm6i.large',
  zone: 'eu-west-1a',
  providerId: `aws:///eu-west-1a/i-${name}`,
})

type Place = { root: string; kubeconfig: string; kube: Kube }

function addOns({ root, kubeconfig, kube }: Place) {
  let spec: TenantClusterSpec | undefined
  const perform = async (kind: 'up' | 'destroy', autofs: object) => {
    const tenant = tenantInput({ autofs, addons: { loadTesting: { enabled: false } } })
    spec = tenant.spec
    const result = await runOperation(
      {
        kind,
        program: 'addons',
        stack: 'team-payments.payments.addons',
        tenant,
        config: { 'cratekube:cloud': cloud },
      },
      {
        settings: {
          backendUrl: `file://${join(root, 'state')}`,
          passphrase: 'test',
          engine: 'embedded',
          providersModule: join(repository, 'test/sandbox/providers/index.ts'),
          programsModule: join(repository, 'operator/bin/programs.ts'),
        },
        env: { KUBECONFIG: kubeconfig },
        signal: new AbortController().signal,
        onProgress: () => undefined,
        log: pino({ level: 'silent' }),
      },
    )
    if (result.status !== 'succeeded') throw new Error(JSON.stringify(result))
  }
  const autofsReady = async () => {
    if (!spec) throw new Error('nothing was brought up')
    const signal = AbortSignal.timeout(20_000)
    const measured = {
      gitVersion: await versionOf(kube, signal),
      ...(await measure(kube, spec, { signal, nodes: awsManager({ variables: {} }) })),
    }
    const found = assess(spec, measured).conditions.find(({ type }) => type === 'AutofsReady')
    if (!found) throw new Error('no condition AutofsReady')
    return found
  }
  const until = async (what: string, holds: (condition: Assessed) => boolean) => {
    let last: Assessed | undefined
    await waitFor(async () => holds((last = await autofsReady())), {
      what,
      timeoutMs: 60_000,
      everyMs: 200,
      explain: () => last?.message ?? '',
    })
    return last?.message ?? ''
  }
  return {
    up: (autofs: object) => perform('up', autofs),
    destroy: () => perform('destroy', spec?.autofs ?? {}),
    autofsReady,
    untilReady: async () => void (await until('AutofsReady', ({ status }) => status === true)),
    untilSaid: (text: string) =>
      until(
        `AutofsReady says: ${text}`,
        ({ status, message }) => !status && message.includes(text),
      ),
  }
}

const cloud = JSON.stringify({
  ...cloudOutputs,
  clusterName: cluster,
  sharedStorage: { server: `${fileSystem}.efs.eu-west-1.amazonaws.com` },
})
