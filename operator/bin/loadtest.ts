// Process of the load-test operator, one or more in every tenant cluster. Wiring only: environment in, controller out.
import { hostname } from 'node:os'
import process from 'node:process'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import {
  connect,
  inClusterCredentials,
  kubeconfigCredentials,
  operator,
  requestMetrics,
} from '../framework/index.ts'
import { loadTestController } from '../loadtest/index.ts'
import { readSettings } from '../loadtest/settings.ts'
import { readFileSync } from 'node:fs'

const { env } = process
const log = pino({ name: 'loadtest', level: env['LOG_LEVEL'] || 'info' })

function credentials() {
  const path = env['KUBECONFIG']
  return path ? kubeconfigCredentials(readFileSync(path, 'utf8')) : inClusterCredentials()
}

function leaderElection() {
  if (env['LEADER_ELECTION'] !== 'true') return {}
  const namespace = env['POD_NAMESPACE'] || 'default'
  const identity = `${hostname()}-${process.pid}`
  return { leaderElection: { namespace, name: 'locust-k8s-operator.locust.io', identity } }
}

async function main(): Promise<void> {
  const settings = readSettings(env)
  const metrics = new Registry()
  const kube = connect(credentials(), {
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
    ...leaderElection(),
  })
  loadTestController(op, {
    settings,
    metrics,
    namespace: env['WATCH_NAMESPACE'] || undefined,
    access: env['MASTER_ACCESS'] === 'proxy' ? 'proxy' : 'direct',
  })
  const stop = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => stop.abort(new Error(signal)))
  await op.run({ signal: stop.signal })
  kube.close()
}

try {
  await main()
} catch (error) {
  log.fatal({ err: error }, 'the load-test operator ended')
  process.exitCode = 1
}
