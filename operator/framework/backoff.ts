// How long to wait after the nth failure in a row: exponential with full jitter, so that many keys that
// failed together do not come back together.

export type Backoff = { readonly baseMs: number; readonly capMs: number }

/** From half of the step to the whole of it: never zero, so a failing key cannot spin. */
export function backoffMs(failures: number, backoff: Backoff, random = Math.random): number {
  const step = longestBackoffMs(failures, backoff)
  return step / 2 + (step / 2) * random()
}

/** The whole step and up to a fifth more: for attempts that cost, which must not come earlier than is said. */
export const patientBackoffMs = (
  failures: number,
  backoff: Backoff,
  random = Math.random,
): number => longestBackoffMs(failures, backoff) * (1 + 0.2 * random())

/** The whole step: for who asks again and again whether it is over. */
export const longestBackoffMs = (failures: number, { baseMs, capMs }: Backoff): number =>
  Math.min(capMs, baseMs * 2 ** Math.min(Math.max(failures, 1) - 1, 30))

/** A period stretched or shrunk by up to `share` of itself. */
export const jittered = (ms: number, share: number, random = Math.random): number =>
  ms * (1 + share * (2 * random() - 1))
