// Waiting for the other side: poll until it is so, with a time limit, ended at once by cancel().
import { setTimeout as sleep } from 'node:timers/promises'

export type CloudWait = {
  what: string
  timeoutMs: number
  pollMs: number
  signal: AbortSignal
}

/** Calls `probe` until it gives something else than undefined. */
export async function waitUntil<T>(probe: () => Promise<T | undefined>, o: CloudWait): Promise<T> {
  const deadline = performance.now() + o.timeoutMs
  for (;;) {
    if (o.signal.aborted) throw new Error(`canceled while waiting for ${o.what}`)
    const found = await probe()
    if (found !== undefined) return found
    const left = deadline - performance.now()
    if (left <= 0) throw new Error(`timeout while waiting for ${o.what} (${o.timeoutMs / 1000}s)`)
    await pause(Math.min(o.pollMs, left), o.signal)
  }
}

/** Sleeps; an abort ends it early and the caller looks at the signal. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
