// An EKS cluster with a real API server behind it: EKS tokens are really reviewed, access policies really bind.
import { request } from 'node:https'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  AssociateAccessPolicyCommand,
  CreateAccessEntryCommand,
  CreateClusterCommand,
  DeleteClusterCommand,
  DescribeClusterCommand,
} from '@aws-sdk/client-eks'
import type { ClusterBackend } from '../../../sandbox/aws/index.ts'
import { memoryBackend } from '../../../sandbox/aws/backends/memory-backend.ts'
import { startControlPlane } from '../../../sandbox/management/control-plane.ts'
import type { ControlPlane } from '../../../sandbox/management/control-plane.ts'
import { mintToken } from '../../../support/aws/signed-requests.ts'
import { awsLab, clusterInput, eventually, gone } from './fixture.ts'
import type { Lab } from './fixture.ts'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** Real control planes on loopback ports; nodes stay in memory. */
function loopbackBackend(root: string): ClusterBackend & { stop(): Promise<void> } {
  const planes = new Map<string, ControlPlane>()
  const memory = memoryBackend({ versions: ['1.36'] })
  return {
    ...memory,
    async create(o) {
      await memory.create(o)
      const plane = await startControlPlane({
        root,
        name: o.name,
        // It fills the aggregated roles admin, edit and view.
        controllerManager: true,
        issuer: o.oidcIssuer,
        serviceCidr: o.serviceCidr,
        tokenWebhookConfig: webhookConfig(o.authWebhookUrl),
      })
      planes.set(o.name, plane)
      return {
        endpoint: plane.server,
        certificateAuthority: Buffer.from(plane.ca).toString('base64'),
      }
    },
    async remove(name) {
      await planes.get(name)?.stop()
      planes.delete(name)
      await memory.remove(name)
    },
    adminKubeconfig: async (name) => planes.get(name)?.kubeconfig ?? '',
    stop: async () => void (await Promise.all([...planes.values()].map((plane) => plane.stop()))),
  }
}

const webhookConfig = (server: string) =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'eks', cluster: { server } }],
    users: [{ name: 'apiserver', user: {} }],
    contexts: [{ name: 'eks', context: { cluster: 'eks', user: 'apiserver' } }],
    'current-context': 'eks',
  })

let root: string
let lab: Lab
let backend: ReturnType<typeof loopbackBackend>
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'aws-real-'))
  backend = loopbackBackend(root)
  lab = await awsLab({ backend })
})
afterAll(async () => {
  await lab.stop()
  await backend.stop()
  await rm(root, { recursive: true, force: true })
})

const operator = 'arn:aws:iam::123456789012:user/cratekube'

async function statusOf(
  method: string,
  where: string,
  o: { name: string; key?: { accessKeyId: string; secretAccessKey: string }; body?: object },
): Promise<number> {
  const { cluster } = await lab.eks.send(new DescribeClusterCommand({ name: o.name }))
  const token = await mintToken({
    at: new Date(),
    clusterName: o.name,
    key: o.key ?? lab.aws.credentials,
  })
  return new Promise((resolve, reject) => {
    const outgoing = request(new URL(where, cluster?.endpoint), {
      method,
      ca: Buffer.from(cluster?.certificateAuthority?.data ?? '', 'base64'),
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    })
    outgoing.once('error', reject).once('response', (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    outgoing.end(o.body && JSON.stringify(o.body))
  })
}

test('a cluster is ACTIVE when its API server answers, and lets in whom its access entries name', async () => {
  const name = 'real'
  const input = await clusterInput(lab, name, '10.90')
  await lab.eks.send(new CreateClusterCommand({ ...input, bootstrapSelfManagedAddons: false }))
  const status = async () =>
    (await lab.eks.send(new DescribeClusterCommand({ name }))).cluster?.status
  expect(await status()).toBe('CREATING')
  await eventually(async () => (await status()) === 'ACTIVE', 60_000)

  expect(await statusOf('GET', '/api/v1/secrets', { name })).toBe(401)
  await lab.eks.send(new CreateAccessEntryCommand({ clusterName: name, principalArn: operator }))
  await eventually(async () => (await statusOf('GET', '/api/v1/secrets', { name })) === 403, 20_000)
  const policyArn = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy'
  await lab.eks.send(
    new AssociateAccessPolicyCommand({
      clusterName: name,
      principalArn: operator,
      policyArn,
      accessScope: { type: 'cluster' },
    }),
  )
  await eventually(async () => (await statusOf('GET', '/api/v1/secrets', { name })) === 200, 20_000)
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'made-by-operator' } }
  expect(await statusOf('POST', '/api/v1/namespaces', { name, body: namespace })).toBe(201)
  const wrong = { ...lab.aws.credentials, secretAccessKey: 'wrong' }
  expect(await statusOf('GET', '/api/v1/secrets', { name, key: wrong })).toBe(401)

  await lab.eks.send(new DeleteClusterCommand({ name }))
  await eventually(() => gone(lab.eks.send(new DescribeClusterCommand({ name }))), 20_000)
  expect(lab.errors).toEqual([])
})

test('a namespaced policy opens its namespace and no other', async () => {
  const name = 'scoped'
  const input = await clusterInput(lab, name, '10.91')
  await lab.eks.send(new CreateClusterCommand({ ...input, bootstrapSelfManagedAddons: false }))
  await eventually(
    async () =>
      (await lab.eks.send(new DescribeClusterCommand({ name }))).cluster?.status === 'ACTIVE',
    60_000,
  )
  await lab.eks.send(new CreateAccessEntryCommand({ clusterName: name, principalArn: operator }))
  const policyArn = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy'
  await lab.eks.send(
    new AssociateAccessPolicyCommand({
      clusterName: name,
      principalArn: operator,
      policyArn,
      accessScope: { type: 'namespace', namespaces: ['team'] },
    }),
  )
  await eventually(
    async () => (await statusOf('GET', '/api/v1/namespaces/team/configmaps', { name })) === 200,
    20_000,
  )
  expect(await statusOf('GET', '/api/v1/namespaces/default/configmaps', { name })).toBe(403)
  expect(
    await statusOf('POST', '/api/v1/namespaces/team/configmaps', {
      name,
      body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } },
    }),
  ).toBe(403)
})
