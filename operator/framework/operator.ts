// An operator: controllers, caches, leader election, health and metrics with one life, `run`.
import { hostname } from 'node:os'
import type { Registry } from 'prom-client'
import type { Logger } from 'pino'
import type { Cache } from './cache/cache.ts'
import { seeingOwnWrites } from './cache/own-writes.ts'
import { SharedCaches } from './cache/shared-caches.ts'
import { systemClock, type Clock } from './clock.ts'
import type { Memo } from './context/context.ts'
import type { ControllerBuilder, Where } from './declare/builder.ts'
import { Controller } from './controller/controller.ts'
import { Declaration } from './declare/declaration.ts'
import type { Definition } from './declare/definition.ts'
import { eventRecorder, type RecordedEvent } from './context/event-recorder.ts'
import { kindText, type Kind } from './kube/kinds.ts'
import type { Kube } from './kube/kube.ts'
import type { Key, KubeObject } from './kube/objects.ts'
import type { LeaderElection } from './lease/lease.ts'
import { Life, type Health } from './life.ts'
import { createMetrics } from './metrics.ts'

export type OperatorOptions = {
  /** Also the field manager of everything it applies. */
  name: string
  kube: Kube
  log: Logger
  clock?: Clock
  leaderElection?: LeaderElection
  metrics?: Registry
  health?: Health
  /** Takes out of an object, before a cache keeps it, what nobody here reads. */
  trim?: (obj: KubeObject) => void
  /** What every object's memo begins with, and handlers of the operator itself are given. */
  memo?: Memo
  /** Handlers at the same time in each controller that says nothing else, 4 by default. */
  workers?: number
  /** How long run() waits for running handlers after its signal, 20 s by default. */
  drainMs?: number
}

export interface Operator {
  for<S, T>(kind: Kind<S, T>, where?: Where): ControllerBuilder<S, T>
  /** A shared reflector: the same one for the same kind and place. */
  cache<S, T, R>(kind: Kind<S, T, R>, where?: Where): Cache<KubeObject<S, T, R>>
  /** For what no handler does; writes while this process leads. */
  readonly kube: Kube
  /** Reconciles a key from outside, for example when the result of a job is in. */
  wake(kind: Kind, key: Key): void
  /** An Event about an object that no handler has at hand; written by and by. */
  record(kind: Kind, obj: KubeObject, event: RecordedEvent): void
  /** Resolves after a bounded drain; rejects when leadership is lost. */
  run(o: { signal: AbortSignal }): Promise<void>
}

export function operator(o: OperatorOptions): Operator {
  const clock = o.clock ?? systemClock
  const metrics = createMetrics(o.metrics)
  const caches = new SharedCaches({ ...o, clock, metrics })
  const instance = o.leaderElection?.identity ?? hostname()
  const events = eventRecorder({ ...o, clock, controller: o.name, instance })
  const declared: { definition: Definition }[] = []
  const common = { clock, metrics, caches, events }
  const life = new Life({ ...o, ...common })
  const assertAllowed = () => life.assertLeading()
  const memo: Memo = o.memo ?? {}
  let controllers: Controller[] = []
  const build = ({ definition }: { definition: Definition }) =>
    new Controller(definition, {
      ...o,
      ...common,
      workers: o.workers ?? 4,
      memo,
      assertAllowed,
    })
  return {
    for(kind, where = {}) {
      const cache = caches.of(kind, where)
      const declaration = new Declaration(kind, where, { operator: o.name, cache })
      declared.push(declaration)
      return declaration
    },
    cache: (kind, where = {}) => caches.of(kind, where) as never, // the kind says what it holds
    kube: seeingOwnWrites(o.kube, { caches, assertAllowed }),
    wake(kind, key) {
      for (const controller of controllers) {
        if (kindText(controller.kind) === kindText(kind)) controller.wake(key)
      }
    },
    record: (kind, obj, event) => events.record({ kind, obj }, event),
    run({ signal }) {
      controllers = declared.map(build)
      return life.run({ controllers }, signal)
    },
  }
}
