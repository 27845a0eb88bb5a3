// Virtual time: how long AWS would take, compressed. Speed 60 makes a minute last a second; Infinity makes every wait end at
// once; 0 stands still until advance() is called, for tests that look at the states in between.

export interface VirtualClock {
  readonly speed: number
  /** Virtual milliseconds since the start. */
  now(): number
  /** Rejects with ClockStopped when the clock is stopped first. */
  sleep(virtualMs: number): Promise<void>
  /** Calls back once, unless the clock is stopped first. */
  after(virtualMs: number, run: () => void): void
  advance(virtualMs: number): void
  /** The same work, counted in worked(). Sleeping counts by itself. */
  during<T>(work: () => Promise<T>): Promise<T>
  /** When the cloud was at work on anything, in Unix milliseconds of real time; overlapping work is one span. */
  worked(): WorkSpan[]
  /** Aborted when the clock is stopped, with ClockStopped as its reason. */
  readonly signal: AbortSignal
  stop(): void
}

export type WorkSpan = { readonly from: number; readonly to: number }

export class ClockStopped extends Error {
  override readonly name = 'ClockStopped'
}

type Sleeper = {
  at: number
  wake: () => void
  fail: (error: Error) => void
  timer?: NodeJS.Timeout
}

export function virtualClock(speed: number): VirtualClock {
  const startedAt = performance.now()
  const sleepers = new Set<Sleeper>()
  let advanced = 0
  const life = new AbortController()
  const flowing = speed === Number.POSITIVE_INFINITY ? 1 : speed
  const now = () => (performance.now() - startedAt) * flowing + advanced

  function arm(sleeper: Sleeper) {
    clearTimeout(sleeper.timer)
    const left = sleeper.at - now()
    if (left <= 0 || speed === Number.POSITIVE_INFINITY) {
      sleepers.delete(sleeper)
      setImmediate(sleeper.wake)
    } else if (speed > 0) {
      sleeper.timer = setTimeout(() => arm(sleeper), Math.ceil(left / speed))
    }
  }

  const work = workSpans()
  const sleep = (virtualMs: number) => work.during(() => doze(virtualMs))
  const doze = (virtualMs: number) =>
    new Promise<void>((resolve, reject) => {
      if (life.signal.aborted) return reject(life.signal.reason as ClockStopped)
      const sleeper: Sleeper = { at: now() + virtualMs, wake: resolve, fail: reject }
      sleepers.add(sleeper)
      arm(sleeper)
    })

  return {
    speed,
    signal: life.signal,
    now,
    sleep,
    during: (run) => work.during(run),
    worked: () => work.spans(),
    after: (virtualMs, run) =>
      void sleep(virtualMs).then(run, () => {
        // A stopped clock calls nobody back: the double is going away.
      }),
    advance(virtualMs) {
      advanced += virtualMs
      // A sleeper that wakes leaves the set: a copy is walked.
      for (const sleeper of Array.from(sleepers)) arm(sleeper)
    },
    stop() {
      const reason = new ClockStopped('the clock has been stopped')
      life.abort(reason)
      for (const sleeper of sleepers) {
        clearTimeout(sleeper.timer)
        sleeper.fail(reason)
      }
      sleepers.clear()
    },
  }
}

/** Bounded: a sandbox may stay up for days. */
const spansKept = 1_000

function workSpans() {
  const ended: WorkSpan[] = []
  let running = 0
  let from = 0
  return {
    async during<T>(work: () => Promise<T>): Promise<T> {
      if (running === 0) from = Date.now()
      running += 1
      try {
        return await work()
      } finally {
        running -= 1
        if (running === 0) ended.push({ from, to: Date.now() })
        if (ended.length > spansKept) ended.shift()
      }
    },
    spans: () => (running === 0 ? ended.slice() : [...ended, { from, to: Date.now() }]),
  }
}
