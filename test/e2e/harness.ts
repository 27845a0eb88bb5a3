// A whole CrateKube in a sandbox of its own, for tests that break parts of it: manager and workers that can be killed and
// are started again, as a Deployment would, and tenants whose processes and AWS calls can be told apart.
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { operator, type Cache, type Kube } from '../../operator/framework/index.ts'
import { Reports } from '../../operator/jobs/queue/reports.ts'
import { tenantKind, type TenantObject } from '../../operator/jobs/queue/tenant-kind.ts'
import { installCrateKube, type CrateKube, type CrateKubeOptions } from '../sandbox/cratekube.ts'
import { takeDown } from '../sandbox/down.ts'
import { holdingsOf, isEmpty } from '../sandbox/inventory.ts'
import { logTail, type Daemon } from '../sandbox/machine/daemon.ts'
import { startSandbox, type BackendName, type Sandbox } from '../sandbox/sandbox.ts'
import { testLog } from '../../operator/framework/testing/index.ts'
import { cloud, type Cloud } from './cloud.ts'

export type Bench = {
  readonly sandbox: Sandbox
  readonly kube: Kube
  readonly aws: Cloud
  readonly tenants: Cache<TenantObject>
  readonly cratekube: CrateKube
  /** What workers report. */
  readonly reports: Reports
  readonly manager: Supervised
  readonly workers: readonly Supervised[]
  /** Ends everything and throws when something of it is left on the machine. */
  close(): Promise<void>
}

/** A process that is started again when it was killed. */
export type Supervised = {
  readonly identity: string
  /** kill -9, and a new one in its place. */
  crash(): Promise<void>
  /** SIGTERM, and a new one in its place. */
  restart(): Promise<void>
  log(): string
}

export type BenchOptions = CrateKubeOptions & {
  workers?: number
  concurrency?: number
  /** How much faster than AWS the double's waits pass. */
  cloudSpeed?: number
  /** Simulated nodes unless told otherwise. */
  backend?: BackendName
  kubernetesVersions?: readonly string[]
}

const keepFiles = process.env['KEEP_SANDBOX'] !== undefined

/** One that could not be started leaves nothing running beside the tests that follow. */
export async function startBench(o: BenchOptions = {}): Promise<Bench> {
  const root = await mkdtemp(join(tmpdir(), 'ck-e2e-'))
  try {
    return await started(root, o)
  } catch (error) {
    await takeDown({ root, keepFiles })
    throw error
  }
}

async function started(root: string, o: BenchOptions): Promise<Bench> {
  const { workers = 1, concurrency = 4, cloudSpeed = 600, backend = 'kwok' } = o
  const sandbox = await startSandbox({
    root,
    backend,
    cloudSpeed,
    ...(o.kubernetesVersions && { kubernetesVersions: o.kubernetesVersions }),
  })
  const cratekube = await installCrateKube(sandbox, o)
  const watcher = operator({ name: 'test', kube: cratekube.kube, log: testLog().log })
  const tenants = watcher.cache(tenantKind)
  const stop = new AbortController()
  const watching = watcher.run({ signal: stop.signal })
  await tenants.synced()
  const reports = new Reports({ url: sandbox.redisUrl, prefix: 'cratekube' }, () => undefined)
  const worker = (identity: string) =>
    supervised(identity, () =>
      cratekube.startWorker({
        CRATEKUBE_IDENTITY: identity,
        CRATEKUBE_WORKER_CONCURRENCY: `${concurrency}`,
      }),
    )
  return {
    sandbox,
    cratekube,
    kube: cratekube.kube,
    aws: cloud(sandbox.aws),
    tenants,
    reports,
    manager: supervised('manager', () => cratekube.startManager({ CRATEKUBE_LOG_LEVEL: 'debug' })),
    workers: Array.from({ length: workers }, (_, i) => worker(`worker-${i}`)),
    close: async () => {
      stop.abort(new Error('the test is over'))
      await watching
      reports.close()
      cratekube.close()
      await takeDown({ root, keepFiles })
      await nothingLeft(root)
    },
  }
}

function supervised(identity: string, start: () => Daemon): Supervised {
  let daemon = start()
  let last = Promise.resolve()
  // One after the other: two crashes at once would leave two processes in its place.
  const replace = (end: () => Promise<void>) =>
    (last = last.then(async () => {
      await end()
      daemon = start()
    }))
  return {
    identity,
    crash: () => replace(() => daemon.kill()),
    restart: () => replace(() => daemon.stop(90_000)),
    log: () => `${identity} ${daemon.alive() ? 'runs' : 'is dead'}:\n${logTail(daemon.log, 40)}`,
  }
}

async function nothingLeft(root: string): Promise<void> {
  const left = await holdingsOf(root)
  if (!isEmpty(left)) throw new Error(`left on the machine: ${JSON.stringify(left)}`)
}
