// What a ControllerBuilder gathers and a Controller runs.
import type { Kind } from '../kube/kinds.ts'
import type { Key, KubeObject } from '../kube/objects.ts'
import type { Change } from '../cache/cache.ts'
import type { ReconcileOptions, Where } from './builder.ts'
import type { Outcome } from '../controller/outcome.ts'
import type { RunContext } from '../context/run-context.ts'

export type AnyHandler = (context: RunContext) => Promise<Outcome>

/** A part of the reconcile made by kopf's sugar; what it keeps in memory is dropped with the object. */
export type Part = {
  run(context: RunContext): Promise<Outcome | void>
  forget?(uid: string): void
}

export type Relation = {
  kind: Kind
  where: Where
  /** Which of our objects a change of the other one concerns. */
  keys: (obj: KubeObject) => Iterable<Key>
}

export type Definition = {
  readonly kind: Kind
  readonly where: Where
  reconcile?: AnyHandler
  finalize?: { finalizer: string; handler: AnyHandler }
  readonly options: ReconcileOptions
  readonly relations: Relation[]
  readonly parts: Part[]
  readonly observers: ((change: Change<KubeObject>) => void)[]
}
