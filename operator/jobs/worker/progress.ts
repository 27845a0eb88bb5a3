// Sends an operation's progress: changes only, not too often, and again when there are none, because Redis may forget it.
import type { Logger } from 'pino'
import { clipped, type Clock } from '../../framework/index.ts'
import type { OperationProgress, StepProgress } from '../queue/reports.ts'

export type ReporterSettings = {
  about: Pick<OperationProgress, 'operationId' | 'uid' | 'namespace' | 'name' | 'fence'>
  reports: { write(progress: OperationProgress): Promise<void> }
  clock: Clock
  log: Logger
  /** Least time between two reports. */
  everyMs?: number
  againMs?: number
}

/** What a program, a provider or a tenant cluster says is of any length. */
const longestMessage = 1_024

export type Reporter = Disposable & { progress(progress: StepProgress): void }

export function progressReporter(settings: ReporterSettings): Reporter {
  const { about, reports, clock, log, everyMs = 500, againMs = 10_000 } = settings
  let latest: StepProgress = { step: 'Preflight' }
  let sent = ''
  let sentAt = Number.NEGATIVE_INFINITY
  let timer = clock.setTimeout(send, 0)

  function send() {
    sent = JSON.stringify(latest)
    sentAt = clock.monotonic()
    clock.clearTimeout(timer)
    timer = clock.setTimeout(send, againMs)
    reports
      .write({ ...about, ...latest })
      .catch((error: unknown) => log.debug({ err: error }, 'progress not sent')) // the next one says more
  }
  return {
    progress: ({ message, ...rest }) => {
      const next = {
        ...rest,
        ...(message !== undefined && { message: clipped(message, longestMessage) }),
      }
      latest = next
      if (JSON.stringify(next) === sent) return
      clock.clearTimeout(timer)
      timer = clock.setTimeout(send, Math.max(0, sentAt + everyMs - clock.monotonic()))
    },
    [Symbol.dispose]: () => clock.clearTimeout(timer),
  }
}
