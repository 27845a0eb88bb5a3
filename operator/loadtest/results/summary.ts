// Reads the final figures from the tables that the Locust master prints when it ends: the only source that
// is complete, since /stats/requests lags two seconds behind and is gone when the master quits.
import type { RequestFigures } from '../../api/locust/locust-types.ts'
import { decimal, ratio } from './stats.ts'

export type Summary = { total: RequestFigures; requests: RequestFigures[] }

type Percentiles = { medianMs: number; p95Ms: number; p99Ms: number }

// "GET      /path    507     0(0.00%) |      3       1      11      3 |   84.52        0.00"
const figuresRow =
  /^(\S*)\s+(\S.*?)\s+(\d+)\s+(\d+)\([\d.]+%\)\s*\|\s*(\d+)\s+\d+\s+\d+\s+\d+\s*\|\s*([\d.]+)\s+[\d.]+\s*$/
// "GET      /path      3      4      4      4      5      5      6      9     11     11     11    507"
const percentilesRow = /^(\S*)\s+(\S.*?)((?:\s+\d+){11})\s+\d+\s*$/

/** undefined when the log holds no summary. */
export function parseSummary(log: string): Summary | undefined {
  const lines = lastTable(log)
  const percentiles = new Map<string, Percentiles>()
  for (const line of lines) readPercentiles(line, percentiles)
  const rows = lines.flatMap((line) => readFigures(line, percentiles))
  const total = rows.findLast((row) => row.name === 'Aggregated' && row.method === undefined)
  return total && { total, requests: rows.filter((row) => row !== total) }
}

function lastTable(log: string): string[] {
  const lines = log.split('\n')
  const head = lines.findLastIndex((line) => /^Type\s+Name\s+# reqs/.test(line))
  return head < 0 ? [] : lines.slice(head + 1)
}

function readFigures(line: string, percentiles: Map<string, Percentiles>): RequestFigures[] {
  const match = figuresRow.exec(line)
  if (!match) return []
  const [, method = '', name = '', requests, failures, average, rps] = match
  const counted = Number(requests)
  return [
    {
      name: name.slice(0, 256),
      ...(method && { method }),
      requests: counted,
      failures: Number(failures),
      requestsPerSecond: decimal(Number(rps), 2),
      failureRatio: ratio(Number(failures), counted),
      averageMs: Number(average),
      ...(percentiles.get(`${method} ${name}`) ?? { medianMs: 0, p95Ms: 0, p99Ms: 0 }),
    },
  ]
}

function readPercentiles(line: string, into: Map<string, Percentiles>): void {
  const match = percentilesRow.exec(line)
  if (!match) return
  const [, method = '', name = '', numbers = ''] = match
  // 50% 66% 75% 80% 90% 95% 98% 99% 99.9% 99.99% 100%
  const values = numbers.trim().split(/\s+/).map(Number)
  into.set(`${method} ${name}`, {
    medianMs: values[0] ?? 0,
    p95Ms: values[5] ?? 0,
    p99Ms: values[7] ?? 0,
  })
}
