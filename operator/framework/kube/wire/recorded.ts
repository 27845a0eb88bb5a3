// Tells an observer of every request, for metrics.
import type { Clock } from '../../clock.ts'
import type { Transport } from './transport.ts'

export type RequestRecord = { method: string; path: string; status: number; ms: number }

export function recorded(
  transport: Transport,
  clock: Clock,
  onRequest: ((record: RequestRecord) => void) | undefined,
): Transport {
  if (!onRequest) return transport
  return {
    ...transport,
    async send(sent) {
      const startedAt = clock.monotonic()
      let status = 0
      try {
        const answer = await transport.send(sent)
        status = answer.status
        return answer
      } finally {
        onRequest({
          method: sent.method,
          path: sent.path,
          status,
          ms: clock.monotonic() - startedAt,
        })
      }
    },
  }
}
