// How a node is emptied before it goes, against a real API server, which alone decides on evictions.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { core } from '../../../../operator/framework/index.ts'
import { cordon, drain } from '../../../sandbox/aws/eks/node-groups/drain.ts'
import { UpdateFailed } from '../../../sandbox/aws/eks/updates.ts'
import { startTestApi } from '../../../support/api-server.ts'
import type { TestPlane } from '../../../support/test-plane.ts'

const namespace = 'default'
const cluster = { backendName: 'c' }
const clock = { signal: new AbortController().signal }
let api: TestPlane
const backend = { adminKubeconfig: () => Promise.resolve(api.kubeconfig) }

beforeAll(async () => {
  api = await startTestApi()
  await api.kube.create(core.serviceAccount, { metadata: { name: 'default', namespace } })
  const budget = { minAvailable: 1, selector: { matchLabels: { app: 'guarded' } } }
  // Nobody counts its pods here, so that it never allows an eviction.
  await api.kube.create(core.podDisruptionBudget, {
    metadata: { name: 'guarded', namespace },
    spec: budget,
  })
})
afterAll(() => api?.stop())

test('takes ordinary pods off the node, and leaves those that belong to it or run elsewhere', async () => {
  await createPod('ordinary', 'a')
  await createPod('static', 'a', { annotations: { 'kubernetes.io/config.mirror': 'x' } })
  const owner = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'd', uid: 'u' }
  await createPod('daemon', 'a', { ownerReferences: [owner] })
  await createPod('elsewhere', 'b')
  await drain({ backend, clock }, cluster, { node: 'a', force: false, limitMs: 30_000 })
  expect(await pods()).toEqual(['daemon', 'elsewhere', 'static'])
})

test('gives up when a disruption budget does not, and names the pod', async () => {
  await createPod('guarded', 'c', { labels: { app: 'guarded' } })
  const failure = await drain({ backend, clock }, cluster, {
    node: 'c',
    force: false,
    limitMs: 500,
  }).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(UpdateFailed)
  expect(failure).toMatchObject({
    code: 'PodEvictionFailure',
    message: expect.stringContaining('default/pods/guarded') as string,
    resourceIds: ['c'],
  })
  expect(await pods()).toContain('guarded')
})

test('goes on without it by force', async () => {
  await drain({ backend, clock }, cluster, { node: 'c', force: true, limitMs: 500 })
  expect(await pods()).toContain('guarded')
})

test('keeps new pods away from a node', async () => {
  await api.kube.create(core.node, { metadata: { name: 'c' } })
  await cordon({ backend, clock }, cluster, 'c')
  expect((await api.kube.get(core.node, 'c'))?.spec?.unschedulable).toBe(true)
})

async function createPod(name: string, nodeName: string, metadata: object = {}): Promise<void> {
  const containers = [{ name: 'c', image: 'none' }]
  await api.kube.create(core.pod, {
    metadata: { name, namespace, ...metadata },
    // No kubelet would say that it has ended.
    spec: { nodeName, containers, terminationGracePeriodSeconds: 0 },
  })
  // A budget protects only pods that run.
  const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] }
  const patch = { type: 'merge', subresource: 'status' } as const
  await api.kube.patch(core.pod, { name, namespace }, { status }, patch)
}

async function pods(): Promise<string[]> {
  const { items } = await api.kube.list(core.pod, { namespace })
  return items.map(({ metadata }) => metadata.name).toSorted()
}
