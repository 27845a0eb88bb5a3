// How a controller is declared: `operator.for(kind).reconcile(...).finalize(...).owns(...)`.
import type { Scope } from '../cache/reflector.ts'
import type { Kind } from '../kube/kinds.ts'
import type { Key, KubeObject } from '../kube/objects.ts'
import type { Logger } from 'pino'
import type { Context, Memo } from '../context/context.ts'
import type { Outcome } from '../controller/outcome.ts'
import type { ChangeContext } from '../handlers/handler-context.ts'
import type {
  DaemonOptions,
  DeletionOptions,
  Filters,
  HandlerOptions,
  ResumeOptions,
  TimerOptions,
} from '../handlers/options.ts'
import type { AdmissionHandler, AdmissionOptions } from '../webhook/admission.ts'
import type { TaskContext } from '../tasks/live-context.ts'

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
  /**
   * Where the state of handlers of changes stands: in an annotation, or in `status.handled`, a string that the kind's
   * schema must have; then it costs no write of its own. An annotation by default.
   */
  keep?: 'annotation' | 'status'
}

export type ChangeHandler<S, T> = (context: ChangeContext<S, T>) => Promise<Outcome | void>

export type FieldHandler<S, T, Value> = (
  context: ChangeContext<S, T>,
  was: Value | undefined,
  now: Value,
) => Promise<Outcome | void>

export type TaskHandler<S, T> = (context: TaskContext<S, T>) => Promise<Outcome | void>

export type Observer<S, T> = (event: {
  type: 'added' | 'changed' | 'deleted'
  obj: KubeObject<S, T>
  memo: Memo
  log: Logger
}) => void

export interface ControllerBuilder<S, T> {
  reconcile(handler: Handler<S, T>, o?: ReconcileOptions): this
  /** How it is run, where there is no reconcile. */
  options(o: ReconcileOptions): this
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
  /** Once in an object's life. */
  onCreate(handler: ChangeHandler<S, T>, o?: HandlerOptions<S, T>): this
  /** For every change since it was called last, those while the operator was down too. */
  onUpdate(handler: ChangeHandler<S, T>, o?: HandlerOptions<S, T>): this
  /** Before the object goes. Fails closed: one that fails for good keeps it. */
  onDelete(handler: ChangeHandler<S, T>, o?: DeletionOptions<S, T>): this
  /** Once in each process, for objects that an earlier one has handled. */
  onResume(handler: ChangeHandler<S, T>, o?: ResumeOptions<S, T>): this
  /** For a field: when it is there at creation, and whenever it changes. */
  onField<Value = unknown>(
    field: string | readonly string[] | ((obj: KubeObject<S, T>) => Value),
    handler: FieldHandler<S, T, Value>,
    o?: Omit<HandlerOptions<S, T>, 'field'>,
  ): this
  /** Asked before an object is written; the operator's `admission` says where it is served. */
  validate(handler: AdmissionHandler<S, T>, o?: AdmissionOptions<S, T>): this
  /** The same, and it may change the object. */
  mutate(handler: AdmissionHandler<S, T>, o?: AdmissionOptions<S, T>): this
  /** Told of every change as it comes; what it throws is logged. */
  onEvent(
    observe: Observer<S, T>,
    o?: Pick<Filters<S, T>, 'labels' | 'annotations' | 'field' | 'value' | 'when'>,
  ): this
  /** Ticks beside the reconcile, whatever that does. */
  timer(handler: TaskHandler<S, T>, o: TimerOptions<S, T>): this
  /** Runs beside the object for as long as that is there. */
  daemon(handler: TaskHandler<S, T>, o?: DaemonOptions<S, T>): this
}
