// Retries what is safe to retry: refusals by 429 always, reads on server and network errors, and writes
// whose connection was closed before the server read them.
import { backoffMs } from '../../backoff.ts'
import { delay, type Clock } from '../../clock.ts'
import { isTooLarge, KubeError } from '../errors.ts'
import type { Sent, Transport } from './transport.ts'

const defaultAttempts = 5
const backoff = { baseMs: 250, capMs: 8_000 }
const longestRetryAfterMs = 60_000

type Result = { status: number; retryAfter?: string | undefined }

/** With one attempt nothing is retried, and no server can keep a caller waiting by asking it to come later. */
export function retrying(
  transport: Transport,
  clock: Clock,
  {
    attempts = defaultAttempts,
    random = Math.random,
  }: { attempts?: number | undefined; random?: () => number } = {},
): Transport {
  const withRetries = async <T extends Result>(
    sent: Sent,
    attempt: () => Promise<T>,
  ): Promise<T> => {
    for (let failures = 1; ; failures += 1) {
      const result = await attempt().catch((error: unknown) => {
        if (failures < attempts && worthRetrying(sent, error)) return undefined
        throw error
      })
      if (result && (failures >= attempts || !askedToRetry(sent, result.status))) return result
      await delay(clock, waitMs(result?.retryAfter, failures, random), sent.signal)
    }
  }
  return {
    send: (sent) => withRetries(sent, () => transport.send(sent)),
    stream: (sent) => transport.stream(sent), // the reflector has its own backoff
    close: () => transport.close(),
  }
}

const isRead = (sent: Sent) => sent.method === 'GET' || sent.method === 'HEAD'

const askedToRetry = (sent: Sent, status: number): boolean =>
  status === 429 || (isRead(sent) && status >= 500)

function worthRetrying(sent: Sent, error: unknown): boolean {
  if (sent.signal?.aborted || !(error instanceof KubeError) || error.status !== 0) return false
  if (isTooLarge(error)) return false
  if (isRead(sent)) return true
  return sent.method !== 'POST' && 'unsent' in error
}

function waitMs(retryAfter: string | undefined, failures: number, random: () => number): number {
  const asked = Number(retryAfter ?? Number.NaN) * 1000
  const own = backoffMs(failures, backoff, random)
  return Number.isFinite(asked) ? Math.min(asked, longestRetryAfterMs) + own : own
}
