// The objects a reflector knows, by key and by index. Takes what is newer, ignores what is older (the
// echo of an own write), and says what changed. A new uid under an old name is a deletion and an addition.
import { keyOf, keyText, type Key, type KubeObject } from '../kube/objects.ts'
import type { Change, Listener, Origin } from './cache.ts'
import { indexOf, type Index, type IndexBy } from './indexes.ts'
import { isNewer } from './versions.ts'

export class Store<Obj extends KubeObject = KubeObject> {
  readonly #objects = new Map<string, Obj>()
  readonly #indexes = new Map<string, Index<Obj>>()
  readonly #listeners = new Set<Listener<Obj>>()
  /** Keys deleted by ourselves, of which the watch has not told yet. */
  readonly #doubted = new Set<string>()
  readonly #report: (error: unknown) => void
  readonly #trim: (obj: KubeObject) => void
  readonly #accepts: (obj: KubeObject) => boolean
  #listedAt = '0'
  #filled = false

  /**
   * `report` is told of listeners and index functions that throw: they must not stop the watch. `trim` takes out of an object
   * what is not to be kept; what it does not accept is as if it were not there.
   */
  constructor(
    report: (error: unknown) => void,
    trim: (obj: KubeObject) => void = () => {},
    accepts: (obj: KubeObject) => boolean = () => true,
  ) {
    this.#report = report
    this.#trim = trim
    this.#accepts = accepts
  }

  get size(): number {
    return this.#objects.size
  }

  get(key: Key): Obj | undefined {
    return this.#objects.get(keyText(key))
  }

  list(): Obj[] {
    return [...this.#objects.values()]
  }

  by(index: string, value: string): Obj[] {
    const found = this.#indexes.get(index)
    if (!found) throw new Error(`no index "${index}"`)
    return [...found.keys(value)].flatMap((text) => this.#objects.get(text) ?? [])
  }

  addIndex(name: string, by: IndexBy<Obj>): void {
    if (this.#indexes.has(name)) throw new Error(`index "${name}" exists`)
    const index = indexOf(by)
    for (const [text, obj] of this.#objects) this.#guard(() => index.put(text, obj))
    this.#indexes.set(name, index)
  }

  onChange(listener: Listener<Obj>): () => void {
    this.#listeners.add(listener)
    for (const obj of this.list())
      this.#guard(() => listener({ type: 'added', obj, initial: true }))
    return () => this.#listeners.delete(listener)
  }

  /** The answer of a list: what is missing in it was deleted while nobody watched. */
  replace(objects: Obj[], listedAt: string): void {
    const rewound = isNewer(this.#listedAt, listedAt) // restored from a backup: older versions are the truth
    const listed = new Set(objects.map((obj) => keyText(keyOf(obj))))
    for (const [text, obj] of this.#objects) {
      const writtenSince = !rewound && isNewer(obj.metadata.resourceVersion, listedAt)
      if (rewound || (!listed.has(text) && !writtenSince)) this.#drop(text, obj)
    }
    this.#listedAt = listedAt
    for (const obj of objects) this.put(obj)
    this.#filled = true
  }

  put(obj: Obj, origin?: Origin): void {
    if (!this.#accepts(obj)) return
    const text = keyText(keyOf(obj))
    const was = this.#objects.get(text)
    if (was && !isNewer(obj.metadata.resourceVersion, was.metadata.resourceVersion)) return
    this.#guard(() => this.#trim(obj))
    this.#doubted.delete(text)
    const replaced = was !== undefined && was.metadata.uid !== obj.metadata.uid
    if (replaced) this.#drop(text, was)
    this.#objects.set(text, obj)
    for (const index of this.#indexes.values()) this.#guard(() => index.put(text, obj))
    this.#tell(
      was && !replaced
        ? { type: 'changed', obj, was, origin }
        : { type: 'added', obj, initial: !this.#filled, origin },
    )
  }

  /** The answer to an own write. The watch may have been faster: what it has passed and is not here has been deleted. */
  learn(obj: Obj, origin?: Origin): void {
    const isPassed = !isNewer(obj.metadata.resourceVersion, this.#listedAt)
    if (isPassed && !this.get(keyOf(obj))) return
    this.put(obj, origin)
  }

  remove(obj: Obj): void {
    const text = keyText(keyOf(obj))
    this.#doubted.delete(text)
    if (this.#objects.get(text)?.metadata.uid === obj.metadata.uid) this.#drop(text, obj)
  }

  /** Where the watch has got to. */
  reached(resourceVersion: string): void {
    this.#listedAt = resourceVersion
  }

  doubt(key: Key): void {
    this.#doubted.add(keyText(key))
  }

  doubts(key: Key): boolean {
    return this.#doubted.has(keyText(key))
  }

  #drop(text: string, obj: Obj): void {
    this.#objects.delete(text)
    for (const index of this.#indexes.values()) index.remove(text)
    this.#tell({ type: 'deleted', obj })
  }

  #tell(change: Change<Obj>): void {
    for (const listener of this.#listeners) this.#guard(() => listener(change))
  }

  #guard(call: () => void): void {
    try {
      call()
    } catch (error) {
      this.#report(error)
    }
  }
}
