// Reconciles the objects of one kind: what changed goes into the queue, workers take keys out of it, and
// how a pass ended decides when the key comes back.
import type { Logger } from 'pino'
import type { Change } from '../cache/cache.ts'
import { seeingOwnWrites } from '../cache/own-writes.ts'
import type { SharedCache, SharedCaches } from '../cache/shared-caches.ts'
import type { Clock } from '../clock.ts'
import { kindText, type Kind } from '../kube/kinds.ts'
import type { Kube } from '../kube/kube.ts'
import { keyOf, keyText, parseKey, type Key, type KubeObject } from '../kube/objects.ts'
import type { Metrics } from '../metrics.ts'
import { WorkQueue } from '../work-queue.ts'
import { Children, type AppliedMemory } from '../context/children.ts'
import { endingOf, type Ending } from '../status/conditions.ts'
import type { Definition } from '../declare/definition.ts'
import type { EventRecorder } from '../context/event-recorder.ts'
import type { InterruptCause } from './interrupt.ts'
import { Ledger } from './ledger.ts'
import { interruptedByOthers, pass, type PassResult } from './pass.ts'
import { Run } from './run.ts'
import { RunContext } from '../context/run-context.ts'
import { isWorthwhile, stageOf, type Stage } from './stage.ts'

export type ControllerOptions = {
  name: string
  kube: Kube
  caches: SharedCaches
  clock: Clock
  log: Logger
  metrics: Metrics
  events: EventRecorder
  workers: number
  assertAllowed: () => void
}

type Running = { run: Run; obj: KubeObject; stage: Stage }

const defaultDeadlineMs = 120_000
const defaultBackoff = { baseMs: 1_000, capMs: 300_000 }

export class Controller {
  readonly name: string
  readonly queue: WorkQueue
  readonly #definition: Definition
  readonly #o: ControllerOptions
  readonly #cache: SharedCache
  readonly #running = new Map<string, Running>()
  readonly #ledger: Ledger
  /** By the key of the object; gone with it, because manifests are large and may hold secrets. */
  readonly #applied = new Map<string, AppliedMemory>()
  readonly #childKinds: Set<Kind>
  #unsubscribe: (() => void)[] = []

  constructor(definition: Definition, o: ControllerOptions) {
    this.#definition = definition
    this.#o = o
    this.name = kindText(definition.kind)
    this.#cache = o.caches.of(definition.kind, definition.where)
    for (const { kind, where } of definition.relations) o.caches.of(kind, where)
    this.#childKinds = new Set(definition.relations.map(({ kind }) => kind))
    this.queue = this.#createQueue()
    this.#ledger = new Ledger(this.queue, definition.options, definition.finalize?.finalizer)
  }

  get kind(): Kind {
    return this.#definition.kind
  }

  start(): void {
    const { relations, options } = this.#definition
    this.#unsubscribe = [
      this.#cache.onChange((change) => this.#own(change)),
      ...relations.map(({ kind, where, keys }) =>
        this.#o.caches.of(kind, where).onChange((change) => {
          if (change.type === 'added' && change.initial) return // our own first list wakes everything
          for (const key of keys(change.obj)) this.#wakeFor(change, key)
        }),
      ),
    ]
    const workers = options.concurrency ?? this.#o.workers
    for (let worker = 0; worker < workers; worker += 1) void this.#work()
  }

  /** Asked for by name, so that a stalled object is looked at as well. */
  wake(key: Key): void {
    this.#ledger.reopen(keyText(key))
    this.queue.add(keyText(key))
  }

  /** Takes nothing more; resolves when no handler runs. */
  drain(): Promise<void> {
    for (const end of this.#unsubscribe) end()
    return this.queue.close()
  }

  interruptAll(cause: InterruptCause): void {
    for (const { run } of this.#running.values()) run.interrupt(cause)
  }

  #own(change: Change<KubeObject>): void {
    const key = keyOf(change.obj)
    for (const observe of this.#definition.observers) this.#observe(observe, change)
    this.#interruptStale(change, keyText(key))
    const finalizer = this.#definition.finalize?.finalizer
    const { statusChanges } = this.#definition.options
    if (isWorthwhile(change, { finalizer, statusChanges })) this.#wakeFor(change, key)
  }

  /** An observer that throws must not keep the change from the handlers. */
  #observe(observe: Definition['observers'][number], change: Change<KubeObject>): void {
    try {
      observe(change)
    } catch (error) {
      this.#logOf(change.obj).error({ err: error }, 'an observer threw')
    }
  }

  /** A run does not have to see to it that the key comes again for what it wrote itself. */
  #wakeFor(change: Change<KubeObject>, key: Key): void {
    const text = keyText(key)
    if (change.origin?.writer === this && change.origin.key === text) return
    this.queue.add(text, change.type === 'added' && change.initial ? 'low' : 'normal')
  }

  #interruptStale(change: Change<KubeObject>, text: string): void {
    const running = this.#running.get(text)
    if (!running || change.type === 'added') return
    const { obj } = change
    const deleted = change.type === 'deleted' || obj.metadata.deletionTimestamp !== undefined
    if (deleted && (change.type === 'deleted' || running.stage === 'reconcile')) {
      running.run.interrupt('deleted')
    } else if (
      this.#definition.options.supersede !== 'finish' &&
      obj.metadata.generation !== running.obj.metadata.generation &&
      running.stage === 'reconcile'
    ) {
      running.run.interrupt('superseded')
    }
  }

  async #work(): Promise<void> {
    for (;;) {
      const text = await this.queue.take()
      if (text === undefined) return
      const run = new Run(this.#o.clock)
      const work = this.#process(text, run).finally(() => this.queue.done(text))
      // A handler that ignores its signal keeps its key, not the worker.
      await Promise.race([work, run.abandoned])
    }
  }

  async #process(text: string, run: Run): Promise<void> {
    const obj = this.#cache.get(parseKey(text))
    if (this.#ledger.uidOf(text) !== obj?.metadata.uid) this.#forget(text) // another one of the name starts afresh
    if (!obj || !this.#ledger.open(text, obj)) return
    const log = this.#logOf(obj)
    const running = { run, obj, stage: stageOf(obj, this.#definition.finalize?.finalizer) }
    this.#running.set(text, running)
    const observeEnd = this.#observeStart()
    const result = await this.#pass(text, running, log).catch(failed)
    run.close()
    this.#running.delete(text)
    observeEnd(run.interrupted ?? result.ending.type)
    if (interruptedByOthers(run)) {
      log.info({ interrupted: run.interrupted }, 'handler interrupted')
      this.#ledger.interrupted(text)
    } else {
      this.#tell(running, result.ending, log)
      this.#ledger.close(text, obj, result)
    }
  }

  #pass(text: string, { run, obj, stage }: Running, log: Logger): Promise<PassResult> {
    const { caches, assertAllowed, clock, metrics } = this.#o
    const origin = { writer: this, key: text }
    const kube = seeingOwnWrites(this.#o.kube, { caches, assertAllowed, origin })
    return pass({
      definition: this.#definition,
      obj,
      stage,
      run,
      kube,
      clock,
      deadlineMs: this.#definition.options.deadlineMs ?? defaultDeadlineMs,
      fieldManager: this.#o.name,
      contextOf: (current) => this.#context(text, { obj: current, run, kube, log }),
      latest: () => this.#cache.get(parseKey(text)),
      judge: (ending) => this.#ledger.judge(text, ending),
      onStatusWrite: () => metrics.statusWrites.inc({ controller: this.name }),
    })
  }

  #context(text: string, o: { obj: KubeObject; run: Run; kube: Kube; log: Logger }): RunContext {
    const { caches, clock, events, name } = this.#o
    const { kind } = this.#definition
    const owner = { kind, obj: o.obj }
    const memory = this.#applied.get(text) ?? new Map()
    this.#applied.set(text, memory)
    const childrenOptions = { kube: o.kube, caches, manager: name, memory }
    return new RunContext({
      obj: o.obj,
      log: o.log,
      kube: o.kube,
      first: this.#ledger.isFirst(text),
      key: parseKey(text),
      signal: o.run.signal,
      attempt: this.queue.failures(text),
      now: () => new Date(clock.now()),
      children: new Children(childrenOptions, owner, o.run.signal),
      childKinds: this.#childKinds,
      record: (event) => events.record(owner, event),
      wake: (key) => this.wake(key),
    })
  }

  #forget(text: string): void {
    const uid = this.#ledger.forget(text)
    this.#applied.delete(text)
    if (uid) for (const part of this.#definition.parts) part.forget?.(uid)
  }

  /** One line and one event for what a person has to know; the rest is for debugging. */
  #tell({ obj, stage }: Running, ending: Ending, log: Logger): void {
    if (!('error' in ending)) return log.debug({ stage, ending }, 'pass ended')
    const { reason, message, error } = ending
    const about = { stage, reason, err: error }
    if (ending.type === 'stall') log.error(about, `stalled: ${message}`)
    else log.warn(about, `failed, will be tried again: ${message}`)
    const note = message || reason
    this.#o.events.record({ kind: this.kind, obj }, { type: 'Warning', reason, note })
  }

  #logOf({ metadata }: KubeObject): Logger {
    const { name, namespace, uid, generation } = metadata
    return this.#o.log.child({ kind: this.kind.kind, ns: namespace, name, uid, generation })
  }

  #observeStart(): (result: string) => void {
    const { metrics, clock } = this.#o
    const labels = { controller: this.name }
    const startedAt = clock.monotonic()
    metrics.reconcileActive.inc(labels)
    return (result) => {
      metrics.reconcileActive.dec(labels)
      metrics.reconciles.inc({ ...labels, result })
      metrics.reconcileSeconds.observe(labels, (clock.monotonic() - startedAt) / 1000)
    }
  }

  #createQueue(): WorkQueue {
    const { metrics, clock } = this.#o
    const labels = { name: this.name }
    return new WorkQueue({
      clock,
      backoff: { ...defaultBackoff, ...this.#definition.options.retry },
      events: {
        added: (depth) => {
          metrics.queueAdds.inc(labels)
          metrics.queueDepth.set(labels, depth)
        },
        taken: (depth, waitedMs) => {
          metrics.queueDepth.set(labels, depth)
          metrics.queueWait.observe(labels, waitedMs / 1000)
        },
        retried: () => metrics.queueRetries.inc(labels),
      },
    })
  }
}

const failed = (error: unknown): PassResult => ({
  ending: endingOf(error),
  lookAgainMs: Number.POSITIVE_INFINITY,
})
