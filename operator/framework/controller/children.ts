// The objects that an object owns: applied with an owner reference, never taken from somebody else, not
// applied again while they are as they were left, and pruned by set.
import { isDeepStrictEqual } from 'node:util'
import type { SharedCaches } from '../cache/shared-caches.ts'
import { apiVersionOf, kindText, type Kind } from '../kube/kinds.ts'
import type { Kube } from '../kube/kube.ts'
import {
  keyOf,
  keyText,
  type Key,
  type KubeObject,
  type Manifest,
  type OwnerReference,
} from '../kube/objects.ts'
import { controllerReference, isControlledBy } from '../kube/owner-reference.ts'
import type { ApplyChildOptions } from './context.ts'
import { Retry } from './outcome.ts'

export type ChildrenOptions = {
  kube: Kube
  caches: SharedCaches
  /** Field manager, and prefix of the labels that mark a set. */
  manager: string
  memory: AppliedMemory
}

/** What an object applied last for each of its children, so that an unchanged one costs no request. */
export type AppliedMemory = Map<string, { manifest: Manifest; left: unknown }>

type Owner = { kind: Kind; obj: KubeObject }

export class Children {
  readonly #o: ChildrenOptions
  readonly #owner: Owner
  readonly #signal: AbortSignal
  readonly #applied = new Map<string, Set<string>>()

  constructor(o: ChildrenOptions, owner: Owner, signal: AbortSignal) {
    this.#o = o
    this.#owner = owner
    this.#signal = signal
  }

  with(signal: AbortSignal): Children {
    return new Children(this.#o, this.#owner, signal)
  }

  async apply(kind: Kind, obj: Manifest, o: ApplyChildOptions = {}): Promise<KubeObject> {
    const manifest = this.#prepared(kind, obj, o)
    const key = keyOf(manifest)
    if (o.set) this.#remember(o.set, kind, key)
    const present = await this.get(kind, key)
    if (present && o.own !== false) this.#assertOwned(kind, present)
    const id = `${kindText(kind)} ${keyText(key)}`
    const before = this.#o.memory.get(id)
    if (present && before && isDeepStrictEqual(before, { manifest, left: footprint(present) }))
      return present
    const call = { fieldManager: this.#o.manager, force: true, signal: this.#signal }
    const applied = await this.#o.kube.apply(kind, manifest, call)
    this.#o.memory.set(id, { manifest, left: footprint(applied) })
    return applied
  }

  async get(kind: Kind, key: Key): Promise<KubeObject | undefined> {
    const cache = this.#o.caches.covering(kind, key)
    if (cache && !cache.store.doubts(key)) {
      await cache.synced()
      const found = cache.get(key)
      if (found || !cache.scope.labelSelector) return found
    }
    return this.#o.kube.get(kind, key.name, key.namespace, { signal: this.#signal })
  }

  /** `kinds` are those that members of the set may have had in earlier runs. */
  async prune(set: string, kinds: Iterable<Kind>): Promise<void> {
    const applied = this.#applied.get(set) ?? new Set()
    for (const kind of kinds) {
      const left = (await this.#members(kind, set)).filter(
        (obj) =>
          !applied.has(`${kindText(kind)} ${keyText(keyOf(obj))}`) &&
          !obj.metadata.deletionTimestamp,
      )
      for (const obj of left) await this.#remove(kind, obj)
    }
  }

  async #members(kind: Kind, set: string): Promise<KubeObject[]> {
    const place = this.#place(kind)
    const cache = this.#o.caches.covering(kind, { ...place, name: '' })
    if (cache && !cache.scope.labelSelector) {
      await cache.synced()
      const labels = Object.entries(this.#labels(set))
      const isMember = (obj: KubeObject) =>
        labels.every(([label, value]) => obj.metadata.labels?.[label] === value)
      return cache.list().filter(isMember)
    }
    const labelSelector = this.#selector(set)
    return (await this.#o.kube.list(kind, { ...place, labelSelector, signal: this.#signal })).items
  }

  async #remove(kind: Kind, obj: KubeObject): Promise<void> {
    this.#o.memory.delete(`${kindText(kind)} ${keyText(keyOf(obj))}`)
    await this.#o.kube.delete(kind, keyOf(obj), {
      preconditions: { uid: obj.metadata.uid },
      propagationPolicy: 'Background',
      signal: this.#signal,
    })
  }

  #prepared(kind: Kind, obj: Manifest, o: ApplyChildOptions): Manifest {
    const { namespace } = this.#owner.obj.metadata
    const ownerReferences = o.own === false ? obj.metadata.ownerReferences : [this.#reference()]
    const labels = { ...obj.metadata.labels, ...(o.set && this.#labels(o.set)) }
    return {
      ...obj,
      apiVersion: apiVersionOf(kind),
      kind: kind.kind,
      metadata: {
        ...obj.metadata,
        ...(kind.namespaced && namespace && { namespace: obj.metadata.namespace ?? namespace }),
        ...(ownerReferences && { ownerReferences }),
        ...(Object.keys(labels).length > 0 && { labels }),
      },
    }
  }

  #reference(): OwnerReference {
    const { kind, obj } = this.#owner
    return controllerReference({ ...obj.metadata, apiVersion: apiVersionOf(kind), kind: kind.kind })
  }

  #assertOwned(kind: Kind, obj: KubeObject): void {
    const { uid, name } = this.#owner.obj.metadata
    if (isControlledBy(obj, uid)) return
    const what = `${kind.kind} ${keyText(keyOf(obj))}`
    const message = `${what} exists and does not belong to ${this.#owner.kind.kind} ${name}; delete or rename it`
    throw new Retry('NotOwned', message)
  }

  #remember(set: string, kind: Kind, key: Key): void {
    const members = this.#applied.get(set) ?? new Set()
    this.#applied.set(set, members.add(`${kindText(kind)} ${keyText(key)}`))
  }

  #place(kind: Kind): { namespace?: string } {
    const { namespace } = this.#owner.obj.metadata
    return kind.namespaced && namespace ? { namespace } : {}
  }

  #labels = (set: string): Record<string, string> => ({
    [`${this.#o.manager}/set`]: set,
    [`${this.#o.manager}/owner`]: this.#owner.obj.metadata.uid,
  })

  #selector = (set: string): string =>
    Object.entries(this.#labels(set))
      .map(([label, value]) => `${label}=${value}`)
      .join(',')
}

/** What tells that somebody changed a child since we applied it. Its status may change as it likes. */
function footprint({ metadata, ...rest }: KubeObject): unknown {
  const { uid, generation, resourceVersion, labels, annotations, ownerReferences } = metadata
  const content = generation ?? resourceVersion
  return { uid, content, labels, annotations, ownerReferences, kind: rest.kind }
}
