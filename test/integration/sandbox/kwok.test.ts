// Clusters without root: a real control plane on loopback, nodes and pods simulated by kwok.
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { takeDown } from '../../sandbox/down.ts'
import { holdingsOf } from '../../sandbox/inventory.ts'
import { kwokBackend, kwokTools } from '../../sandbox/kwok/backend.ts'
import { apiClient, type ApiClient } from '../../sandbox/kubernetes/api-client.ts'
import { readKubeconfig } from '../../sandbox/kubernetes/kubeconfig.ts'
import { ensureTools, type Tools } from '../../sandbox/tools/ensure.ts'

let root: string
let tools: Tools

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'ck-kwok-'))
  tools = await ensureTools(kwokTools)
})

afterAll(async () => {
  await takeDown({ root })
})

test('a simulated node becomes Ready, CoreDNS is scheduled to it, and removal leaves no process', async () => {
  const backend = kwokBackend({ root, tools })
  const cluster = 'team-a'
  const { endpoint, certificateAuthority } = await backend.create({
    name: cluster,
    version: '1.36',
    serviceCidr: '172.20.0.0/16',
    oidcIssuer: 'https://oidc.example/id/A',
    authWebhookUrl: 'http://127.0.0.1:9/authenticate',
  })
  const ca = Buffer.from(certificateAuthority, 'base64').toString()
  const client = apiClient(
    endpoint,
    ca,
    readKubeconfig(await backend.adminKubeconfig(cluster)).user,
  )
  const labels = { 'eks.amazonaws.com/nodegroup': 'general' }
  const providerId = 'aws:///eu-1a/i-1'
  const node = {
    cluster,
    name: 'n1',
    version: '1.36',
    labels,
    taints: [],
    instanceType: 'm6i.large',
    zone: 'eu-1a',
    providerId,
  }
  await backend.addNode(node)
  await backend.installAddon({ cluster, name: 'coredns', version: 'v1' })
  await expect.poll(() => readyOf(client, '/api/v1/nodes/n1'), { timeout: 30_000 }).toBe('True')
  await expect.poll(() => available(client), { timeout: 30_000 }).toBe(1)
  await backend.removeNode({ cluster, name: 'n1' })
  expect(await client.get('/api/v1/nodes/n1')).toBeUndefined()
  client.close()
  expect(await backend.list()).toEqual([{ name: cluster, version: '1.36', endpoint }])
  await backend.remove(cluster)
  await backend.remove(cluster)
  expect((await holdingsOf(root)).processes).toEqual([])
})

type Status = {
  status?: { conditions?: { type: string; status: string }[]; availableReplicas?: number }
}

async function readyOf(client: ApiClient, path: string): Promise<string | undefined> {
  const object = (await client.get(path)) as Status // a Kubernetes object
  return object.status?.conditions?.find(({ type }) => type === 'Ready')?.status
}

async function available(client: ApiClient): Promise<number | undefined> {
  const path = '/apis/apps/v1/namespaces/kube-system/deployments/coredns'
  return ((await client.get(path)) as Status).status?.availableReplicas // a Deployment
}
