// A cache as its users see it: what the reflector knows of a kind, and word of every change.
import type { Key, KubeObject } from '../kube/objects.ts'

/** Who wrote a version of an object that this process learned of from its own write. */
export type Origin = { readonly writer: unknown; readonly key: string }

export type Change<Obj> =
  | { type: 'added'; obj: Obj; initial: boolean; origin?: Origin | undefined }
  | { type: 'changed'; obj: Obj; was: Obj; origin?: Origin | undefined }
  | { type: 'deleted'; obj: Obj; origin?: undefined }

export type Listener<Obj> = (change: Change<Obj>) => void

export interface Cache<Obj = KubeObject> {
  get(key: Key): Obj | undefined
  list(): Obj[]
  /** Objects under a value of an index made with addIndex. */
  by(index: string, value: string): Obj[]
  addIndex(name: string, by: (obj: Obj) => string | Iterable<string> | undefined): void
  /** Returns what ends it. */
  onChange(listener: Listener<Obj>): () => void
  /** Resolves when the first list is in. */
  synced(): Promise<void>
}
