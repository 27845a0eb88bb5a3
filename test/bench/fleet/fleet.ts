// 200 TenantClusters at once: a real API server and Redis, the manager as it ships, and a worker whose cloud answers at once.
// managerRssMB: the most the manager's process ever had. apiRequestsPerTenant: what manager and worker asked the
// management API server, by their own metrics, from start until all are Ready. queueP95Seconds: from job to worker.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Queue } from 'bullmq'
import { Redis } from 'ioredis'
import { core } from '../../../operator/framework/index.ts'
import { queueName } from '../../../operator/jobs/queue/queue.ts'
import { tenantKind } from '../../../operator/jobs/queue/tenant-kind.ts'
import { startTestApi } from '../../support/api-server.ts'
import { awsKeys, plainSpec } from '../../support/control-bench.ts'
import { tenantManifest } from '../../support/tenant-cluster.ts'
import { bundle } from '../../sandbox/bundle.ts'
import { logTail, startDaemon, type Daemon } from '../../sandbox/machine/daemon.ts'
import { freePort } from '../../sandbox/machine/ports.ts'
import { waitFor } from '../../sandbox/machine/wait.ts'
import { repository } from '../../sandbox/manifests.ts'
import { startRedis } from '../../sandbox/redis/redis.ts'
import { metricSum, residentBytes } from '../process-metrics.ts'
import { isReady } from '../tenant/ready-tenant.ts'
import { benchRoot } from '../root.ts'
import { megabytes, say, seconds, type Figures } from '../say.ts'
import { startTenantApi } from './tenant-api.ts'

const tenants = 200
const prefix = 'fleet'

type Member = { daemon: Daemon; port: number }

export async function measureFleet(): Promise<Figures[]> {
  await using end = new AsyncDisposableStack()
  const { path: root } = end.use(await benchRoot())
  const [api, redis] = await Promise.all([startTestApi({ dir: root }), startRedis({ root })])
  end.defer(() => api.stop())
  end.defer(() => redis.stop())
  const tenantApi = end.use(await startTenantApi())
  await api.kube.create(core.namespace, { metadata: { name: 'cratekube-system' } })
  await api.kube.create(core.secret, {
    metadata: { name: 'aws', namespace: 'default' },
    data: awsKeys,
  })
  await mkdir(join(root, 'state'))
  const kubeconfig = join(root, 'kubeconfig')
  await writeFile(kubeconfig, api.kubeconfig, { mode: 0o600 })
  const manager = join(root, 'manager.mjs')
  await bundle('manager', manager)
  const start = async (name: string, file: string): Promise<Member> => {
    const port = await freePort()
    const env = environment({ root, kubeconfig, redisUrl: redis.url, port, tenantApi })
    const daemon = startDaemon({ root, name, command: process.execPath, args: [file], env })
    end.defer(() => daemon.stop())
    await waitFor(() => answers(port), {
      what: `${name} is ready`,
      timeoutMs: 60_000,
      explain: () => logTail(daemon.log),
    })
    return { daemon, port }
  }
  const managing = await start('manager', manager)
  const working = await start('worker', join(repository, 'test/bench/fleet/fleet-worker.ts'))
  const wallMs = await untilAllReady(api.kube)
  const requests = await Promise.all(
    [managing, working].map(({ port }) => metricSum(port, 'kube_requests_total')),
  )
  say(`requests of manager and worker: ${requests.join(' + ')}`)
  const { now, peak } = await residentBytes(managing.daemon.pid)
  say(`manager: ${megabytes(now)} MB now, ${megabytes(peak)} MB at most`)
  const { waits, redisBytes } = await queueFigures(redis.url)
  return [
    {
      name: 'fleet',
      tenants,
      managerRssMB: megabytes(peak),
      apiRequestsPerTenant: Math.round((10 * requests.reduce((a, b) => a + b, 0)) / tenants) / 10,
      queueP95Seconds: seconds(waits[Math.ceil(waits.length * 0.95) - 1] ?? Number.NaN),
      tenantsPerMinute: Math.round(tenants / (wallMs / 60_000)),
      redisMB: megabytes(redisBytes),
    },
  ]
}

function environment(o: {
  root: string
  kubeconfig: string
  redisUrl: string
  port: number
  tenantApi: { endpoint: string; certificateAuthority: string }
}): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: o.root,
    KUBECONFIG: o.kubeconfig,
    CRATEKUBE_REDIS_URL: o.redisUrl,
    CRATEKUBE_REDIS_PREFIX: prefix,
    CRATEKUBE_HEALTH_HOST: '127.0.0.1',
    CRATEKUBE_HEALTH_PORT: String(o.port),
    CRATEKUBE_LEADER_ELECTION: 'false',
    CRATEKUBE_STATE_BACKEND: `file://${o.root}/state`,
    CRATEKUBE_STATE_PASSPHRASE_FILE: '/dev/null', // its engine keeps no state
    CRATEKUBE_WORKER_CONCURRENCY: '8',
    // Not asked for anything; it says that clusters are not at EKS's addresses.
    AWS_ENDPOINT_URL: o.tenantApi.endpoint,
    FLEET_ENDPOINT: o.tenantApi.endpoint,
    FLEET_CA: o.tenantApi.certificateAuthority,
  }
}

const answers = async (port: number) =>
  (await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined))?.ok // not up yet

/** From the first create to the last Ready. */
async function untilAllReady(kube: Awaited<ReturnType<typeof startTestApi>>['kube']) {
  const startedAt = performance.now()
  const names = Array.from({ length: tenants }, (_, i) => `tenant-${i}`)
  await Promise.all(names.map((name) => kube.create(tenantKind, tenantManifest(name, plainSpec))))
  let told = 0
  await waitFor(
    async () => {
      const ready = (await kube.list(tenantKind)).items.filter(isReady).length
      if (ready >= told + 50)
        say(`${(told = ready)} Ready after ${seconds(performance.now() - startedAt)} s`)
      return ready === tenants
    },
    { what: `${tenants} tenants are Ready`, timeoutMs: 600_000, everyMs: 250 },
  )
  return performance.now() - startedAt
}

/** How long each job waited, ascending, from the queue's own records. */
async function queueFigures(url: string) {
  const client = new Redis(url)
  const queue = new Queue(queueName, { connection: { url }, prefix })
  try {
    const jobs = await queue.getJobs(['completed'])
    const waits = jobs.map((job) => (job.processedOn ?? Number.NaN) - job.timestamp)
    const info = await client.info('memory')
    const redisBytes = Number(/^used_memory:(\d+)/m.exec(info)?.[1])
    return { waits: waits.sort((a, b) => a - b), redisBytes }
  } finally {
    client.disconnect()
    await queue.close()
  }
}
