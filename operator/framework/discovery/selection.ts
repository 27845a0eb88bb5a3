// Controllers for kinds that are selected by what the API server serves: at the start, and whenever a
// definition comes. One whose definition goes keeps asking for it, as a controller of a declared kind does.
import type { Logger } from 'pino'
import type { SharedCaches } from '../cache/shared-caches.ts'
import { delay, type Clock } from '../clock.ts'
import type { ControllerBuilder, Where } from '../declare/builder.ts'
import type { Definition } from '../declare/definition.ts'
import { core, kindText, type Kind } from '../kube/kinds.ts'
import type { Kube } from '../kube/kube.ts'
import { discover, selected, type Selector } from './resources.ts'

export type DeclareEach = (builder: ControllerBuilder<unknown, unknown>, kind: Kind) => void

export type Each = { selector: Selector; declare: DeclareEach; where: Where }

type Declared = { definition: Definition }

type SelectionOptions = { kube: Kube; log: Logger; clock: Clock; caches: SharedCaches }

const retryMs = 5_000
/** A definition is served a moment after it is established. */
const settleMs = 1_000

export class Selection {
  readonly #o: SelectionOptions
  readonly #declare: (kind: Kind, each: Each) => Declared | undefined
  readonly #each: Each[] = []
  readonly #known = new Set<string>()

  constructor(o: SelectionOptions, declare: (kind: Kind, each: Each) => Declared | undefined) {
    this.#o = o
    this.#declare = declare
  }

  add(each: Each): void {
    this.#each.push(each)
    this.#o.caches.of(core.crd)
  }

  /** Resolves when what is served now is declared. */
  async begin(signal: AbortSignal): Promise<void> {
    while (this.#each.length > 0 && !signal.aborted) {
      try {
        await this.#look()
        return
      } catch (error) {
        this.#o.log.warn({ err: error }, 'cannot tell what the API server serves; trying again')
        await delay(this.#o.clock, retryMs, signal).catch(() => undefined)
      }
    }
  }

  follow(join: (late: Declared) => void, signal: AbortSignal): void {
    if (this.#each.length === 0) return
    let isPlanned = false
    const look = async () => {
      await delay(this.#o.clock, settleMs, signal).catch(() => undefined)
      isPlanned = false
      if (signal.aborted) return
      for (const late of await this.#look()) join(late)
    }
    const end = this.#o.caches.of(core.crd).onChange(({ type }) => {
      if (type === 'deleted' || isPlanned) return
      isPlanned = true
      look().catch((error: unknown) =>
        this.#o.log.warn({ err: error }, 'cannot tell what the API server serves'),
      )
    })
    signal.addEventListener('abort', () => end(), { once: true })
  }

  async #look(): Promise<Declared[]> {
    const resources = await discover(
      this.#o.kube,
      this.#each.map(({ selector }) => selector),
    )
    const late: Declared[] = []
    for (const [at, each] of this.#each.entries()) {
      for (const kind of selected(each.selector, resources)) {
        const id = `${at} ${kindText(kind)}`
        if (this.#known.has(id)) continue
        this.#known.add(id)
        const declared = this.#declare(kind, each)
        if (declared) late.push(declared)
      }
    }
    return late
  }
}
