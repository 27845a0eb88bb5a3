// What a handler gets: the object, and everything it may do about it. Writes of status, conditions and
// events are collected and done once, by the controller, after the handler ended.
import type { Logger } from 'pino'
import type { Kind } from '../kube/kinds.ts'
import type { Kube } from '../kube/kube.ts'
import type { Key, KubeObject, Manifest } from '../kube/objects.ts'
import type { Said } from '../status/conditions.ts'

export type StatusPatch<T> = { [Field in keyof T]?: T[Field] | undefined }

export type ApplyChildOptions = {
  /** Sets the controller owner reference; true by default. */
  own?: boolean
  /** Names a group of children for prune(). */
  set?: string
}

/** In memory, for all handlers of one object; gone with the object or the process. */
export type Memo = Record<string, unknown>

export interface Context<S = unknown, T = unknown> {
  readonly obj: KubeObject<S, T>
  readonly key: Key
  /** Aborted with an Interrupt: deadline, superseded, deleted, lease-lost or shutdown. */
  readonly signal: AbortSignal
  /** Failed attempts in a row before this one. */
  readonly attempt: number
  /** True the first time this process sees the object. */
  readonly first: boolean
  readonly log: Logger
  readonly memo: Memo
  readonly kube: Kube
  now(): Date
  /** Collected; one server-side apply of the status per reconcile, none when nothing changed; undefined removes a field. */
  status(patch: StatusPatch<T>): void
  condition(type: string, status: boolean | 'Unknown', reason: string, said?: string | Said): void
  event(type: 'Normal' | 'Warning', reason: string, note: string): void
  /** From the cache when the operator runs one for the kind (it sees own writes), else from the API. */
  get<CS, CT, CR>(kind: Kind<CS, CT, CR>, key: Key): Promise<KubeObject<CS, CT, CR> | undefined>
  /** Server-side apply, owned by the object unless told otherwise. */
  apply<CS, CT, CR>(
    kind: Kind<CS, CT, CR>,
    obj: Manifest,
    o?: ApplyChildOptions,
  ): Promise<KubeObject<CS, CT, CR>>
  /** Deletes the owned objects of the set that this reconcile did not apply. */
  prune(set: string): Promise<void>
  /** Reconciles the key (this object by default) once more after this run. */
  wake(key?: Key): void
  /** Reconciles this object again within this time, however this run ends. */
  lookAgainWithin(ms: number): void
}
