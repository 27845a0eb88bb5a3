// Which object or collection a path means.
import { core, type Kind } from '../../index.ts'
import { Refusal } from './refusal.ts'
import type { Place } from './resources.ts'

export class Routes {
  readonly #kinds = new Map<string, Kind>()

  constructor(custom: Kind[]) {
    this.add([...Object.values(core), ...custom] as Kind[])
  }

  add(kinds: readonly Kind[]): void {
    for (const kind of kinds) this.#kinds.set(`${kind.group}/${kind.version}/${kind.plural}`, kind)
  }

  all(): Iterable<Kind> {
    return this.#kinds.values()
  }

  place(path: string): Place {
    const [, root, ...rest] = path.split('/').map(decodeURIComponent)
    const [group, version] = root === 'api' ? ['', rest.shift()] : [rest.shift(), rest.shift()]
    const namespaced = rest[0] === 'namespaces' && rest.length > 2
    const namespace = namespaced ? (rest[1] ?? '') : ''
    const [plural = '', name = '', subresource = ''] = namespaced ? rest.slice(2) : rest
    const kind = this.#kinds.get(`${group}/${version}/${plural}`)
    if (!kind)
      throw new Refusal(404, 'NotFound', `the server could not find the requested resource`)
    return { kind, namespace, name, subresource }
  }
}
