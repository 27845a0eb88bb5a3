// Process of the load-test operator, one or more in every tenant cluster. Wiring only: environment in, controller out.
import { hostname } from 'node:os'
import process from 'node:process'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import {
  connect,
  delay,
  operator,
  ownClusterCredentials,
  requestMetrics,
  systemClock,
  type Kube,
  type Operator,
} from '../framework/index.ts'
import { startLoadTests } from '../loadtest/controllers.ts'
import { drainMs, leadership } from '../loadtest/leadership.ts'
import { limitsIn } from '../loadtest/admission/limits.ts'
import type { OwnAccount } from '../loadtest/admission/own-account.ts'
import { readSettings, type LoadTestSettings } from '../loadtest/settings.ts'
import {
  loadTestWebhooks,
  testsForAdmission,
  withoutConversion,
} from '../loadtest/admission/webhooks.ts'
import { start, stopSignal } from './start.ts'

const { env } = process
const podNamespace = env['POD_NAMESPACE'] || 'default'
const log = pino({ name: 'loadtest', level: env['LOG_LEVEL'] || 'info' })

function leaderElection() {
  if (env['LEADER_ELECTION'] !== 'true') return {}
  const identity = `${hostname()}-${process.pid}`
  const lease = { namespace: podNamespace, name: 'locust-k8s-operator.locust.io', identity }
  return { leaderElection: { ...lease, ...leadership } }
}

/** Outside of a pod it has no account that a pod could run as. */
function ownAccount(namespace: string | undefined): OwnAccount | undefined {
  const own = env['POD_NAMESPACE']
  if (!own) return undefined
  const wide = namespace === undefined
  const serviceAccount = env['POD_SERVICE_ACCOUNT'] ?? ''
  if (!serviceAccount && namespace === own)
    throw new Error('POD_SERVICE_ACCOUNT: expected the name of the ServiceAccount of this pod')
  return { namespace: own, serviceAccount, wide }
}

type WebhooksOptions = {
  kube: Kube
  op: Operator
  settings: LoadTestSettings
  signal: AbortSignal
}

/** Every replica serves them, whoever leads. */
async function webhooks(o: WebhooksOptions) {
  const serviceName = env['WEBHOOK_SERVICE']
  if (env['WEBHOOK_ENABLED'] !== 'true') {
    if (serviceName) await withoutConversion(o.kube, { namespace: podNamespace, serviceName })
    return undefined
  }
  if (!serviceName) throw new Error('WEBHOOK_SERVICE: expected the name of a Service')
  return loadTestWebhooks({
    ...o,
    log,
    tests: testsForAdmission(o.op),
    namespace: podNamespace,
    serviceName,
    servicePort: Number(env['WEBHOOK_SERVICE_PORT'] || 443),
    certificates: env['WEBHOOK_CERTIFICATES'] === 'cert-manager' ? 'given' : 'own',
    secretName: env['WEBHOOK_SECRET'] || `${serviceName}-certificate`,
    configurationName: env['WEBHOOK_CONFIGURATION'] || serviceName,
    port: Number(env['WEBHOOK_PORT'] || 9443),
    host: env['WEBHOOK_HOST'] || '0.0.0.0',
  })
}

/** The API server learns with a delay that this replica is going. */
const lingerMs = 3_000

async function main(): Promise<void> {
  const settings = readSettings(env)
  const metrics = new Registry()
  const kube = connect(ownClusterCredentials({ kubeconfig: env['KUBECONFIG'], env }), {
    userAgent: 'cratekube-loadtest',
    onRequest: requestMetrics(metrics),
  })
  const port = Number(env['HEALTH_PORT'] || 8080)
  const op = operator({
    name: 'cratekube-loadtest',
    kube,
    log,
    metrics,
    health: { port, host: env['HEALTH_HOST'] || '0.0.0.0' },
    drainMs,
    ...leaderElection(),
  })
  const namespace = env['WATCH_NAMESPACE'] || undefined
  const limitsName = env['LIMITS_CONFIG_MAP']
  startLoadTests(op, {
    settings,
    metrics,
    namespace,
    own: ownAccount(namespace),
    ...(limitsName && { limits: limitsIn(op, { namespace: podNamespace, name: limitsName }) }),
    access: env['MASTER_ACCESS'] === 'proxy' ? 'proxy' : 'direct',
  })
  const signal = stopSignal()
  const hooks = await webhooks({ kube, op, settings, signal })
  await op.run({ signal })
  if (hooks) {
    await delay(systemClock, lingerMs)
    await hooks.stop()
  }
  kube.close()
}

await start(main, (error) => log.fatal({ err: error }, 'the load-test operator ended'))
