// Every call the double has answered, newest last, bounded: tests count calls with it, and `sandbox status` shows it.

export type LoggedCall = {
  at: string
  service: string
  operation: string
  region: string
  mutating: boolean
  accessKeyId: string
  /** 0 when the connection was cut instead of answered. */
  status: number
  error?: string
  ms: number
  requestId: string
}

export interface CallLog {
  add(call: LoggedCall): void
  list(where?: {
    service?: string | undefined
    operation?: string | undefined
    mutating?: boolean | undefined
  }): LoggedCall[]
  clear(): void
  /** Every region that was ever called. */
  regions: () => string[]
}

export function callLog(o: { limit: number }): CallLog {
  const calls: LoggedCall[] = []
  const regions = new Set<string>()
  return {
    regions: () => [...regions],
    add(call) {
      regions.add(call.region)
      calls.push(call)
      // Trimmed by halves: shifting one at a time would cost a copy of the array per call.
      if (calls.length > o.limit * 2) calls.splice(0, calls.length - o.limit)
    },
    list: (where = {}) =>
      calls
        .slice(-o.limit)
        .filter(
          (call) =>
            (where.service === undefined || call.service === where.service) &&
            (where.operation === undefined || call.operation === where.operation) &&
            (where.mutating === undefined || call.mutating === where.mutating),
        ),
    clear: () => void calls.splice(0),
  }
}
