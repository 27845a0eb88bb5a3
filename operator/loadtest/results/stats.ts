// Reads what the Locust master says of itself at /stats/requests. The body comes from a container that
// users control, so nothing about its shape is taken for granted.
import type { RequestFigures } from '../../api/locust/locust-types.ts'

export type Stats = {
  /** ready, spawning, running, stopping, stopped, … as Locust names them. */
  state: string
  users: number
  /** Workers that the master counts as connected. */
  workers: number
  total: RequestFigures
  requests: RequestFigures[]
}

/** undefined when it is no statistics at all. */
export function parseStats(body: unknown): Stats | undefined {
  if (!isRecord(body) || !Array.isArray(body['stats'])) return undefined
  const rows = body['stats'].filter(isRecord).map(figures)
  const total = rows.findLast((row) => row.name === 'Aggregated')
  const workers = Array.isArray(body['workers']) ? body['workers'].filter(isConnected).length : 0
  return {
    state: typeof body['state'] === 'string' ? body['state'].slice(0, 32) : 'unknown',
    users: whole(body['user_count']),
    workers,
    total: total ?? figures({ name: 'Aggregated' }),
    requests: rows.filter((row) => row !== total),
  }
}

function figures(row: Record<string, unknown>): RequestFigures {
  const requests = whole(row['num_requests'])
  const failures = whole(row['num_failures'])
  return {
    name: typeof row['name'] === 'string' ? row['name'].slice(0, 256) : '',
    ...(typeof row['method'] === 'string' &&
      row['method'] && { method: row['method'].slice(0, 32) }),
    requests,
    failures,
    requestsPerSecond: decimal(number(row['total_rps']), 2),
    failureRatio: ratio(failures, requests),
    averageMs: whole(row['avg_response_time']),
    medianMs: whole(row['median_response_time']),
    p95Ms: whole(row['response_time_percentile_0.95']),
    p99Ms: whole(row['response_time_percentile_0.99']),
  }
}

export const decimal = (value: number, digits: number): string => value.toFixed(digits)
export const ratio = (failures: number, requests: number): string =>
  decimal(requests > 0 ? failures / requests : 0, 4)

/** A worker that Locust has lost stays in the list as missing. */
const isConnected = (worker: unknown): boolean => isRecord(worker) && worker['state'] !== 'missing'

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const number = (value: unknown): number =>
  typeof value === 'number' && Number.isFinite(value) ? value : 0

const whole = (value: unknown): number =>
  Math.min(Math.max(0, Math.round(number(value))), Number.MAX_SAFE_INTEGER)
