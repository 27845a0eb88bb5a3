// Lists in pages, all of one snapshot.
import type { KubeObject } from '../../index.ts'
import { Refusal } from './refusal.ts'

export class Paging {
  readonly #rest = new Map<string, { items: KubeObject[]; version: string }>()
  #next = 0

  page(o: {
    all: () => KubeObject[]
    version: () => string
    limit: number
    token: string | null
  }): { items: KubeObject[]; version: string; token?: string } {
    const from = o.token ? this.#rest.get(o.token) : { items: o.all(), version: o.version() }
    if (!from) throw new Refusal(410, 'Expired', 'the provided continue parameter is too old')
    const items = o.limit > 0 ? from.items.slice(0, o.limit) : from.items
    const left = from.items.slice(items.length)
    if (left.length === 0) return { items, version: from.version }
    const token = `page-${(this.#next += 1)}`
    this.#rest.set(token, { items: left, version: from.version })
    return { items, version: from.version, token }
  }

  expire(): void {
    this.#rest.clear()
  }
}
