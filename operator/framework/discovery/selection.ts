// Controllers for kinds that are selected by what the API server serves: at the start, and whenever a
// definition comes. One whose definition goes keeps asking for it, as a controller of a declared kind does.
import type { Logger } from 'pino'
import type { SharedCaches } from '../cache/shared-caches.ts'
import { delay, type Clock } from '../clock.ts'
import type { ControllerBuilder, Where } from '../declare/builder.ts'
import type { Definition } from '../declare/definition.ts'
import { core, kindText, type Kind } from '../kube/kinds.ts'
import type { Kube } from '../kube/kube.ts'
import type { KubeObject } from '../kube/objects.ts'
import { WorkQueue } from '../work-queue.ts'
import { discover, isAsked, selected, type Resource, type Selector } from './resources.ts'

export type DeclareEach = (builder: ControllerBuilder<unknown, unknown>, kind: Kind) => void

export type Each = { selector: Selector; declare: DeclareEach; where: Where }

type Declared = { definition: Definition }

type SelectionOptions = { kube: Kube; log: Logger; clock: Clock; caches: SharedCaches }

type Looked = {
  late: Declared[]
  /** Nothing is missing of what the API server serves or is about to. */
  isWhole: boolean
}

const retryMs = 5_000
const backoff = { baseMs: retryMs, capMs: 300_000 }
/** There is one thing to do: look. */
const key = 'look'
/** A definition is served a moment after it is established. */
const settleMs = 1_000

export class Selection {
  readonly #o: SelectionOptions
  readonly #declare: (kind: Kind, each: Each) => Declared | undefined
  readonly #each: Each[] = []
  readonly #known = new Set<string>()
  #isWhole = true

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
        const { isWhole } = await this.#look()
        this.#isWhole = isWhole
        return
      } catch (error) {
        this.#o.log.warn({ err: error }, 'cannot tell what the API server serves; trying again')
        await delay(this.#o.clock, retryMs, signal).catch(() => undefined)
      }
    }
  }

  follow(join: (late: Declared) => void, signal: AbortSignal): void {
    if (this.#each.length === 0) return
    const queue = new WorkQueue({ clock: this.#o.clock, backoff })
    const end = this.#o.caches.of(core.crd).onChange(({ type }) => {
      if (type !== 'deleted') queue.addAfter(key, settleMs)
    })
    const stop = () => {
      end()
      void queue.close()
    }
    signal.addEventListener('abort', stop, { once: true })
    if (!this.#isWhole) queue.retry(key)
    void this.#follow(queue, join)
  }

  async #follow(queue: WorkQueue, join: (late: Declared) => void): Promise<void> {
    while (await queue.take()) {
      try {
        const { late, isWhole } = await this.#look()
        for (const each of late) join(each)
        if (isWhole) queue.succeeded(key)
        else queue.retry(key)
      } catch (error) {
        this.#o.log.warn({ err: error }, 'cannot tell what the API server serves; trying again')
        queue.retry(key)
      }
      queue.done(key)
    }
  }

  async #look(): Promise<Looked> {
    const selectors = this.#each.map(({ selector }) => selector)
    const { resources, isWhole } = await discover(this.#o.kube, selectors)
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
    const definitions = this.#o.caches.of(core.crd).list() as Custom[] // the API server's own format
    const isServed = definitions
      .filter(({ spec }) => isAsked(spec.group, selectors))
      .every((definition) => !isServedSoon(definition) || isAmong(resources, definition))
    return { late, isWhole: isWhole && isServed }
  }
}

type Custom = KubeObject<
  { group: string; names: { plural: string }; versions: { served: boolean }[] },
  { conditions?: { type: string; status: string }[] }
>

const isServedSoon = ({ spec, status }: Custom): boolean =>
  spec.versions.some(({ served }) => served) &&
  (status?.conditions ?? []).some(({ type, status: is }) => type === 'Established' && is === 'True')

const isAmong = (resources: readonly Resource[], { spec }: Custom): boolean =>
  resources.some(({ group, plural }) => group === spec.group && plural === spec.names.plural)
