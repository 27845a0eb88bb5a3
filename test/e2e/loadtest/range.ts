// A shooting range for load tests: a real cluster of one node, the load-test operator with the rights of its chart, and
// for each test a namespace with a web server that counts what reaches it and Locust files that are told when to stop.
import { mkdtemp, readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { vi } from 'vitest'
import type { LocustTestSpec, LocustTestStatus } from '../../../operator/api/locust/locust-types.ts'
import {
  connect,
  core,
  kubeconfigCredentials,
  type Kube,
  type KubeObject,
} from '../../../operator/framework/index.ts'
import { namespaceFor, statusOf, testKind, untilStatus } from '../../support/loadtest/load-tests.ts'
import { installChart, operatorNamespace } from '../../support/loadtest/plane.ts'
import { podsOf } from '../../support/loadtest/pods.ts'
import { replicas } from '../../support/loadtest/replica.ts'
import { boxBackend, boxTools } from '../../sandbox/box/backend.ts'
import { readCluster } from '../../sandbox/box/state.ts'
import { takeDown } from '../../sandbox/down.ts'
import { ensureImages } from '../../sandbox/images/ensure.ts'
import { run } from '../../sandbox/machine/command.ts'
import { logTail } from '../../sandbox/machine/daemon.ts'
import { ensureTools } from '../../sandbox/tools/ensure.ts'

export type Range = {
  readonly kube: Kube
  kubectl(...args: string[]): Promise<string>
  /** A namespace with the web server. */
  lane(name: string): Promise<Lane>
  close(): Promise<void>
}

const cluster = 'range'
/** For a machine that others use too. */
const generousMs = 120_000

export async function openRange(): Promise<Range> {
  const root = await mkdtemp(join(tmpdir(), 'ck-range-'))
  const close = async () => {
    await takeDown({ root, keepFiles: process.env['KEEP_SANDBOX'] !== undefined })
  }
  try {
    const tools = await ensureTools([...boxTools, 'kubectl', 'helm'])
    const names = ['pause', 'coredns', 'demo-server', 'locust']
    const backend = boxBackend({ root, tools, images: () => ensureImages({ tools, names }) })
    const version = tools.kubernetesMinors.at(-1) ?? ''
    await backend.create({
      name: cluster,
      version,
      serviceCidr: '172.20.0.0/16',
      oidcIssuer: 'https://oidc.example/id/RANGE',
      authWebhookUrl: 'http://127.0.0.1:9/nobody-has-an-iam-token-here',
    })
    for (const name of ['vpc-cni', 'kube-proxy', 'coredns'])
      await backend.installAddon({ cluster, name, version: 'v1' })
    await backend.addNode({
      cluster,
      name: 'node',
      version,
      labels: {},
      taints: [],
      instanceType: '',
      zone: 'eu-1a',
      providerId: 'aws:///eu-1a/i-range',
    })
    const kubeconfig = await backend.adminKubeconfig(cluster)
    const kube = connect(kubeconfigCredentials(kubeconfig))
    await installChart(kube)
    // Its pods would be of an image that has to be built; a process does as well.
    const deployment = { name: operatorNamespace, namespace: operatorNamespace }
    await kube.patch(core.deployment, deployment, { spec: { replicas: 0 } }, { type: 'merge' })
    await startOperator({ root, kube, kubeconfig })
    const path = join(root, 'clusters', cluster, 'admin.kubeconfig')
    return {
      kube,
      kubectl: (...args) => run(tools.path('kubectl'), ['--kubeconfig', path, ...args]),
      lane: (name) => openLane(kube, root, name),
      close: async () => {
        kube.close()
        await close()
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** In the network of the cluster, where pods can be reached: it reads the figures from the masters themselves. */
async function startOperator(o: { root: string; kube: Kube; kubeconfig: string }): Promise<void> {
  const { id } = await readCluster(o.root, cluster)
  const start = await replicas(
    { kube: o.kube, kubeconfig: o.kubeconfig, dir: o.root },
    {
      within: ['nsenter', `--net=/run/netns/${id}`],
      // The machine is smaller than a node: Locust may use all of it and reserve little.
      env: { POD_CPU_REQUEST: '50m', POD_CPU_LIMIT: 'none' },
    },
  )
  start('operator')
}

export type Lane = {
  readonly namespace: string
  apply(spec: LocustTestSpec): Promise<void>
  patch(spec: object): Promise<void>
  until(expected: object): Promise<LocustTestStatus>
  /** Pods that are not being deleted. */
  pods(role: 'master' | 'worker'): Promise<KubeObject[]>
  /** kill -9 of the container's process. */
  kill(pod: KubeObject): Promise<void>
  /** What the web server has answered. */
  counted(): Promise<number>
  /** Makes the ConfigMap of the Locust files. */
  loadFiles(): Promise<void>
  /** Tells the Locust master that it is enough. */
  endShooting(): Promise<void>
}

async function openLane(kube: Kube, root: string, name: string): Promise<Lane> {
  const namespace = await namespaceFor(kube, name)
  const ref = { namespace, name: 'shop' }
  await startServer(kube, namespace)
  return {
    namespace,
    apply: async (spec) => {
      await kube.create(testKind, { metadata: ref, spec })
    },
    patch: async (spec) => {
      await kube.patch(testKind, ref, { spec }, { type: 'merge' })
    },
    until: async (expected) => {
      try {
        return await untilStatus(kube, ref, expected, generousMs)
      } catch (error) {
        throw new Error(await story(kube, { root, namespace }), { cause: error })
      }
    },
    pods: (role) => podsOf(kube, namespace, `shop-${role}`),
    kill: killContainer,
    counted: () => counted(kube, namespace),
    loadFiles: async () => {
      const metadata = { name: 'files', namespace }
      const locustfile = await readFile(join(import.meta.dirname, 'locustfile.py'), 'utf8')
      await kube.create(core.configMap, { metadata, data: { 'locustfile.py': locustfile } })
    },
    endShooting: async () => {
      const files = { name: 'files', namespace }
      await kube.patch(core.configMap, files, { data: { stop: 'now' } }, { type: 'merge' })
    },
  }
}

/** For whoever has to find out why a test did not come to what was expected. */
async function story(kube: Kube, o: { root: string; namespace: string }): Promise<string> {
  const status = await statusOf(kube, o.namespace, 'shop')
  const logs: string[] = []
  for (const { metadata } of await podsOf(kube, o.namespace, 'shop-master')) {
    const path = `/api/v1/namespaces/${o.namespace}/pods/${metadata.name}/log`
    const query = { container: 'shop-master', tailLines: 60 }
    const log = kube.request('GET', path, undefined, { query, as: 'text' })
    logs.push(String(await log.catch(String)))
  }
  const operator = logTail(join(o.root, 'log/operator.log'))
  return [JSON.stringify(status, undefined, 1), ...logs, operator].join('\n')
}

const server = 'ghcr.io/cratekube/demo-server:0.1.0'

async function startServer(kube: Kube, namespace: string): Promise<void> {
  const metadata = { name: 'web', namespace, labels: { app: 'web' } }
  const ports = [{ port: 8080 }]
  await kube.create(core.service, { metadata, spec: { selector: { app: 'web' }, ports } })
  const readinessProbe = { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 1 }
  const containers = [{ name: 'web', image: server, readinessProbe }]
  const patiently = { timeout: generousMs, interval: 200 }
  // A new namespace gets its service account a moment later.
  await vi.waitFor(() => kube.create(core.pod, { metadata, spec: { containers } }), patiently)
  await vi.waitFor(() => counted(kube, namespace), patiently)
}

async function counted(kube: Kube, namespace: string): Promise<number> {
  const path = `/api/v1/namespaces/${namespace}/services/web:8080/proxy/count`
  return Number(await kube.request('GET', path, undefined, { as: 'text' }))
}

/** SIGKILL from outside, as the kernel's OOM killer would; a process tells by its cgroup whose it is. */
async function killContainer({ metadata }: KubeObject): Promise<void> {
  for (const pid of await readdir('/proc')) {
    const read = (file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '') // no process, or ended
    if (!(await read('cgroup')).includes(`pod${metadata.uid}/`)) continue
    if (!(await read('cmdline')).includes('locust')) continue
    process.kill(Number(pid), 'SIGKILL')
    return
  }
  throw new Error(`no Locust runs in ${metadata.name}`)
}
