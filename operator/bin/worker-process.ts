// What the process `worker` does with the providers that its entry gives it: takes operations from Redis and runs them, each
// Pulumi operation in a child process. Wiring only. Configured by the environment: see operator/bin/config.ts.
import { readFileSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import process from 'node:process'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { leaseSelector } from '../api/tenant/tenant-lease.ts'
import { withoutChartValues } from '../api/tenant/trim.ts'
import { workerConfig } from './config.ts'
import {
  engineWarning,
  findImageFault,
  runnerJail,
  runSealedOperation,
  spareRunners,
  stateKeys,
  type RunnerJail,
  type SpareRunners,
} from '../engine/index.ts'
import {
  connect,
  connectTenant,
  core,
  leaseSightings,
  operator,
  ownClusterCredentials,
  requestMetrics,
  systemClock,
  type Kube,
  type Operator,
} from '../framework/index.ts'
import { cloudTools } from '../jobs/tenant/cloud.ts'
import type { OperationTools } from '../jobs/tenant/operation-tools.ts'
import { consumer } from '../jobs/worker/consume.ts'
import { imageWatch } from '../jobs/worker/image-watch.ts'
import { leaseCleaning } from '../jobs/worker/lease-cleaning.ts'
import { measured } from '../jobs/queue/metrics.ts'
import { tenantKind } from '../jobs/queue/tenant-kind.ts'
import { tenantOperation } from '../jobs/tenant/tenant-operation.ts'
import { takeTemporaryFolder } from '../jobs/worker/temporary-folder.ts'
import { chosen, made } from '../provider/choose.ts'
import type { ProviderSettings, WorkerFace } from '../provider/contract.ts'
import { processLog } from './process-log.ts'
import { askedToStop } from './start.ts'

/** The lists of the providers that a worker serves. */
export type WorkerProviders = {
  workers: Readonly<Record<string, (settings: ProviderSettings) => WorkerFace>>
  /** Their members of spec.provider are in it. */
  inputSchema: OperationTools['inputSchema']
  /** That their programs need. */
  plugins: Readonly<Record<string, string>>
}

/** What one operation takes: the runner, and with the official CLI its plugins. */
const bytesPerOperation = { embedded: 400 * 2 ** 20, cli: 900 * 2 ** 20, auto: 900 * 2 ** 20 }

function concurrencyFor(engine: keyof typeof bytesPerOperation): number {
  const limit = Math.min(process.constrainedMemory() || totalmem(), totalmem())
  const byMemory = Math.floor((limit * 0.8) / bytesPerOperation[engine])
  return Math.max(1, Math.min(byMemory, availableParallelism() * 4))
}

function keysFrom({ passphraseFile, previousPassphraseFile }: ReturnType<typeof workerConfig>) {
  const text = (file: string) => readFileSync(file, 'utf8')
  return stateKeys({
    passphrase: text(passphraseFile),
    previous: previousPassphraseFile && text(previousPassphraseFile),
  })
}

/** What operations work with. */
function toolsOf(
  config: ReturnType<typeof workerConfig>,
  { workers, inputSchema }: WorkerProviders,
  { kube, spares, jail }: { kube: Kube; spares: SpareRunners; jail: RunnerJail | undefined },
): OperationTools {
  const keys = keysFrom(config)
  const settings = { variables: config.providerVariables, proxy: config.proxy }
  const providerOf = chosen(made(workers, settings))
  return {
    kube,
    cloud: (spec) => cloudTools(providerOf(spec)),
    inputSchema,
    engine: (operation, call) =>
      runSealedOperation(operation, {
        ...call,
        settings: config.engine,
        jail,
        keys,
        graceMs: config.graceMs,
        spares,
      }),
    connect: (api) =>
      connectTenant(api, {
        userAgent: 'cratekube-worker',
        timeoutMs: 10_000,
        ...(config.proxy && { proxy: config.proxy }),
      }),
    imageRegistries: config.imageRegistries,
    clock: systemClock,
    drainMs: config.drainMs,
  }
}

function managementCluster({ kubeconfig }: ReturnType<typeof workerConfig>, metrics: Registry) {
  return connect(ownClusterCredentials({ kubeconfig, env: process.env }), {
    userAgent: 'cratekube-worker',
    onRequest: requestMetrics(metrics),
  })
}

function jailFrom({ jail: program, engine: settings }: ReturnType<typeof workerConfig>) {
  try {
    return program === undefined ? undefined : runnerJail({ program, settings, env: process.env })
  } catch (cause) {
    throw new Error(
      `CRATEKUBE_JAIL: runners cannot be kept apart by ${program}: ${(cause as Error).message}; "none" lets them see one another`,
      { cause },
    )
  }
}

function tenantLeases(watcher: Operator, namespace: string) {
  const leases = watcher.cache(core.lease, { namespace, labelSelector: leaseSelector })
  return { leases, sightings: leaseSightings(leases, systemClock) }
}

export async function workerProcess(providers: WorkerProviders): Promise<void> {
  const config = workerConfig(process.env)
  takeTemporaryFolder(config.identity)
  const log = processLog('worker', config.logLevel)
  const metrics = new Registry()
  collectDefaultMetrics({ register: metrics })
  const kube = managementCluster(config, metrics)
  const look = () =>
    findImageFault({ settings: config.engine, plugins: providers.plugins, env: process.env })
  const image = imageWatch({ look, log, clock: systemClock })
  const health = { ...config.health, ready: () => image.checks() }
  const watcher = operator({
    name: 'cratekube-worker',
    kube,
    log,
    metrics,
    health,
    trim: withoutChartValues,
  })
  const tenants = watcher.cache(tenantKind)
  const { leases, sightings } = tenantLeases(watcher, config.namespace)
  const stop = new AbortController()
  const watching = watcher.run({ signal: stop.signal })
  await Promise.race([Promise.all([tenants.synced(), image.complete()]), watching])
  const jail = jailFrom(config)
  using _ = leaseCleaning({ kube, leases, tenants, sightings, clock: systemClock, log })
  using spares = spareRunners({ settings: config.engine, jail })
  const execute = tenantOperation(toolsOf(config, providers, { kube, spares, jail }))
  const concurrency = config.concurrency ?? concurrencyFor(config.engine.engine)
  const consuming = consumer({
    redis: config.redis,
    kube,
    tenants,
    sightings,
    log,
    clock: systemClock,
    worker: config.identity,
    namespace: config.namespace,
    execute: measured(execute, metrics),
    concurrency,
    closeMs: config.graceMs * 2 + 5_000,
  })
  const warning = engineWarning(config.engine)
  if (warning) log.warn(warning)
  log.info({ concurrency, engine: config.engine.engine }, 'taking operations')
  await Promise.race([askedToStop(), watching])
  await consuming.close()
  stop.abort(new Error('the worker shuts down'))
  await watching
  kube.close()
}
