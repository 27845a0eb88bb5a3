// Time as the framework sees it, so that tests run in virtual time. Nothing in the framework reads the
// clock or sets a timer in any other way.

export type Timer = object | number

export interface Clock {
  /** Wall clock in milliseconds, for what others read. */
  now(): number
  /** Milliseconds that never jump, for measuring how long something takes. */
  monotonic(): number
  setTimeout(run: () => void, ms: number): Timer
  clearTimeout(timer: Timer | undefined): void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout: (run, ms) => setTimeout(run, ms),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout), // only ever given what setTimeout returned
}

/** Resolves after `ms`; rejects with the signal's reason when that comes first. */
export function delay(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error) // reasons in this code base are Errors
    const timer = clock.setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    const stop = () => {
      clock.clearTimeout(timer)
      reject(signal?.reason as Error)
    }
    signal?.addEventListener('abort', stop, { once: true })
  })
}

/** A limit of time: its signal is aborted with the reason after `ms`, unless it was disposed of before. */
export function deadline(
  clock: Clock,
  ms: number,
  reason: () => Error,
): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController()
  const timer = clock.setTimeout(() => controller.abort(reason()), ms)
  return { signal: controller.signal, [Symbol.dispose]: () => clock.clearTimeout(timer) }
}

/** Kubernetes' MicroTime wants six decimals. */
export const microTime = (ms: number): string => new Date(ms).toISOString().replace('Z', '000Z')
