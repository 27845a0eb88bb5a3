// What Redis says, for the log and for the status: errors of connections are told rarely, because every connection repeats
// them for as long as Redis is away, and remembered, because a command that then fails says nothing of the cause.
import type { Logger } from 'pino'

export type RedisErrors = {
  /** A lost Redis makes one error a second per connection: one line in ten seconds says as much. */
  readonly onError: (error: Error) => void
  /** Why a command failed, in Redis' own words where it has answered. */
  readonly words: (error: unknown) => string
}

const freshMs = 30_000

/** What OpenSSL calls a certificate of nobody who is trusted. */
const untrusted = new Set<unknown>([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
])

export function redisErrors(log: Logger, everyMs = 10_000): RedisErrors {
  let logged = Number.NEGATIVE_INFINITY
  let last: { words: string; at: number } | undefined
  return {
    onError: (error) => {
      const now = performance.now()
      const text = oneLine(error)
      last = { words: wordsOf(error), at: now }
      if (now - logged < everyMs) return
      logged = now
      log.warn({ err: { message: text } }, 'redis does not answer')
    },
    words: (error) => {
      if (isReply(error)) return wordsOf(error)
      return last && performance.now() - last.at < freshMs ? last.words : wordsOf(error)
    },
  }
}

const isReply = (error: unknown) => error instanceof Error && error.name === 'ReplyError'

/** A refused login is an answer, though all that a command says then is that there is no connection. */
const wordsOf = (error: unknown) =>
  `${isReply(error) ? 'Redis' : 'Redis does not answer'}: ${oneLine(error)}`

/** Whoever answers there may say anything, at any length. */
function oneLine(error: unknown): string {
  const text = messageOf(error)
    .replaceAll(/\p{C}+/gu, ' ')
    .trim()
  return text.length > 300 ? `${text.slice(0, 299)}…` : text
}

/** Where a name has several addresses, each failure is inside and nothing is said outside. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError && !error.message) {
    return error.errors.map(messageOf).join('; ')
  }
  if (error instanceof Error && 'code' in error && untrusted.has(error.code)) {
    return `${error.message}: the certificate of Redis is of no authority in CRATEKUBE_REDIS_CA_FILE, or of no usual one where that is not set`
  }
  return error instanceof Error ? error.message || error.name : String(error)
}
