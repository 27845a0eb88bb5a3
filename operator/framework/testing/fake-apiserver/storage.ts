// What etcd and the watch cache do: objects by path under one growing version, and the history of changes.
import type { KubeObject } from '../../index.ts'
import type { Owners } from './field-ownership.ts'

export type Stored = { obj: KubeObject; owners: Owners }
export type Recorded = { version: number; collection: string; was?: KubeObject; now?: KubeObject }

export class Storage {
  readonly #objects = new Map<string, Map<string, Stored>>()
  readonly #listeners = new Set<(change: Recorded) => void>()
  #history: Recorded[] = []
  #compactedAt = 0
  /** As large as in a real cluster, so that a version does not sort as text. */
  version = 998

  get(collection: string, key: string): Stored | undefined {
    return this.#objects.get(collection)?.get(key)
  }

  all(collection: string): KubeObject[] {
    const entries = [...(this.#objects.get(collection) ?? [])]
    return entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, { obj }]) => obj)
  }

  /** Stores under a new version; without `now`, removes. */
  write(collection: string, key: string, now: Stored | undefined): void {
    const objects = this.#objects.get(collection) ?? new Map<string, Stored>()
    this.#objects.set(collection, objects)
    const was = objects.get(key)?.obj
    this.version += 1
    const change: Recorded = { version: this.version, collection, ...(was && { was }) }
    if (now) {
      now.obj.metadata.resourceVersion = String(this.version)
      objects.set(key, now)
      change.now = now.obj
    } else objects.delete(key)
    this.#history.push(change)
    for (const listener of this.#listeners) listener(change)
  }

  /** undefined when that far back is forgotten. */
  since(version: number): Recorded[] | undefined {
    return version < this.#compactedAt
      ? undefined
      : this.#history.filter((change) => change.version > version)
  }

  compact(): void {
    this.#history = []
    this.#compactedAt = this.version
  }

  onChange(listener: (change: Recorded) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
