// The Context of one run of a handler: reads through the caches, collects what is to be written after it.
import type { Logger } from 'pino'
import type { Kind } from '../kube/kinds.ts'
import type { Kube } from '../kube/kube.ts'
import type { Key, KubeObject, Manifest } from '../kube/objects.ts'
import { Children } from './children.ts'
import type { ConditionPatch, Said } from '../status/conditions.ts'
import type { ApplyChildOptions, Context, Memo, StatusPatch } from './context.ts'
import type { RecordedEvent } from './event-recorder.ts'
import type { Collected } from '../status/status.ts'

export type RunContextOptions = {
  /** As it was when the run began, or as it is now. */
  obj: () => KubeObject
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
  lookAgain: (ms: number) => void
  memo: () => Memo
  /** Of the run that this one is a part of. */
  collected?: Collected
}

export class RunContext implements Context<unknown, Record<string, unknown>> {
  readonly key: Key
  readonly signal: AbortSignal
  readonly attempt: number
  readonly first: boolean
  readonly log: Logger
  readonly kube: Kube
  readonly now: () => Date
  readonly collected: Collected
  readonly #o: RunContextOptions

  constructor(o: RunContextOptions) {
    this.#o = o
    this.collected = o.collected ?? { fields: {}, conditions: [] }
    this.key = o.key
    this.signal = o.signal
    this.attempt = o.attempt
    this.first = o.first
    this.log = o.log
    this.kube = o.kube
    this.now = o.now
  }

  get obj(): KubeObject<unknown, Record<string, unknown>> {
    return this.#o.obj() as KubeObject<unknown, Record<string, unknown>> // a status is an object
  }

  get memo(): Memo {
    return this.#o.memo()
  }

  /** What filters look at. */
  seen(): { obj: KubeObject; memo: Memo; log: Logger } {
    return { obj: this.obj, memo: this.memo, log: this.log }
  }

  /** For a context that is a part of this run. */
  options(): RunContextOptions {
    return { ...this.#o, collected: this.collected }
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
    this.#o.lookAgain(ms)
  }

  wake(key: Key = this.key): void {
    this.#o.wake(key)
  }
}

const statusText = (status: boolean | 'Unknown') =>
  status === 'Unknown' ? status : status ? 'True' : 'False'
