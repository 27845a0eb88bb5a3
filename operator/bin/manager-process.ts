// What the process `manager` does with the providers that its entry gives it: watches TenantClusters, decides, hands operations
// to workers, writes status. Wiring only. Configured by the environment: see operator/bin/config.ts.
import process from 'node:process'
import { setFlagsFromString } from 'node:v8'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { withoutChartValues } from '../api/tenant/trim.ts'
import { managerConfig } from './config.ts'
import { heard } from '../controllers/tenant-cluster/operation/heard.ts'
import { startControllers } from '../controllers/index.ts'
import { chosen, made } from '../provider/choose.ts'
import type { ManagerFace, ProviderSettings } from '../provider/contract.ts'
import {
  connect,
  connectTenant,
  operator,
  ownClusterCredentials,
  requestMetrics,
} from '../framework/index.ts'
import { dispatcher } from '../jobs/queue/dispatch.ts'
import { queueMetrics } from '../jobs/queue/metrics.ts'
import { processLog } from './process-log.ts'
import { stopSignal } from './start.ts'

const tenantTimeoutMs = 5_000

export async function managerProcess(
  managers: Readonly<Record<string, (settings: ProviderSettings) => ManagerFace>>,
): Promise<void> {
  collectEarly()
  const config = managerConfig(process.env)
  const log = processLog('manager', config.logLevel)
  const metrics = new Registry()
  collectDefaultMetrics({ register: metrics })
  const kube = connect(ownClusterCredentials({ kubeconfig: config.kubeconfig, env: process.env }), {
    userAgent: 'cratekube-manager',
    onRequest: requestMetrics(metrics),
  })
  const manager = operator({
    name: 'cratekube',
    kube,
    log,
    metrics,
    health: config.health,
    trim: withoutChartValues,
    ...(config.leaderElection && {
      leaderElection: {
        namespace: config.namespace,
        name: 'cratekube-manager',
        identity: config.identity,
      },
    }),
  })
  const dispatch = dispatcher({
    redis: config.redis,
    log,
    onReport: heard(manager),
  })
  queueMetrics(dispatch, metrics)
  using _ = startControllers(manager, {
    dispatcher: dispatch,
    access: {
      provider: chosen(
        made(managers, { variables: config.providerVariables, proxy: config.proxy }),
      ),
      connect: (api) =>
        connectTenant(api, {
          userAgent: 'cratekube-manager',
          timeoutMs: tenantTimeoutMs,
          ...(config.proxy && { proxy: config.proxy }),
        }),
    },
    imageRegistries: config.imageRegistries,
    namespace: config.namespace,
    driftMs: config.driftMs,
    resyncMs: config.resyncMs,
    maxOperationsPerNamespace: config.maxOperationsPerNamespace,
  })
  try {
    await manager.run({ signal: stopSignal() })
  } finally {
    await dispatch.close()
    kube.close()
  }
}

/**
 * V8 lets the space of new objects grow to 48 MB before it looks for garbage there. What a reconcile makes is small and
 * short-lived: it is collected as well from what the start needed.
 */
const collectEarly = () => setFlagsFromString('--semi-space-growth-factor=1')
