// Faults by script: which requests, how often, what happens instead of or before the answer.
import type { Sent } from '../../kube/wire/transport.ts'

export type Fault = {
  /** Matches all requests when left out. */
  when?: (request: Sent) => boolean
  /** Once when left out. */
  times?: number
} & (
  | { answer: number; reason?: string; retryAfterSeconds?: number }
  | { reset: 'before' | 'after' } // the connection breaks before the server acts, or before it answers
  | { delayMs: number }
  | { hang: true } // no answer at all
)

export class Faults {
  #armed: Fault[] = []

  add(fault: Fault): void {
    this.#armed.push({ ...fault })
  }

  clear(): void {
    this.#armed = []
  }

  /** The fault that strikes this request, used up by it. */
  strike(request: Sent): Fault | undefined {
    const fault = this.#armed.find(({ when, times = 1 }) => times > 0 && (when?.(request) ?? true))
    if (fault) fault.times = (fault.times ?? 1) - 1
    return fault
  }
}

export const method =
  (name: string, path = '') =>
  (request: Sent) =>
    request.method === name && request.path.includes(path)
