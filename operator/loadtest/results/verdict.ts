// Holds the figures of a test against the thresholds of its spec.
import type { RequestFigures, Thresholds } from '../../api/locust/locust-types.ts'

export type Breach = string
type Limits = Omit<Thresholds, 'requests'>

/** One sentence for every threshold that is not met; none means the test has passed. */
export function breaches(
  thresholds: Thresholds,
  figures: { total: RequestFigures; requests: RequestFigures[] },
): Breach[] {
  const overall = against('thresholds', thresholds, figures.total)
  const named = (thresholds.requests ?? []).flatMap((limits, at) => {
    const field = `thresholds.requests[${at}]`
    const found = figures.requests.find((row) => isAbout(row, limits))
    return found ? against(field, limits, found) : [`${field}: no request was named ${limits.name}`]
  })
  return [...overall, ...named]
}

const isAbout = (row: RequestFigures, limits: { name: string; method?: string }) =>
  row.name === limits.name && (limits.method === undefined || row.method === limits.method)

function against(field: string, limits: Limits, figures: RequestFigures): Breach[] {
  const most = (name: keyof Limits, limit: number | undefined, got: number) =>
    limit !== undefined && got > limit ? [`${field}.${name}: at most ${limit}, was ${got}`] : []
  const least = (name: keyof Limits, limit: number | undefined, got: number) =>
    limit !== undefined && got < limit ? [`${field}.${name}: at least ${limit}, was ${got}`] : []
  const share = figures.requests > 0 ? figures.failures / figures.requests : 0
  return [
    ...(figures.requests === 0 ? [`${field}: no request was made`] : []),
    ...most('failureRatio', asNumber(limits.failureRatio), Number(share.toFixed(6))),
    ...most('p95Ms', limits.p95Ms, figures.p95Ms),
    ...most('p99Ms', limits.p99Ms, figures.p99Ms),
    ...most('averageMs', limits.averageMs, figures.averageMs),
    ...least(
      'minRequestsPerSecond',
      asNumber(limits.minRequestsPerSecond),
      Number(figures.requestsPerSecond),
    ),
  ]
}

const asNumber = (decimal: string | undefined) =>
  decimal === undefined ? undefined : Number(decimal)
