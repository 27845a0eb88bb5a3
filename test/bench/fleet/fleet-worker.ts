// Process `worker` of the fleet benchmark: the real one in everything but the cloud and the engine, which answer at once.
// So what is measured is CrateKube's control side: queue, leases, status and measuring, not Pulumi and not AWS.
import { readFileSync } from 'node:fs'
import process from 'node:process'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { physicalName, tenantInputSchema } from '../../../operator/api/tenant/stack.ts'
import { leaseSelector } from '../../../operator/api/tenant/tenant-lease.ts'
import { workerConfig } from '../../../operator/bin/config.ts'
import {
  connect,
  connectTenant,
  core,
  kubeconfigCredentials,
  leaseSightings,
  operator,
  requestMetrics,
  systemClock,
} from '../../../operator/framework/index.ts'
import { awsWorker } from '../../../operator/aws/worker.ts'
import { tenantKind } from '../../../operator/jobs/queue/tenant-kind.ts'
import { cloudTools } from '../../../operator/jobs/tenant/cloud.ts'
import type { OperationTools } from '../../../operator/jobs/tenant/operation-tools.ts'
import { consumer } from '../../../operator/jobs/worker/consume.ts'
import { tenantOperation } from '../../../operator/jobs/tenant/tenant-operation.ts'

const config = workerConfig(process.env)
const { FLEET_ENDPOINT: endpoint, FLEET_CA: certificateAuthority } = process.env
const log = pino({ name: 'worker', level: config.logLevel })
const metrics = new Registry()
const kube = connect(kubeconfigCredentials(readFileSync(config.kubeconfig ?? '', 'utf8')), {
  onRequest: requestMetrics(metrics),
})
const watcher = operator({ name: 'cratekube-worker', kube, log, metrics, health: config.health })
const tenants = watcher.cache(tenantKind)
const leases = watcher.cache(core.lease, {
  namespace: config.namespace,
  labelSelector: leaseSelector,
})
const watching = watcher.run({ signal: new AbortController().signal })
await Promise.race([tenants.synced(), watching])

const engine: OperationTools['engine'] = ({ tenant }) =>
  Promise.resolve({
    status: 'succeeded',
    changes: {},
    outputs: {
      clusterName: physicalName(tenant),
      endpoint,
      certificateAuthority,
    },
  })

consumer({
  redis: config.redis,
  kube,
  tenants,
  sightings: leaseSightings(leases, systemClock),
  log,
  clock: systemClock,
  worker: config.identity,
  namespace: config.namespace,
  execute: tenantOperation({
    kube,
    cloud: () => ({
      ...cloudTools(awsWorker({ variables: config.providerVariables })),
      preflight: () => Promise.resolve(undefined),
    }),
    inputSchema: tenantInputSchema,
    engine,
    connect: (api) => connectTenant(api),
    clock: systemClock,
    drainMs: config.drainMs,
  }),
  concurrency: config.concurrency ?? 4,
})
log.info('taking operations')
