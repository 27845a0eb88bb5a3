// The manager as it ships, under the memory limit of the chart, beside tenants whose API servers are silent, ask to be left
// alone or answer with more than anybody can hold: it lives, and an honest tenant has its turn.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { core } from '../../../../operator/framework/index.ts'
import { tenantKind } from '../../../../operator/jobs/queue/tenant-kind.ts'
import { startTestApi } from '../../../support/api-server.ts'
import { awsKeys, conditionOf, isReady, plainSpec } from '../../../support/control-bench.ts'
import { memoryCgroup, type MemoryCgroup } from '../../../support/memory-cgroup.ts'
import { tenantManifest } from '../../../support/tenant-cluster.ts'
import type { TestPlane } from '../../../support/test-plane.ts'
import { bundle } from '../../../sandbox/bundle.ts'
import { createAuthority } from '../../../sandbox/kubernetes/pki.ts'
import { logTail, startDaemon, type Daemon } from '../../../sandbox/machine/daemon.ts'
import { waitFor } from '../../../sandbox/machine/wait.ts'
import { startRedis } from '../../../sandbox/redis/redis.ts'

const limit = 384 * 2 ** 20
const authority = createAuthority('tenants')
const end = new AsyncDisposableStack()
let api: TestPlane
let cgroup: MemoryCgroup
let manager: Daemon

beforeAll(async () => {
  const root = await mkdtemp(join(tmpdir(), 'cratekube-hostile-'))
  end.defer(() => rm(root, { recursive: true, force: true }))
  api = await startTestApi({ dir: root })
  end.defer(() => api.stop())
  const redis = await startRedis({ root })
  end.defer(() => redis.stop())
  for (const name of ['cratekube-system', 'hostile'])
    await api.kube.create(core.namespace, { metadata: { name } })
  for (const namespace of ['default', 'hostile']) {
    await api.kube.create(core.secret, { metadata: { name: 'aws', namespace }, data: awsKeys })
  }
  await writeFile(join(root, 'kubeconfig'), api.kubeconfig, { mode: 0o600 })
  await bundle('manager', join(root, 'manager.mjs'))
  cgroup = end.use(await memoryCgroup(`cratekube-hostile-${process.pid}`, limit))
  const env = {
    PATH: process.env['PATH'] ?? '',
    KUBECONFIG: join(root, 'kubeconfig'),
    CRATEKUBE_REDIS_URL: redis.url,
    CRATEKUBE_HEALTH_HOST: '127.0.0.1',
    CRATEKUBE_HEALTH_PORT: '0',
    CRATEKUBE_LEADER_ELECTION: 'false',
    CRATEKUBE_RESYNC_SECONDS: '5',
    // Not asked for anything; it says that clusters are not at EKS's addresses.
    AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
  }
  const command = `${cgroup.enter} && exec ${process.execPath} ${join(root, 'manager.mjs')}`
  manager = startDaemon({ root, name: 'manager', command: '/bin/sh', args: ['-c', command], env })
  end.defer(() => manager.stop())
})
afterAll(() => end.disposeAsync())

type Answer = (request: IncomingMessage, response: ServerResponse) => void

async function cluster(answer: Answer) {
  const server = createServer(authority.issue({ commonName: 'api', serves: ['127.0.0.1'] }), answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  end.defer(() => (server.closeAllConnections(), void server.close()))
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}` // it listens on TCP
}

/** A tenant that was made before, so that it is only measured. */
async function madeTenant(name: string, namespace: string, endpoint: string) {
  const manifest = tenantManifest(name, { ...plainSpec, suspend: true })
  await api.kube.create(tenantKind, { ...manifest, metadata: { name, namespace } })
  const certificateAuthority = Buffer.from(authority.cert).toString('base64')
  const status = {
    appliedGeneration: 2,
    endpoint,
    certificateAuthority,
    physicalName: `${name}-1`,
    stacks: { cloud: name, addons: `${name}.addons` },
  }
  const ref = { name, namespace }
  await api.kube.patch(tenantKind, ref, { status }, { type: 'merge', subresource: 'status' })
  await api.kube.patch(tenantKind, ref, { spec: { suspend: false } }, { type: 'merge' })
}

const tenantOf = (name: string, namespace: string) => api.kube.get(tenantKind, name, namespace)
const json = (response: ServerResponse, body: unknown) => response.end(JSON.stringify(body))
const node = (fat: string) => ({
  metadata: {
    name: 'n',
    labels: { 'eks.amazonaws.com/nodegroup': 'default-0a1b' },
    annotations: { fat },
  },
  status: {
    conditions: [{ type: 'Ready', status: 'True' }],
    nodeInfo: { kubeletVersion: 'v1.36.3' },
  },
})
const versionOr =
  (rest: Answer): Answer =>
  (request, response) =>
    request.url === '/version' ? json(response, { gitVersion: 'v1.36.3' }) : rest(request, response)

const honest = versionOr((_, response) =>
  json(response, { metadata: { resourceVersion: '1' }, items: [node('')] }),
)
const fatNode = JSON.stringify(node('x'.repeat(700_000)))
/** 500 nodes of 700 KB, in pages as they are asked for. */
const fat = versionOr((request, response) => {
  const limit = Number(new URL(request.url ?? '', 'https://x').searchParams.get('limit') ?? 500)
  response.write('{"metadata":{"resourceVersion":"1","continue":"more"},"items":[')
  let left = limit
  const more = () => {
    while (left > 0 && !response.destroyed)
      if (!response.write(fatNode + (--left > 0 ? ',' : ']}'))) break
    if (response.destroyed) return
    if (left > 0) response.once('drain', more)
    else response.end()
  }
  more()
})
const busy: Answer = (_, response) =>
  void response.writeHead(503, { 'retry-after': '1000000' }).end('{}')

const alive = async () => {
  const { peak, kills } = await cgroup.figures()
  expect(manager.alive(), logTail(manager.log)).toBe(true)
  expect({ kills }).toEqual({ kills: 0 })
  return peak
}

test('an honest tenant is measured, and one more begun, beside a hundred silent ones and others that are worse', async () => {
  const [silent, asking, large, good] = await Promise.all(
    [() => undefined, busy, fat, honest].map(cluster),
  )
  for (let n = 0; n < 100; n += 1) await madeTenant(`silent-${n}`, 'hostile', silent ?? '')
  for (let n = 0; n < 24; n += 1) await madeTenant(`busy-${n}`, 'hostile', asking ?? '')
  for (let n = 0; n < 4; n += 1) await madeTenant(`fat-${n}`, 'hostile', large ?? '')
  await waitFor(
    async () => {
      const fat = await tenantOf('fat-0', 'hostile')
      return fat && conditionOf(fat as never, 'APIReachable')?.reason === 'AnswerTooLarge'
    },
    { what: 'the large answer is told', timeoutMs: 60_000, explain: () => logTail(manager.log) },
  )
  const startedAt = performance.now()
  await madeTenant('honest', 'hostile', good ?? '')
  await api.kube.create(tenantKind, tenantManifest('new', plainSpec))
  await waitFor(
    async () => {
      const [measured, begun] = [
        await tenantOf('honest', 'hostile'),
        await tenantOf('new', 'default'),
      ]
      return measured && isReady(measured as never) && begun?.status?.operation !== undefined
    },
    { what: 'the honest are served', timeoutMs: 60_000, explain: () => logTail(manager.log) },
  )
  // Five seconds on a machine of its own; without places of their own for looks it takes minutes.
  expect(performance.now() - startedAt).toBeLessThan(20_000)
  expect(await alive()).toBeLessThan(limit)
})

test('forty TenantClusters of the largest size live in the same memory', async () => {
  const values = { image: { repository: 'x'.repeat(60_000) } }
  const spec = { ...plainSpec, addons: { loadTesting: { enabled: false, values } } }
  const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': 'x'.repeat(200_000) }
  for (let n = 0; n < 40; n += 1) {
    const manifest = tenantManifest(`large-${n}`, spec)
    await api.kube.create(tenantKind, {
      ...manifest,
      metadata: { name: `large-${n}`, namespace: 'default', annotations },
    })
  }
  await waitFor(
    async () => {
      const { items } = await api.kube.list(tenantKind, { namespace: 'default' })
      return items.filter(({ status }) => status?.operation).length >= 40
    },
    { what: 'all are begun', timeoutMs: 90_000, explain: () => logTail(manager.log) },
  )
  expect(await alive()).toBeLessThan(limit)
})
