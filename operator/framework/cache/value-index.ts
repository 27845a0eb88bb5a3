// An index of values: what a function makes of each object, by key, without a request. Kept by the cache's
// changes, so it is current before any handler hears of them.
import type { Logger } from 'pino'
import { Permanent } from '../controller/outcome.ts'
import { digest } from '../handlers/essence.ts'
import { isFor } from '../handlers/filters.ts'
import type { Filters } from '../handlers/options.ts'
import { keyOf, keyText, type KubeObject } from '../kube/objects.ts'
import type { Cache, Change } from './cache.ts'

export interface ValueIndex<K, V> extends Iterable<[K, readonly V[]]> {
  /** Of all objects that have the key; none when there is no such key. */
  get(key: K): readonly V[]
  has(key: K): boolean
  keys(): K[]
  readonly size: number
}

/**
 * undefined keeps what the object had before, and so does an error; nothing is tried again. Permanent takes the object out
 * for good.
 */
export type IndexValues<Obj, K, V> = (obj: Obj) => Iterable<readonly [K, V]> | undefined

export type IndexOptions<S, T> = Pick<
  Filters<S, T>,
  'labels' | 'annotations' | 'field' | 'value' | 'when'
> & {
  /** What an error means: what was known stays (ignored, the default), or the object is out (permanent). */
  errors?: 'ignored' | 'permanent'
}

type Place<K, V> = { key: K; values: Map<string, V[]> }

export function valueIndex<S, T, R, K, V>(
  cache: Cache<KubeObject<S, T, R>>,
  by: IndexValues<KubeObject<S, T, R>, K, V>,
  o: IndexOptions<S, T> & { log: Logger },
): ValueIndex<K, V> {
  const places = new Places<K, V>()
  const excluded = new Set<string>()
  const take = (text: string, obj: KubeObject<S, T, R>) => {
    try {
      const pairs = by(obj)
      if (pairs) places.put(text, [...pairs])
    } catch (error) {
      o.log.warn({ err: error, name: obj.metadata.name }, 'an index function threw')
      if (!(error instanceof Permanent) && o.errors !== 'permanent') return
      excluded.add(obj.metadata.uid)
      places.remove(text)
    }
  }
  cache.onChange(({ type, obj }: Change<KubeObject<S, T, R>>) => {
    const text = keyText(keyOf(obj))
    if (type === 'deleted') {
      excluded.delete(obj.metadata.uid)
      places.remove(text)
    } else if (excluded.has(obj.metadata.uid) || !isFor(o, seen(obj, o.log))) places.remove(text)
    else take(text, obj)
  })
  return places
}

class Places<K, V> implements ValueIndex<K, V> {
  readonly #places = new Map<unknown, Place<K, V>>()
  readonly #held = new Map<string, unknown[]>()

  put(text: string, pairs: (readonly [K, V])[]): void {
    this.remove(text)
    this.#held.set(
      text,
      pairs.map(([key]) => idOf(key)),
    )
    for (const [key, value] of pairs) {
      const place: Place<K, V> = this.#places.get(idOf(key)) ?? { key, values: new Map() }
      this.#places.set(idOf(key), place)
      place.values.set(text, [...(place.values.get(text) ?? []), value])
    }
  }

  remove(text: string): void {
    for (const id of this.#held.get(text) ?? []) {
      const place = this.#places.get(id)
      place?.values.delete(text)
      if (place?.values.size === 0) this.#places.delete(id)
    }
    this.#held.delete(text)
  }

  get(key: K): readonly V[] {
    return valuesOf(this.#places.get(idOf(key)))
  }

  has(key: K): boolean {
    return this.#places.has(idOf(key))
  }

  keys(): K[] {
    return [...this.#places.values()].map(({ key }) => key)
  }

  get size(): number {
    return this.#places.size
  }

  *[Symbol.iterator](): Iterator<[K, readonly V[]]> {
    for (const place of this.#places.values()) yield [place.key, valuesOf(place)]
  }
}

const valuesOf = <K, V>(place: Place<K, V> | undefined): V[] =>
  [...(place?.values.values() ?? [])].flat()

/** Two keys of the same content are one key. */
const idOf = (key: unknown): unknown =>
  typeof key === 'object' && key !== null ? `\0${digest(key)}` : key

const seen = (obj: KubeObject, log: Logger) => ({
  obj,
  log,
  memo: {},
  reason: undefined,
  old: undefined,
  new: undefined,
  diff: [],
})
