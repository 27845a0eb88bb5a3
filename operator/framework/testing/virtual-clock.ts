// Time for tests: stands still until told to advance, and lets everything that became ready run in between.
import { setImmediate } from 'node:timers/promises'
import type { Clock, Timer } from '../index.ts'

type Planned = { at: number; order: number; run: () => void }

export class VirtualClock implements Clock {
  readonly #planned = new Set<Planned>()
  #now: number
  #order = 0

  constructor(startMs = Date.parse('2026-01-01T00:00:00Z')) {
    this.#now = startMs
  }

  now = (): number => this.#now
  monotonic = (): number => this.#now

  setTimeout = (run: () => void, ms: number): Timer => {
    const planned = { at: this.#now + Math.max(0, ms), order: (this.#order += 1), run }
    this.#planned.add(planned)
    return planned
  }

  clearTimeout = (timer: Timer | undefined): void => {
    this.#planned.delete(timer as Planned) // only ever given what setTimeout returned
  }

  /** Timers that wait. */
  get pending(): number {
    return this.#planned.size
  }

  /** The machine slept: time has passed and nothing ran. */
  skip(ms: number): void {
    this.#now += ms
  }

  /** Runs everything due within `ms`, in order, with all that follows from it. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    await this.settle()
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#planned.delete(next)
      this.#now = Math.max(this.#now, next.at)
      next.run()
      await this.settle()
    }
    this.#now = end
    await this.settle()
  }

  /** Advances in steps until the condition holds; fails after `limitMs` of virtual time. */
  async until(condition: () => boolean | Promise<boolean>, limitMs = 600_000): Promise<void> {
    const end = this.#now + limitMs
    await this.settle()
    while (!(await condition())) {
      const next = this.#next(end)
      if (!next) throw new Error(`not within ${limitMs} ms of virtual time: ${String(condition)}`)
      await this.advance(Math.max(0, next.at - this.#now))
    }
  }

  /** Lets promises that are ready run, without time passing. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 5; turn += 1) await setImmediate()
  }

  #next(end: number): Planned | undefined {
    const due = [...this.#planned].filter(({ at }) => at <= end)
    return due.toSorted((a, b) => a.at - b.at || a.order - b.order)[0]
  }
}
