// The Context of one run of a handler: reads through the caches, collects what is to be written after it.
import type { Logger } from 'pino'
import type { Kind } from '../kube/kinds.ts'
import type { Kube } from '../kube/kube.ts'
import type { Key, KubeObject, Manifest } from '../kube/objects.ts'
import { Children } from './children.ts'
import type { ConditionPatch, Said } from '../status/conditions.ts'
import type { ApplyChildOptions, Context, StatusPatch } from './context.ts'
import type { RecordedEvent } from './event-recorder.ts'
import type { Collected } from '../status/status.ts'

export type RunContextOptions = {
  obj: KubeObject
  key: Key
  signal: AbortSignal
  attempt: number
  first: boolean
  log: Logger
  kube: Kube
  now: () => Date
  children: Children
  /** Kinds that a set may have members of. */
  childKinds: Set<Kind>
  record: (event: RecordedEvent) => void
  wake: (key: Key) => void
}

export class RunContext implements Context<unknown, Record<string, unknown>> {
  readonly obj: KubeObject<unknown, Record<string, unknown>>
  readonly key: Key
  readonly signal: AbortSignal
  readonly attempt: number
  readonly first: boolean
  readonly log: Logger
  readonly kube: Kube
  readonly now: () => Date
  readonly collected: Collected = { fields: {}, conditions: [] }
  /** The soonest time a sugar handler wants the object to be looked at again. */
  lookAgainMs = Number.POSITIVE_INFINITY
  readonly #o: RunContextOptions

  constructor(o: RunContextOptions) {
    this.#o = o
    this.obj = o.obj as KubeObject<unknown, Record<string, unknown>> // a status is an object
    this.key = o.key
    this.signal = o.signal
    this.attempt = o.attempt
    this.first = o.first
    this.log = o.log
    this.kube = o.kube
    this.now = o.now
  }

  status(patch: StatusPatch<Record<string, unknown>>): void {
    Object.assign(this.collected.fields, patch)
  }

  condition(
    type: string,
    status: boolean | 'Unknown',
    reason: string,
    said: string | Said = '',
  ): void {
    const words = typeof said === 'string' ? { message: said } : said
    const patch: ConditionPatch = { type, status: statusText(status), reason, ...words }
    const { conditions } = this.collected
    const at = conditions.findIndex((known) => known.type === type)
    if (at < 0) conditions.push(patch)
    else conditions[at] = patch
  }

  event(type: 'Normal' | 'Warning', reason: string, note: string): void {
    this.#o.record({ type, reason, note })
  }

  async get<S, T, R>(kind: Kind<S, T, R>, key: Key): Promise<KubeObject<S, T, R> | undefined> {
    const found = await this.#o.children.get(kind, key)
    return found as KubeObject<S, T, R> | undefined // the kind says what it is
  }

  async apply<S, T, R>(
    kind: Kind<S, T, R>,
    obj: Manifest,
    o: ApplyChildOptions = {},
  ): Promise<KubeObject<S, T, R>> {
    this.signal.throwIfAborted()
    if (o.set) this.#o.childKinds.add(kind)
    const applied = await this.#o.children.apply(kind, obj, o)
    return applied as KubeObject<S, T, R> // the kind says what it is
  }

  async prune(set: string): Promise<void> {
    this.signal.throwIfAborted()
    await this.#o.children.prune(set, this.#o.childKinds)
  }

  lookAgainWithin(ms: number): void {
    this.lookAgainMs = Math.min(this.lookAgainMs, ms)
  }

  /** The same context for a task that outlives this run. */
  lasting(signal: AbortSignal): RunContext {
    return new RunContext({ ...this.#o, signal, children: this.#o.children.with(signal) })
  }

  wake(key: Key = this.key): void {
    this.#o.wake(key)
  }
}

const statusText = (status: boolean | 'Unknown') =>
  status === 'Unknown' ? status : status ? 'True' : 'False'
