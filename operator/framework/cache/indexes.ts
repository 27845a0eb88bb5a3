// An index of a store: which keys have a value. Derived from the objects, so it cannot go stale.

export type IndexBy<Obj> = (obj: Obj) => string | Iterable<string> | undefined

export type Index<Obj> = {
  keys(value: string): Iterable<string>
  put(key: string, obj: Obj): void
  remove(key: string): void
}

export function indexOf<Obj>(by: IndexBy<Obj>): Index<Obj> {
  const keysByValue = new Map<string, Set<string>>()
  const valuesByKey = new Map<string, string[]>()
  const remove = (key: string) => {
    for (const value of valuesByKey.get(key) ?? []) {
      const keys = keysByValue.get(value)
      keys?.delete(key)
      if (keys?.size === 0) keysByValue.delete(value)
    }
    valuesByKey.delete(key)
  }
  return {
    keys: (value) => keysByValue.get(value) ?? [],
    put(key, obj) {
      remove(key)
      const found = by(obj) ?? []
      const values = typeof found === 'string' ? [found] : [...found]
      valuesByKey.set(key, values)
      for (const value of values) {
        const keys = keysByValue.get(value) ?? new Set()
        keysByValue.set(value, keys.add(key))
      }
    },
    remove,
  }
}
