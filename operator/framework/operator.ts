// An operator: controllers, caches, leader election, health and metrics with one life, `run`.
import { hostname } from 'node:os'
import type { Registry } from 'prom-client'
import type { Logger } from 'pino'
import type { Cache } from './cache/cache.ts'
import { seeingOwnWrites } from './cache/own-writes.ts'
import {
  valueIndex,
  type IndexOptions,
  type IndexValues,
  type ValueIndex,
} from './cache/value-index.ts'
import { SharedCaches } from './cache/shared-caches.ts'
import { systemClock, type Clock } from './clock.ts'
import type { Memo } from './context/context.ts'
import type { ControllerBuilder, Where } from './declare/builder.ts'
import { Controller } from './controller/controller.ts'
import { Declaration } from './declare/declaration.ts'
import type { Definition } from './declare/definition.ts'
import { eventRecorder, type RecordedEvent } from './context/event-recorder.ts'
import { Selection, type DeclareEach } from './discovery/selection.ts'
import type { Selector } from './discovery/resources.ts'
import type { Check } from './health/checks.ts'
import { Hooks, type Hook, type HookOptions, type Probe } from './hooks/hooks.ts'
import { kindText, type Kind } from './kube/kinds.ts'
import type { Kube } from './kube/kube.ts'
import type { Key, KubeObject } from './kube/objects.ts'
import type { LeaderElection } from './lease/election.ts'
import { Life, type Health } from './life.ts'
import type { AdmissionServing } from './webhook/admission.ts'
import { serveAdmission } from './webhook/serve-admission.ts'
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
  /** Where the handlers of admission are served. */
  admission?: AdmissionServing
  /** What is served where a declaration names no place: patterns such as team-*, !team-secret. All by default. */
  namespaces?: readonly string[]
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
  /** A controller for every resource that a selector means, those of definitions that come later too. */
  forEach(selector: Selector, declare: DeclareEach, where?: Where): void
  /** What a function makes of the objects of a kind, by key; for every handler to read. */
  index<S, T, R, K, V>(
    kind: Kind<S, T, R>,
    by: IndexValues<KubeObject<S, T, R>, K, V>,
    o?: IndexOptions<S, T> & { where?: Where },
  ): ValueIndex<K, V>
  /** Before anything else; tried again as its options say, and the operator does not begin when it fails for good. */
  onStartup(hook: Hook, o?: HookOptions): void
  /** After everything else has ended. */
  onCleanup(hook: Hook, o?: HookOptions): void
  /** For /healthz and /readyz. */
  onProbe(id: string, probe: Probe): void
  /** What the probes say; asked anew every ten seconds. */
  probe(): Promise<Check[]>
  /** For what no handler does; writes while this process leads. */
  readonly kube: Kube
  /** Reconciles a key from outside, for example when the result of a job is in; after a while it is once for all who ask until then. */
  wake(kind: Kind, key: Key, o?: { afterMs?: number }): void
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
  const memo: Memo = o.memo ?? {}
  const declared: { definition: Definition }[] = []
  const common = { clock, metrics, caches, events }
  const hooks = new Hooks({ kube: o.kube, log: o.log, clock, memo })
  const life = new Life({ ...o, ...common, hooks })
  const assertAllowed = () => life.assertLeading()
  let controllers: Controller[] = []
  const build = ({ definition }: { definition: Definition }) =>
    new Controller(definition, {
      ...o,
      ...common,
      workers: o.workers ?? 4,
      memo,
      assertAllowed,
    })
  const declare = <S, T>(kind: Kind<S, T>, where: Where = {}) => {
    const cache = caches.of(kind, where)
    const declaration = new Declaration(kind, where, { operator: o.name, cache })
    declared.push(declaration)
    return declaration
  }
  const selection = new Selection({ ...o, clock, caches }, (kind, each) => {
    each.declare(declare(kind, each.where), kind)
    return declared.at(-1)
  })
  return {
    for: declare,
    forEach: (selector, each, where = {}) => selection.add({ selector, declare: each, where }),
    index: (kind, by, { where, ...filters } = {}) =>
      valueIndex(caches.of(kind, where) as never, by, { ...filters, log: o.log }), // the kind says what it holds
    onStartup: (hook, options) => hooks.onStartup(hook, options),
    onCleanup: (hook, options) => hooks.onCleanup(hook, options),
    onProbe: (id, probe) => hooks.onProbe(id, probe),
    probe: () => hooks.probe(),
    cache: (kind, where = {}) => caches.of(kind, where) as never, // the kind says what it holds
    kube: seeingOwnWrites(o.kube, { caches, assertAllowed }),
    wake(kind, key, { afterMs } = {}) {
      for (const controller of controllers)
        if (kindText(controller.kind) === kindText(kind)) controller.wake(key, afterMs)
    },
    record: (kind, obj, event) => events.record({ kind, obj }, event),
    async run({ signal }) {
      await hooks.startup(signal)
      await selection.begin(signal)
      if (signal.aborted) return
      controllers = declared.map(build)
      const work = { controllers }
      const entries = declared.flatMap(({ definition }) => definition.admission)
      await using _webhooks = await serveAdmission(entries, { ...o, clock, signal })
      selection.follow((late) => void life.join(work, build(late), signal), signal)
      await life.run(work, signal)
    },
  }
}
