// Waits for a condition by asking again and again; the error says what was waited for.
import { setTimeout as sleep } from 'node:timers/promises'

export type WaitOptions = {
  readonly what: string
  readonly timeoutMs: number
  readonly everyMs?: number
  /** More to say when it did not happen, e.g. the end of a log. */
  readonly explain?: () => string
}

export async function waitFor<T>(
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  o: WaitOptions,
): Promise<T> {
  const deadline = performance.now() + o.timeoutMs
  for (;;) {
    const value = await probe()
    if (value !== undefined && value !== false) return value
    if (performance.now() > deadline) {
      throw new Error(
        `${o.what}: not within ${o.timeoutMs / 1000} s${o.explain ? `\n${o.explain()}` : ''}`,
      )
    }
    await sleep(o.everyMs ?? 25)
  }
}
