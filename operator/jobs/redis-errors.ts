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

export function redisErrors(log: Logger, everyMs = 10_000): RedisErrors {
  let logged = Number.NEGATIVE_INFINITY
  let last: { text: string; at: number } | undefined
  return {
    onError: (error) => {
      const now = performance.now()
      const text = oneLine(error)
      last = { text, at: now }
      if (now - logged < everyMs) return
      logged = now
      log.warn({ err: { message: text } }, 'redis does not answer')
    },
    words: (error) => {
      if (error instanceof Error && error.name === 'ReplyError') return `Redis: ${oneLine(error)}`
      const isFresh = last !== undefined && performance.now() - last.at < freshMs
      return `Redis does not answer: ${isFresh ? last?.text : oneLine(error)}`
    },
  }
}

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
  return error instanceof Error ? error.message || error.name : String(error)
}
