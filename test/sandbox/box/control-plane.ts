// Makes and removes the control plane of a cluster: its network, certificates and box, before and without any node.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { apiClient, type ApiClient } from '../kubernetes/api-client.ts'
import { writeControlPlaneFiles } from '../kubernetes/control-plane-files.ts'
import { kubeconfig, webhookConfig } from '../kubernetes/kubeconfig.ts'
import { untilUsable } from '../kubernetes/usable.ts'
import { logTail } from '../machine/daemon.ts'
import { sandboxPrefix } from '../machine/paths.ts'
import type { Tools } from '../tools/ensure.ts'
import { endBoxesBelow, launchBox } from './box.ts'
import { nodeNetwork } from './config.ts'
import { createClusterNetwork, shieldHost } from './network.ts'
import { controlPlaneSpec, webhookRelay } from './spec.ts'
import { changeState, clusterDir, type ClusterState } from './state.ts'

export type StartedControlPlane = { readonly endpoint: string; readonly ca: string }

export async function startControlPlaneBox(
  root: string,
  tools: Tools,
  cluster: ClusterState,
): Promise<StartedControlPlane> {
  const dir = join(clusterDir(root, cluster.name), 'control-plane')
  await mkdir(join(dir, 'k8s', 'log'), { recursive: true, mode: 0o700 })
  const [link] = await Promise.all([
    createClusterNetwork(cluster.id),
    shieldHost(sandboxPrefix(root)),
  ])
  const endpoint = `https://${link.address}:6443`
  const pki = join(dir, 'k8s', 'pki')
  const credentials = await writeControlPlaneFiles({
    dir: pki,
    name: cluster.name,
    localServer: 'https://127.0.0.1:6443',
    serves: [link.address, nodeNetwork.gateway],
    serviceCidr: cluster.serviceCidr,
  })
  const { admin, ca } = credentials
  await writeFile(join(pki, 'token-webhook.yaml'), relayedWebhook(cluster.authWebhookUrl))
  const adminConfig = kubeconfig({ name: cluster.name, server: endpoint, ca, user: admin })
  await writeFile(join(clusterDir(root, cluster.name), 'admin.kubeconfig'), adminConfig, {
    mode: 0o600,
  })
  await launch(root, tools, cluster)
  await changeState(root, cluster.name, (state) => ({ ...state, endpoint }))
  const client = apiClient(endpoint, ca, admin)
  await usable(client, dir, cluster.version).finally(() => client.close())
  return { endpoint, ca }
}

/** The programs of `cluster.version` over the same etcd data, address and certificates. The API server is away meanwhile. */
export async function replaceControlPlaneBox(
  root: string,
  tools: Tools,
  o: { cluster: ClusterState; client: ApiClient },
): Promise<void> {
  const dir = join(clusterDir(root, o.cluster.name), 'control-plane')
  await endBoxesBelow(root, dir)
  await launch(root, tools, o.cluster)
  await usable(o.client, dir, o.cluster.version)
}

async function launch(root: string, tools: Tools, cluster: ClusterState): Promise<void> {
  const dir = join(clusterDir(root, cluster.name), 'control-plane')
  const spec = controlPlaneSpec({
    dir,
    netns: `/run/netns/${cluster.id}`,
    tools: controlPlaneTools(tools, cluster.version),
    serviceCidr: cluster.serviceCidr,
    issuer: cluster.issuer,
    authWebhookAddress: new URL(cluster.authWebhookUrl).host,
  })
  await launchBox({ root, dir, boxInit: tools.path('box-init'), spec })
}

/** The API server asks the relay inside its box; box-init carries the question to the cloud on the host's loopback. */
export function relayedWebhook(authWebhookUrl: string): string {
  const { pathname, search } = new URL(authWebhookUrl)
  return webhookConfig(`http://${webhookRelay}${pathname}${search}`)
}

async function usable(client: ApiClient, dir: string, minor: string): Promise<void> {
  const log = (name: string): string => logTail(join(dir, name), 8)
  const explain = () => `${log('log/box.log')}\n${log('k8s/log/kube-apiserver.log')}`
  await untilUsable(client, { minor, explain })
}

function controlPlaneTools(tools: Tools, minor: string): Record<string, string> {
  const names = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const
  return Object.fromEntries(names.map((name) => [name, tools.path(name, minor)]))
}
