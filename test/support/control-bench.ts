// CrateKube's control side in this process: a real API server, a real Redis, managers and workers. What a worker
// does for a tenant is the test's own function, and the tenant clusters are measured through the same API server.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino, type Logger } from 'pino'
import { cloudOwner, physicalName } from '../../operator/api/tenant/stack.ts'
import { leaseSelector } from '../../operator/api/tenant/tenant-lease.ts'
import { heard } from '../../operator/controllers/tenant-cluster/operation/heard.ts'
import { tenantClusterController } from '../../operator/controllers/tenant-cluster/index.ts'
import type { TenantAccess } from '../../operator/controllers/tenant-cluster/access/tenant-clients.ts'
import {
  connect,
  connectTenant,
  core,
  kubeconfigCredentials,
  leaseSightings,
  operator,
  systemClock,
  type Kube,
  type KubeObject,
} from '../../operator/framework/index.ts'
import { tenantKind, type TenantObject } from '../../operator/jobs/queue/tenant-kind.ts'
import { consumer, type Consumer } from '../../operator/jobs/worker/consume.ts'
import { dispatcher, type Dispatcher } from '../../operator/jobs/queue/dispatch.ts'
import { leaseCleaning } from '../../operator/jobs/worker/lease-cleaning.ts'
import type { Ending, Execute, Run } from '../../operator/jobs/worker/operation.ts'
import type { ManagerFace } from '../../operator/provider/contract.ts'
import { readKubeconfig } from '../sandbox/kubernetes/kubeconfig.ts'
import { startRedis, type Redis } from '../sandbox/redis/redis.ts'
import { startTestApi } from './api-server.ts'
import { createMeasuringAccount, measuringToken } from './measuring-account.ts'
import { newCertificateAuthority } from './certificate-authority.ts'
import { onAws, type Provider } from './provider/providers.ts'
import { minimalSpec, tenantManifest } from './tenant-cluster.ts'

export type Stoppable = { stop(): Promise<void> }
export type TestManager = Stoppable & { dispatcher: Dispatcher }
export type TestWorker = Stoppable & { consumer: Consumer }

export type ControlBench = {
  kube: Kube
  redis: Redis
  startManager(o?: { resyncMs?: number; maxOperationsPerNamespace?: number }): Promise<TestManager>
  startWorker(execute: Execute, o?: { concurrency?: number }): Promise<TestWorker>
  /** Creates a TenantCluster of two words fewer: no add-ons, credentials that exist. */
  createTenant(name: string, spec?: object): Promise<TenantObject>
  tenant(name: string): Promise<TenantObject | undefined>
  /** Waits until the condition holds for the tenant. */
  until(
    name: string,
    holds: (tenant: TenantObject) => unknown,
    timeoutMs?: number,
  ): Promise<TenantObject>
  untilGone(name: string, timeoutMs?: number): Promise<void>
  stop(): Promise<void>
}

export const plainSpec = { ...minimalSpec, addons: { loadTesting: { enabled: false } } }
const namespace = 'default'

export type BenchOptions = {
  log?: Logger
  /** Of the tenants; AWS by default. */
  provider?: Provider
  /** Namespaces are emptied and owners' objects collected. */
  controllerManager?: boolean
  /** Another Redis than a plain one, in that folder. */
  redis?: (root: string) => Promise<Redis & { password?: string }>
}

export async function startControlBench(o: BenchOptions = {}): Promise<ControlBench> {
  const log = o.log ?? pino({ level: process.env['TEST_LOG_LEVEL'] ?? 'silent' })
  const dir = await mkdtemp(join(tmpdir(), 'cratekube-control-'))
  const { provider: onProvider = onAws } = o
  const openRedis: Required<BenchOptions>['redis'] = o.redis ?? ((root) => startRedis({ root }))
  const [api, redis] = await Promise.all([
    startTestApi({ ...o, members: onProvider.members }),
    openRedis(dir),
  ])
  const { kube } = api
  const settings = {
    url: redis.url,
    prefix: 'test',
    ...(redis.password && { password: redis.password }),
  }
  const started = new Set<Stoppable>()
  const owned = <T extends Stoppable>(thing: T): T => {
    const stop = async () => {
      if (started.delete(owner)) await thing.stop()
    }
    const owner: T = { ...thing, stop }
    started.add(owner)
    return owner
  }
  const connected = () => connect(kubeconfigCredentials(api.kubeconfig))
  const tenant = (name: string) => kube.get(tenantKind, name, namespace)
  const bench: ControlBench = {
    kube,
    redis,
    startManager: async ({ resyncMs = 60_000, maxOperationsPerNamespace = 100 } = {}) => {
      const manager = operator({ name: 'cratekube', kube: connected(), log })
      const dispatch = dispatcher({
        redis: settings,
        log,
        onReport: heard(manager),
      })
      const face: ManagerFace = {
        ...onProvider.manager,
        mintToken: (_spec, { now }) => measuringToken(kube, now),
      }
      const access: TenantAccess = {
        provider: () => face,
        connect: (tenant) => connectTenant(tenant), // with more time than five seconds, on a busy machine
      }
      const controller = tenantClusterController(manager, {
        dispatcher: dispatch,
        access,
        namespace,
        driftMs: 0,
        resyncMs,
        maxOperationsPerNamespace,
      })
      const abort = new AbortController()
      const running = manager.run({ signal: abort.signal })
      return owned({
        dispatcher: dispatch,
        stop: async () => {
          abort.abort()
          await running
          controller[Symbol.dispose]()
          await dispatch.close()
        },
      })
    },
    startWorker: async (execute, { concurrency = 2 } = {}) => {
      const own = connected()
      const cacheOwner = operator({ name: 'cratekube-worker', kube: own, log })
      const tenants = cacheOwner.cache(tenantKind)
      const leases = cacheOwner.cache(core.lease, { namespace, labelSelector: leaseSelector })
      const sightings = leaseSightings(leases, systemClock)
      const abort = new AbortController()
      const running = cacheOwner.run({ signal: abort.signal })
      await tenants.synced()
      const cleaning = leaseCleaning({
        kube: own,
        leases,
        tenants,
        sightings,
        clock: systemClock,
        log,
      })
      const taking = consumer({
        redis: settings,
        kube: own,
        tenants,
        sightings,
        log,
        execute: async (run) => atThisApi(await execute(run), api),
        concurrency,
        clock: systemClock,
        worker: `worker-${started.size}`,
        namespace,
        laterMs: 500,
        lockMs: 5_000,
      })
      return owned({
        consumer: taking,
        stop: async () => {
          await taking.close()
          cleaning[Symbol.dispose]()
          abort.abort()
          await running
          own.close()
        },
      })
    },
    createTenant: async (name, spec = { ...plainSpec, provider: onProvider.spec }) => {
      const created = await kube.create(tenantKind, tenantManifest(name, spec))
      return created as TenantObject // what the API server returns of the kind
    },
    tenant,
    until: async (name, holds, timeoutMs = 30_000) => {
      const deadline = Date.now() + timeoutMs
      for (;;) {
        const now = await tenant(name)
        if (now && (await holds(now))) return now
        if (Date.now() > deadline) {
          throw new Error(`${name}: not so within ${timeoutMs} ms: ${JSON.stringify(now, null, 1)}`)
        }
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    },
    untilGone: async (name, timeoutMs = 30_000) => {
      const deadline = Date.now() + timeoutMs
      for (let now = await tenant(name); now; now = await tenant(name)) {
        if (Date.now() > deadline) throw new Error(`${name} is still there: ${JSON.stringify(now)}`)
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    },
    stop: async () => {
      for (const thing of [...started].reverse()) await thing.stop()
      await redis.stop()
      await api.stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
  await makeCluster(kube, onProvider)
  return bench
}

export const awsKeys = { AWS_ACCESS_KEY_ID: 'QUtJQQ==', AWS_SECRET_ACCESS_KEY: 'c2VjcmV0' }

/** What every tenant is measured by: one Ready node of the pool `default`, and credentials. */
async function makeCluster(kube: Kube, { nodeLabels: labels, credentials }: Provider) {
  await createMeasuringAccount(kube)
  await kube.create(core.secret, {
    metadata: { name: 'aws', namespace },
    stringData: credentials,
  })
  await kube.create(core.node, { metadata: { name: 'node-1', labels } })
  await kube.patch(
    core.node,
    { name: 'node-1' },
    { status: nodeStatus },
    { type: 'merge', subresource: 'status' },
  )
}

const nodeStatus = {
  conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady', message: '' }],
  nodeInfo: { kubeletVersion: 'v1.36.3' },
}

/** Where the cluster that was made really is: at the API server of the bench. */
function atThisApi(ending: Ending, { kubeconfig }: { kubeconfig: string }): Ending {
  if (!ending.outputs) return ending
  const { server: endpoint, ca } = readKubeconfig(kubeconfig)
  const certificateAuthority = Buffer.from(ca).toString('base64')
  return { ...ending, outputs: { ...ending.outputs, endpoint, certificateAuthority } }
}
const certificateAuthority = newCertificateAuthority()

/** What an operation that made a cluster ends with. */
export const succeededWith = ({ tenant }: Pick<Run, 'tenant'>): Ending => ({
  result: 'Succeeded',
  outputs: {
    clusterName: physicalName(cloudOwner(tenant)),
    endpoint: 'https://127.0.0.1:1',
    certificateAuthority,
  },
})

export const conditionOf = (tenant: KubeObject<unknown, TenantObject['status']>, type: string) =>
  tenant.status?.conditions?.find((condition) => condition.type === type)

export const isReady = (tenant: TenantObject) => conditionOf(tenant, 'Ready')?.status === 'True'
