// How a controller is declared: `operator.for(kind).reconcile(...).finalize(...).owns(...)`.
import type { Scope } from '../cache/reflector.ts'
import type { Kind } from '../kube/kinds.ts'
import type { Key, KubeObject } from '../kube/objects.ts'
import type { Context } from '../context/context.ts'
import type { Outcome } from '../controller/outcome.ts'

export type Handler<S, T> = (context: Context<S, T>) => Promise<Outcome>

/** Which objects of a kind: those that its cache holds. */
export type Where = Scope

export type ReconcileOptions = {
  /** Objects handled at the same time; the operator's `workers` by default. */
  concurrency?: number
  /** Time limit of one run of a handler, 2 minutes by default. */
  deadlineMs?: number
  /** Reconcile everything now and then, 10 hours by default. */
  resync?: { everyMs: number; jitter?: number }
  /** Backoff of failures: 1 s doubling to 5 minutes, and Stalled after `budget` failures in a row (none by default). */
  retry?: { baseMs?: number; capMs?: number; budget?: number }
  /** What a change of the spec does to a running handler: abort its signal (default) or let it finish. */
  supersede?: 'abort' | 'finish'
  /** Whether Ready, Reconciling and Stalled are written; by default for every kind that Kubernetes does not bring. */
  conditions?: 'kstatus' | 'none'
  /** Whether a change of nothing but the status wakes the object, false by default for kinds with a generation. */
  statusChanges?: boolean
}

/** kopf's handlers: called for what happened, retried like any reconcile. */
export type ChangeHandler<S, T> = (context: Context<S, T>) => Promise<Outcome | void>

export type FieldHandler<S, T, Value> = (
  context: Context<S, T>,
  was: Value | undefined,
  now: Value,
) => Promise<Outcome | void>

export type Observer<S, T> = (event: {
  type: 'added' | 'changed' | 'deleted'
  obj: KubeObject<S, T>
}) => void

export type DaemonOptions = { restart?: 'never' | 'onError' | 'always'; restartAfterMs?: number }
export type TimerOptions = {
  everyMs: number
  jitter?: number
  initialDelayMs?: number
  idleMs?: number
}

export interface ControllerBuilder<S, T> {
  reconcile(handler: Handler<S, T>, o?: ReconcileOptions): this
  /** Fails closed: the finalizer leaves only when the handler returns `settled`. */
  finalize(finalizer: string, handler: Handler<S, T>): this
  /** Events of objects whose controller owner is one of ours wake the owner. */
  owns(kind: Kind, where?: Where): this
  watches<CS, CT, CR>(
    kind: Kind<CS, CT, CR>,
    map: (obj: KubeObject<CS, CT, CR>) => Iterable<Key>,
    where?: Where,
  ): this
  index(name: string, by: (obj: KubeObject<S, T>) => string | Iterable<string> | undefined): this
  onCreate(handler: ChangeHandler<S, T>): this
  onUpdate(handler: ChangeHandler<S, T>): this
  onDelete(finalizer: string, handler: Handler<S, T>): this
  onResume(handler: ChangeHandler<S, T>): this
  onField<Value>(select: (obj: KubeObject<S, T>) => Value, handler: FieldHandler<S, T, Value>): this
  /** Told of every change as it comes; what it throws is logged. */
  onEvent(observe: Observer<S, T>): this
  timer(handler: ChangeHandler<S, T>, o: TimerOptions): this
  daemon(handler: (context: Context<S, T>) => Promise<void>, o?: DaemonOptions): this
}
