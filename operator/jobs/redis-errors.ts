// Connection errors of Redis, told rarely: every connection repeats them for as long as Redis is away.
import type { Logger } from 'pino'

/** A lost Redis makes one error a second per connection: one line in ten seconds says as much. */
export function rareErrors(log: Logger, everyMs = 10_000): (error: Error) => void {
  let last = Number.NEGATIVE_INFINITY
  return (error) => {
    if (performance.now() - last < everyMs) return
    last = performance.now()
    log.warn({ err: { message: error.message } }, 'redis does not answer')
  }
}
