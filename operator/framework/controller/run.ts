// One run of a handler: its signal, its deadline, and how it ended.
import type { Clock, Timer } from '../clock.ts'
import { endingOf, type Ending } from '../status/conditions.ts'
import { Interrupt, type InterruptCause } from './interrupt.ts'
import type { Outcome } from './outcome.ts'

const abandonAfterMs = 30_000

export class Run {
  readonly #controller = new AbortController()
  readonly #abandoned = Promise.withResolvers<void>()
  readonly #clock: Clock
  #patience: Timer | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Resolves when a handler that was told to stop has not stopped for long. */
  get abandoned(): Promise<void> {
    return this.#abandoned.promise
  }

  get interrupted(): InterruptCause | undefined {
    const reason: unknown = this.#controller.signal.reason
    return reason instanceof Interrupt ? reason.interrupt : undefined
  }

  interrupt(cause: InterruptCause): void {
    if (this.signal.aborted) return
    this.#patience = this.#clock.setTimeout(() => this.#abandoned.resolve(), abandonAfterMs)
    this.#controller.abort(new Interrupt(cause))
  }

  async end(o: { handler: () => Promise<Outcome>; deadlineMs: number }): Promise<Ending> {
    const timer = this.#clock.setTimeout(() => this.interrupt('deadline'), o.deadlineMs)
    try {
      return checked(await o.handler())
    } catch (error) {
      return this.interrupted === 'deadline'
        ? deadlineExceeded(o.deadlineMs, error)
        : endingOf(error)
    } finally {
      this.#clock.clearTimeout(timer)
    }
  }

  close(): void {
    this.#clock.clearTimeout(this.#patience)
  }
}

/** What a handler threw because we told it to stop says nothing about the object. */
export const interruptedByOthers = (run: Run): boolean =>
  run.interrupted !== undefined && run.interrupted !== 'deadline'

/** JavaScript callers and casts can return anything. */
function checked(outcome: Outcome | undefined): Ending {
  if (outcome?.type === 'settled' || outcome?.type === 'again') return outcome
  throw new Error('the handler returned neither settled nor again(...)')
}

const deadlineExceeded = (deadlineMs: number, error: unknown): Ending => ({
  type: 'retry',
  reason: 'DeadlineExceeded',
  message: `the handler did not end within ${deadlineMs / 1000} s`,
  error,
})
