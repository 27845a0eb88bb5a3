// Reconciles the objects of one kind: what changed goes into the queue, workers take keys out of it, and
// how a pass ended decides when the key comes back.
import type { Logger } from 'pino'
import type { Change } from '../cache/cache.ts'
import { seeingOwnWrites } from '../cache/own-writes.ts'
import type { SharedCache, SharedCaches } from '../cache/shared-caches.ts'
import type { Clock } from '../clock.ts'
import { kindText, type Kind } from '../kube/kinds.ts'
import type { Kube } from '../kube/kube.ts'
import type { Candidate } from '../handlers/options.ts'
import { keyOf, keyText, parseKey, type Key, type KubeObject } from '../kube/objects.ts'
import type { Metrics } from '../metrics.ts'
import { WorkQueue } from '../work-queue.ts'
import { endingOf, type Ending } from '../status/conditions.ts'
import type { Where } from '../declare/builder.ts'
import type { Definition } from '../declare/definition.ts'
import { isOfStatus } from '../handlers/essence.ts'
import { Handlers } from '../handlers/handling.ts'
import { roomFor, stateIn } from '../handlers/state-store.ts'
import { Background } from '../tasks/background.ts'
import type { Memo } from '../context/context.ts'
import type { EventRecorder } from '../context/event-recorder.ts'
import type { InterruptCause } from './interrupt.ts'
import { Ledger } from './ledger.ts'
import { Contexts } from './contexts.ts'
import { pass, type PassResult } from './pass.ts'
import { interruptedByOthers, Run } from './run.ts'
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
  memo: Memo
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
  readonly #contexts: Contexts
  readonly #handlers: Handlers | undefined
  readonly #background: Background | undefined
  readonly #lingers: boolean
  readonly #watchesStatus: boolean
  #unsubscribe: (() => void)[] = []

  constructor(definition: Definition, o: ControllerOptions) {
    this.#definition = definition
    this.#o = o
    this.name = kindText(definition.kind)
    this.#cache = o.caches.of(definition.kind, definition.where)
    for (const { kind, where } of definition.relations) o.caches.of(kind, where)
    this.queue = this.#createQueue()
    this.#contexts = this.#createContexts()
    const { handlers, tasks, options, finalizer } = definition
    const hasHandlers = handlers.length > 0
    this.#ledger = new Ledger(this.queue, { clock: o.clock, options, finalizer, hasHandlers })
    this.#handlers = hasHandlers ? this.#createHandlers() : undefined
    this.#background = tasks.length > 0 ? this.#createBackground() : undefined
    this.#watchesStatus = handlers.some(({ field }) => field && isOfStatus(field))
    this.#lingers = handlers.some(({ options: { optional, deleted } }) => optional || deleted)
  }

  get where(): Where {
    return this.#definition.where
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
  wake(key: Key, afterMs = 0): void {
    this.#ledger.lookAgainWithin(keyText(key), afterMs)
  }

  /** Takes nothing more; resolves when no handler runs. */
  drain(): Promise<void> {
    for (const end of this.#unsubscribe) end()
    return this.queue.close()
  }

  /** Resolves when no daemon and no timer runs. */
  async stopTasks(cause: InterruptCause): Promise<void> {
    await this.#background?.stopAll(cause)
  }

  interruptAll(cause: InterruptCause): void {
    for (const { run } of this.#running.values()) run.interrupt(cause)
  }

  #own(change: Change<KubeObject>): void {
    const key = keyOf(change.obj)
    for (const observe of this.#definition.observers) this.#observe(observe, change)
    if (change.type === 'deleted') this.#background?.gone(change.obj)
    else this.#background?.see(change.obj)
    this.#interruptStale(change, keyText(key))
    const { finalizer, options } = this.#definition
    const { statusChanges } = options
    if (isWorthwhile(change, { finalizer, statusChanges })) this.#wakeFor(change, key)
  }

  /** An observer that throws must not keep the change from the handlers. */
  #observe(observe: Definition['observers'][number], change: Change<KubeObject>): void {
    try {
      observe(change, () => this.#candidate(change.obj))
    } catch (error) {
      this.#contexts.logOf(change.obj).error({ err: error }, 'an observer threw')
    }
  }

  /** For what a run wrote itself the key does not come again, but for handlers of the status. */
  #wakeFor(change: Change<KubeObject>, key: Key): void {
    const text = keyText(key)
    const isOwn = change.origin?.writer === this && change.origin.key === text
    if (isOwn && !this.#watchesStatus) return
    if (!isOwn) this.#ledger.touch(text)
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
    const log = this.#contexts.logOf(obj)
    const stage = stageOf(obj, this.#definition.finalizer, this.#lingers)
    const running = { run, obj, stage }
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
      if (result.own) this.#tell(running, result.own, log)
      this.#ledger.close(text, obj, result)
    }
  }

  #pass(text: string, { run, obj, stage }: Running, log: Logger): Promise<PassResult> {
    const { caches, assertAllowed, clock, name } = this.#o
    const kube = seeingOwnWrites(this.#o.kube, {
      caches,
      assertAllowed,
      origin: { writer: this, key: text },
    })
    const [first, attempt] = [this.#ledger.isFirst(text), this.queue.failures(text)]
    const of = { kube, log, signal: run.signal, first, attempt }
    return pass({
      definition: this.#definition,
      obj,
      stage,
      run,
      kube,
      clock,
      deadlineMs: this.#deadlineMs,
      fieldManager: name,
      contextOf: (current) => this.#contexts.ofRun({ ...of, obj: current }),
      latest: () => this.#cache.get(parseKey(text)),
      judge: (ending) => this.#ledger.judge(text, ending),
      onStatusWrite: () => this.#countStatusWrite(),
      handlers: this.#handlers,
      waiting: this.#ledger.waiting(text, obj),
      isQuiet: () => this.#background?.isQuiet(obj) ?? true,
    })
  }

  #forget(text: string): void {
    const uid = this.#ledger.forget(text)
    this.#contexts.forget(text, uid)
    if (uid) this.#handlers?.forget(uid)
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

  get #deadlineMs(): number {
    return this.#definition.options.deadlineMs ?? defaultDeadlineMs
  }

  get #backoff() {
    return { ...defaultBackoff, ...this.#definition.options.retry }
  }

  #countStatusWrite(): void {
    this.#o.metrics.statusWrites.inc({ controller: this.name })
  }

  #candidate(obj: KubeObject): Candidate {
    const [memo, log] = [this.#contexts.memoOf(obj), this.#contexts.logOf(obj)]
    return { obj, memo, log, reason: undefined, old: undefined, new: undefined, diff: [] }
  }

  #createContexts(): Contexts {
    const { kind, relations } = this.#definition
    return new Contexts({
      ...this.#o,
      kind,
      childKinds: new Set(relations.map((relation) => relation.kind)),
      latest: (key) => this.#cache.get(key),
      wake: (key) => this.wake(key),
      lookAgain: (key, ms) => this.#ledger.lookAgainWithin(keyText(key), ms),
      onStatusWrite: () => this.#countStatusWrite(),
    })
  }

  #createHandlers(): Handlers {
    const { handlers, options } = this.#definition
    const where = { fieldManager: this.#o.name, keep: options.keep }
    return new Handlers(handlers, {
      backoff: this.#backoff,
      deadlineMs: this.#deadlineMs,
      stateIn: (obj) => stateIn(obj, where),
      roomFor: (obj) => roomFor(obj, where),
    })
  }

  #createBackground(): Background {
    return new Background(this.#definition.tasks, {
      clock: this.#o.clock,
      deadlineMs: this.#deadlineMs,
      logOf: (obj) => this.#contexts.logOf(obj),
      memoOf: (obj) => this.#contexts.memoOf(obj),
      contextOf: (of) => this.#contexts.ofTask(of),
      onQuiet: ({ metadata }) => this.queue.add(keyText(metadata)),
    })
  }

  #createQueue(): WorkQueue {
    const { metrics, clock } = this.#o
    const labels = { name: this.name }
    return new WorkQueue({
      clock,
      backoff: this.#backoff,
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

function failed(error: unknown): PassResult {
  const ending = endingOf(error)
  return { ending, own: ending, turn: 'taken', dueMs: Number.POSITIVE_INFINITY }
}
