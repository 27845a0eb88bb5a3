// An operator on the fake API server in virtual time, and the user beside it.
import { operator, type Operator, type OperatorOptions } from '../operator.ts'
import type { Kind } from '../kube/kinds.ts'
import type { Kube } from '../kube/kube.ts'
import { FakeApiServer } from './fake-apiserver/server.ts'
import { testLog, type LogLine } from './test-log.ts'
import { VirtualClock } from './virtual-clock.ts'

export type HarnessOptions = Partial<OperatorOptions> & {
  /** What is served beside the kinds that Kubernetes brings. */
  kinds: Kind[]
}

/** An operator that runs. */
export type Started = { op: Operator; ended: Promise<void> }

export type Harness = {
  readonly clock: VirtualClock
  readonly server: FakeApiServer
  /** What was logged. */
  readonly lines: LogLine[]
  readonly user: Kube
  /** Ends what was started. */
  readonly stop: AbortController
  readonly start: (declare: (op: Operator) => void, more?: Partial<OperatorOptions>) => Started
  /** Lets it drain; rejects as `run` does. */
  readonly shutDown: (ended: Promise<void>) => Promise<void>
}

export function harness({ kinds, ...options }: HarnessOptions): Harness {
  const clock = new VirtualClock()
  const server = new FakeApiServer({ clock, kinds })
  const { log, lines } = testLog()
  const stop = new AbortController()
  const common = { name: 'test-operator', log, clock, ...options }
  return {
    clock,
    server,
    lines,
    user: server.kube(),
    stop,
    start(declare, more = {}) {
      const op = operator({ kube: server.kube(), ...common, ...more })
      declare(op)
      const ended = op.run({ signal: stop.signal })
      ended.catch(() => undefined) // who expects it to fail awaits it
      return { op, ended }
    },
    async shutDown(ended) {
      stop.abort()
      await clock.advance(60_000)
      await ended
    },
  }
}
