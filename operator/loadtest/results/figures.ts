// Turns figures, live or final, into status.results.
import type { RequestFigures, Results } from '../../api/locust/locust-types.ts'
import type { Stats } from './stats.ts'
import type { Summary } from './summary.ts'

const shown = 10

export const liveResults = (stats: Stats, observedAt: string): Results => ({
  ...overall(stats.total),
  state: stats.state,
  users: stats.users,
  observedAt,
  ...worst(stats.requests),
})

export const finalResults = (summary: Summary, observedAt: string): Results => ({
  ...overall(summary.total),
  state: 'stopped',
  users: 0,
  observedAt,
  final: true,
  ...worst(summary.requests),
})

const overall = ({ name: _name, method: _method, ...figures }: RequestFigures) => figures

/** Most failures first, then the slowest. */
function worst(requests: RequestFigures[]) {
  const sorted = requests.toSorted((a, b) => b.failures - a.failures || b.p95Ms - a.p95Ms)
  return sorted.length > 0 ? { worst: sorted.slice(0, shown) } : {}
}
