// kwokBackend: what stands behind an EKS cluster of the AWS double without root. The control plane is real, on loopback
// ports; nodes are objects whose status kwok keeps, and their pods run nothing.
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ClusterBackend, NodeRequest } from '../aws/backends/backend.ts'
import { installCoredns, removeCoredns } from '../box/addons.ts'
import {
  changeState,
  claimCluster,
  clusterDir,
  findCluster,
  readCluster,
  readClusters,
  removeDir,
} from '../box/state.ts'
import { withClient, type ApiClient } from '../kubernetes/api-client.ts'
import { webhookConfig } from '../kubernetes/kubeconfig.ts'
import { untilUsable } from '../kubernetes/usable.ts'
import { run } from '../machine/command.ts'
import { findDaemon, startDaemon } from '../machine/daemon.ts'
import { startControlPlane } from '../management/control-plane.ts'
import type { ToolName } from '../tools/catalogue.ts'
import { moduleDir } from '../tools/build.ts'
import { defaultKubernetesMinor, goTool } from '../tools/catalogue.ts'
import type { Tools } from '../tools/ensure.ts'
import { findGo } from '../tools/go.ts'

/** What kwokBackend needs in ensureTools. */
export const kwokTools: readonly ToolName[] = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kwok',
]

const parts = ['kwok', 'scheduler', 'controller-manager', 'apiserver', 'etcd']

export function kwokBackend(o: { readonly root: string; readonly tools: Tools }): ClusterBackend {
  const { root, tools } = o
  return {
    create: async (request) => {
      const { name, version, serviceCidr, oidcIssuer: issuer, authWebhookUrl } = request
      await claimCluster(root, { name, version, serviceCidr, issuer, authWebhookUrl })
      const plane = await startControlPlane({
        root: clusterDir(root, name),
        sandboxRoot: root,
        name: 'control-plane',
        tools,
        minor: version,
        controllerManager: true,
        scheduler: true,
        serviceCidr,
        issuer,
        tokenWebhookConfig: webhookConfig(authWebhookUrl),
      }).catch(async (error: unknown) => {
        await remove(root, name)
        throw error
      })
      await changeState(root, name, (state) => ({ ...state, endpoint: plane.server }))
      startDaemon({
        root: clusterDir(root, name),
        sandboxRoot: root,
        name: 'control-plane-kwok',
        command: tools.path('kwok'),
        args: await kwokArgs(plane.kubeconfigPath),
      })
      return {
        endpoint: plane.server,
        certificateAuthority: Buffer.from(plane.ca).toString('base64'),
      }
    },
    addNode: (request) =>
      withAdmin(root, request.cluster, (client) => client.apply(...nodeObject(request))),
    removeNode: async ({ cluster, name }) => {
      if ((await findCluster(root, cluster)) === undefined) return
      await withAdmin(root, cluster, (client) => client.delete(`/api/v1/nodes/${name}`))
    },
    installAddon: async ({ cluster, name }) => {
      const { serviceCidr } = await readCluster(root, cluster)
      if (name !== 'coredns') return // simulated nodes need neither CNI nor kube-proxy
      await withAdmin(root, cluster, (client) => installCoredns(client, serviceCidr))
    },
    removeAddon: async ({ cluster, name }) => {
      const state = await findCluster(root, cluster)
      if (state === undefined || name !== 'coredns') return
      await withAdmin(root, cluster, (client) => removeCoredns(client, state.serviceCidr))
    },
    upgrade: (request) => upgrade(root, tools, request),
    remove: (name) => remove(root, name),
    list: async () =>
      (await readClusters(root)).flatMap(({ name, version, endpoint }) =>
        endpoint === undefined ? [] : [{ name, version, endpoint }],
      ),
    versions: () => Promise.resolve([...tools.kubernetesMinors]),
    adminKubeconfig: (name) => readFile(adminPath(root, name), 'utf8'),
  }
}

/** The same command lines, run by the programs of another minor over the same etcd. */
async function upgrade(
  root: string,
  tools: Tools,
  { name, version }: { name: string; version: string },
): Promise<void> {
  await changeState(root, name, (state) => ({ ...state, version }))
  const dir = clusterDir(root, name)
  for (const part of ['apiserver', 'controller-manager', 'scheduler'] as const) {
    const daemon = findDaemon(dir, `control-plane-${part}`)
    if (!daemon) throw new Error(`cluster ${name} has lost its ${part}`)
    const args = readFileSync(`/proc/${daemon.pid}/cmdline`, 'utf8').split('\0').slice(1, -1)
    await daemon.kill()
    const command = tools.path(`kube-${part}`, version)
    startDaemon({ root: dir, sandboxRoot: root, name: daemon.name, command, args })
    if (part === 'apiserver')
      await withAdmin(root, name, (client) => untilUsable(client, { minor: version }))
  }
}

async function remove(root: string, name: string): Promise<void> {
  const dir = clusterDir(root, name)
  for (const part of parts) await findDaemon(dir, `control-plane-${part}`)?.kill()
  await removeDir(root, dir)
}

/** The stages that make nodes Ready and pods Running, Succeeded and gone, from kwok's own module. */
async function kwokArgs(kubeconfigPath: string): Promise<string[]> {
  const cwd = moduleDir(goTool('kwok', defaultKubernetesMinor).module)
  const go = await findGo(() => undefined)
  const env = { ...process.env, GOFLAGS: '-mod=readonly', GOWORK: 'off' }
  await run(go, ['mod', 'download', 'sigs.k8s.io/kwok'], { cwd, env })
  const listed = await run(go, ['list', '-m', '-f', '{{.Dir}}', 'sigs.k8s.io/kwok'], { cwd, env })
  const dir = listed.trim()
  const stages = [
    'node/fast/node-initialize',
    'node/heartbeat-with-lease/node-heartbeat-with-lease',
    'pod/fast/pod-ready',
    'pod/fast/pod-complete',
    'pod/fast/pod-delete',
  ]
  return [
    `--kubeconfig=${kubeconfigPath}`,
    '--manage-all-nodes=true',
    '--node-lease-duration-seconds=40',
    '--server-address=',
    ...stages.map((stage) => `--config=${join(dir, 'kustomize/stage', `${stage}.yaml`)}`),
  ]
}

function nodeObject(o: NodeRequest): [path: string, object: object] {
  const labels = {
    'kubernetes.io/hostname': o.name,
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': 'amd64',
    'node.kubernetes.io/instance-type': o.instanceType,
    'topology.kubernetes.io/zone': o.zone,
    type: 'kwok',
    ...o.labels,
  }
  const size = { cpu: '2', memory: '8Gi', pods: '60' }
  const object = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: o.name, labels },
    spec: { providerID: o.providerId, taints: o.taints },
    status: { capacity: size, allocatable: size },
  }
  return [`/api/v1/nodes/${o.name}`, object]
}

function adminPath(root: string, name: string): string {
  return join(clusterDir(root, name), 'control-plane', 'kubeconfig')
}

async function withAdmin<T>(
  root: string,
  name: string,
  work: (client: ApiClient) => Promise<T>,
): Promise<T> {
  const { endpoint } = await readCluster(root, name)
  if (endpoint === undefined) throw new Error(`cluster ${name} has no control plane yet`)
  return withClient(await readFile(adminPath(root, name), 'utf8'), work)
}
