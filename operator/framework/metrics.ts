// The framework's Prometheus metrics. Names and labels are those of controller-runtime where it has them,
// so that existing dashboards and alerts work.
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { RequestRecord } from './kube/wire/recorded.ts'

export type WatchMetrics = {
  listed(objects: number): void
  event(type: string, objects: number): void
  restarted(reason: string): void
}

export type Metrics = ReturnType<typeof createMetrics>

const seconds = [0.001, 0.005, 0.02, 0.1, 0.5, 1, 5, 15, 60, 300]

export function createMetrics(registry: Registry = new Registry()) {
  const registers = [registry]
  const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Counter({ name, help, labelNames, registers })
  const gauge = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Gauge({ name, help, labelNames, registers })
  const histogram = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Histogram({ name, help, labelNames, buckets: seconds, registers })

  const objects = gauge('watch_cache_objects', 'Objects in the cache of a kind.', ['kind'])
  const lists = counter('watch_lists_total', 'Full lists of a kind.', ['kind'])
  const events = counter('watch_events_total', 'Events received of a kind.', ['kind', 'type'])
  const restarts = counter('watch_restarts_total', 'Watches that ended, by why.', [
    'kind',
    'reason',
  ])

  return {
    registry,
    watch: (kind: string): WatchMetrics => ({
      listed(count) {
        lists.inc({ kind })
        objects.set({ kind }, count)
      },
      event(type, count) {
        events.inc({ kind, type })
        objects.set({ kind }, count)
      },
      restarted: (reason) => restarts.inc({ kind, reason }),
    }),
    /** Ages are asked for when they are scraped. */
    ages(o: {
      watches: () => Iterable<[string, number]>
      queues: () => Iterable<[string, number]>
    }) {
      const watches = { label: 'kind', agesMs: o.watches }
      ageGauge(registers, 'watch_age_seconds', 'Since the API server was last heard of.', watches)
      const queues = { label: 'name', agesMs: o.queues }
      ageGauge(registers, 'workqueue_oldest_age_seconds', 'Age of the oldest waiting key.', queues)
    },
    queueDepth: gauge('workqueue_depth', 'Keys that wait.', ['name']),
    queueAdds: counter('workqueue_adds_total', 'Keys added.', ['name']),
    queueRetries: counter('workqueue_retries_total', 'Keys added after a failure.', ['name']),
    queueWait: histogram('workqueue_queue_duration_seconds', 'How long keys wait.', ['name']),
    reconciles: counter('reconcile_total', 'Runs of handlers by result.', ['controller', 'result']),
    reconcileSeconds: histogram('reconcile_duration_seconds', 'How long handlers run.', [
      'controller',
    ]),
    reconcileActive: gauge('reconcile_active', 'Handlers that run now.', ['controller']),
    statusWrites: counter('reconcile_status_writes_total', 'Status writes.', ['controller']),
    leader: gauge('lease_leader', '1 while this process leads.', ['lease']),
    leaseRenewals: counter('lease_renewals_total', 'Renewals by result.', ['lease', 'result']),
  }
}

/** For connect()'s onRequest: counts every request to the API server. */
export function requestMetrics(registry: Registry): (record: RequestRecord) => void {
  const registers = [registry]
  const labelNames = ['method', 'status'] as const
  const count = new Counter({
    name: 'kube_requests_total',
    help: 'Requests to the API server; status 0 means no answer.',
    labelNames,
    registers,
  })
  const time = new Histogram({
    name: 'kube_request_duration_seconds',
    help: 'Time to the whole answer of the API server.',
    labelNames: ['method'],
    buckets: seconds,
    registers,
  })
  return ({ method, status, ms }) => {
    count.inc({ method, status: String(status) })
    time.observe({ method }, ms / 1000)
  }
}

function ageGauge(
  registers: Registry[],
  name: string,
  help: string,
  o: { label: string; agesMs: () => Iterable<[string, number]> },
): void {
  const gauge = new Gauge({
    name,
    help,
    labelNames: [o.label],
    registers,
    collect() {
      for (const [value, ms] of o.agesMs()) gauge.set({ [o.label]: value }, ms / 1000)
    },
  })
}
