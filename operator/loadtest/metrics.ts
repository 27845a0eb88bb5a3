// Prometheus metrics of the tests themselves, read from the cache when they are scraped, so that no test needs
// an exporter of its own and a test that is gone leaves no series behind.
import { Gauge, type Registry } from 'prom-client'
import type { LocustTestStatus } from '../api/locust/locust-types.ts'
import type { Cache, KubeObject } from '../framework/index.ts'

type Tests = Cache<KubeObject<unknown, LocustTestStatus>>
type Reading = (status: LocustTestStatus) => number | undefined

const perTest: Record<string, [help: string, read: Reading]> = {
  users: ['Users that run now.', ({ results }) => results?.users],
  connected_workers: [
    'Workers that the master counts as connected.',
    ({ connectedWorkers }) => connectedWorkers,
  ],
  requests: ['Requests made so far.', ({ results }) => results?.requests],
  failures: ['Requests failed so far.', ({ results }) => results?.failures],
  requests_per_second: [
    'Requests a second over the whole test.',
    ({ results }) => results && Number(results.requestsPerSecond),
  ],
  p95_seconds: [
    '95th percentile of the response time.',
    ({ results }) => results && results.p95Ms / 1000,
  ],
}

export function testMetrics(registry: Registry, tests: Tests): void {
  const registers = [registry]
  new Gauge({
    name: 'loadtest_tests',
    help: 'LocustTests by phase and verdict.',
    labelNames: ['phase', 'verdict'],
    registers,
    collect() {
      this.reset()
      for (const { status } of tests.list())
        this.inc({ phase: status?.phase ?? 'Pending', verdict: status?.verdict ?? '' })
    },
  })
  for (const [name, [help, read]] of Object.entries(perTest))
    new Gauge({
      name: `loadtest_test_${name}`,
      help,
      labelNames: ['namespace', 'name'],
      registers,
      collect() {
        this.reset()
        for (const { metadata, status } of tests.list()) {
          const value = status && read(status)
          if (value !== undefined)
            this.set({ namespace: metadata.namespace ?? '', name: metadata.name }, value)
        }
      },
    })
}
