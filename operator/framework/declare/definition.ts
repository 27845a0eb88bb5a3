// What a ControllerBuilder gathers and a Controller runs.
import type { Change } from '../cache/cache.ts'
import type { RunContext } from '../context/run-context.ts'
import type { Outcome } from '../controller/outcome.ts'
import type { Entry } from '../handlers/entry.ts'
import type { Candidate } from '../handlers/options.ts'
import type { Kind } from '../kube/kinds.ts'
import type { Key, KubeObject } from '../kube/objects.ts'
import type { TaskEntry } from '../tasks/task.ts'
import type { AdmissionEntry } from '../webhook/admission.ts'
import type { ReconcileOptions, Where } from './builder.ts'

export type AnyHandler = (context: RunContext) => Promise<Outcome>

export type Relation = {
  kind: Kind
  where: Where
  /** Which of our objects a change of the other one concerns. */
  keys: (obj: KubeObject) => Iterable<Key>
}

export type Observer = (change: Change<KubeObject>, candidate: () => Candidate) => void

export type Definition = {
  readonly kind: Kind
  readonly where: Where
  reconcile?: AnyHandler
  finalize?: AnyHandler
  /** Of finalize, handlers of deletion and daemons that hold the object: one for all of them. */
  finalizer?: string
  readonly options: ReconcileOptions
  readonly relations: Relation[]
  /** Handlers of changes, in the order of their declaration. */
  readonly handlers: Entry[]
  readonly tasks: TaskEntry[]
  /** Who besides finalize wants the finalizer on an object. */
  readonly holders: ((context: RunContext) => boolean)[]
  readonly admission: AdmissionEntry[]
  readonly observers: Observer[]
}
