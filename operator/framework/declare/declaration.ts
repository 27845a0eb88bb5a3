// The ControllerBuilder: gathers a Definition. Everything it offers ends in the one reconcile, the one
// finalize, a relation or an observer.
import type { Cache } from '../cache/cache.ts'
import type { Clock } from '../clock.ts'
import { daemonPart, type Daemons } from '../handlers/daemon.ts'
import { createPart, fieldPart, resumePart, timerPart, updatePart } from '../handlers/parts.ts'
import type { Kind } from '../kube/kinds.ts'
import type { Key, KubeObject } from '../kube/objects.ts'
import type {
  ChangeHandler,
  ControllerBuilder,
  DaemonOptions,
  FieldHandler,
  Handler,
  Observer,
  ReconcileOptions,
  TimerOptions,
  Where,
} from './builder.ts'
import type { Context } from '../context/context.ts'
import type { Definition, Part } from './definition.ts'

export class Declaration<S, T> implements ControllerBuilder<S, T> {
  readonly definition: Definition
  readonly daemons: Daemons[] = []
  readonly #clock: Clock
  readonly #cache: Cache

  constructor(kind: Kind<S, T>, where: Where, o: { clock: Clock; cache: Cache }) {
    this.definition = { kind, where, options: {}, relations: [], parts: [], observers: [] }
    this.#clock = o.clock
    this.#cache = o.cache
  }

  reconcile(handler: Handler<S, T>, options: ReconcileOptions = {}): this {
    assertFirst(this.definition.reconcile, 'reconcile')
    this.definition.reconcile = untyped(handler)
    Object.assign(this.definition.options, options)
    return this
  }

  finalize(finalizer: string, handler: Handler<S, T>): this {
    assertFirst(this.definition.finalize, 'finalize')
    this.definition.finalize = { finalizer, handler: untyped(handler) }
    return this
  }

  owns(kind: Kind, where?: Where): this {
    const { namespace } = this.definition.where
    const place = where ?? (namespace ? { namespace } : {})
    this.definition.relations.push({ kind, where: place, keys: ownersOf(this.definition.kind) })
    return this
  }

  watches<CS, CT, CR>(
    kind: Kind<CS, CT, CR>,
    map: (obj: KubeObject<CS, CT, CR>) => Iterable<Key>,
    where: Where = {},
  ): this {
    this.definition.relations.push({ kind, where, keys: untyped(map) })
    return this
  }

  index(name: string, by: (obj: KubeObject<S, T>) => string | Iterable<string> | undefined): this {
    this.#cache.addIndex(name, untyped(by))
    return this
  }

  onCreate(handler: ChangeHandler<S, T>): this {
    return this.#part(createPart(untyped(handler)))
  }

  onUpdate(handler: ChangeHandler<S, T>): this {
    return this.#part(updatePart(untyped(handler)))
  }

  onResume(handler: ChangeHandler<S, T>): this {
    return this.#part(resumePart(untyped(handler)))
  }

  onDelete(finalizer: string, handler: Handler<S, T>): this {
    return this.finalize(finalizer, handler)
  }

  onField<Value>(
    select: (obj: KubeObject<S, T>) => Value,
    handler: FieldHandler<S, T, Value>,
  ): this {
    return this.#part(fieldPart(untyped(select), untyped(handler)))
  }

  onEvent(observe: Observer<S, T>): this {
    this.definition.observers.push(untyped(observe))
    return this
  }

  timer(handler: ChangeHandler<S, T>, o: TimerOptions): this {
    return this.#part(timerPart(this.#clock, untyped(handler), o))
  }

  daemon(handler: (context: Context<S, T>) => Promise<void>, o?: DaemonOptions): this {
    const part = daemonPart(this.#clock, untyped(handler), o)
    this.daemons.push(part)
    return this.#part(part)
  }

  #part(part: Part): this {
    this.definition.parts.push(part)
    return this
  }
}

/** Handlers come with the types of their kind and run on untyped objects: the kind is what says that they match. */
const untyped = (handler: unknown) => handler as never

function assertFirst(handler: unknown, what: string): void {
  if (handler) throw new Error(`there is a ${what} handler already`)
}

/** The owner that controls an object, when it is of our kind (in any version of the group). */
const ownersOf =
  (kind: Kind) =>
  ({ metadata }: KubeObject): Key[] => {
    const owner = metadata.ownerReferences?.find((reference) => reference.controller)
    const sameGroup = owner?.apiVersion.split('/').slice(0, -1).join('/') === kind.group
    if (!owner || owner.kind !== kind.kind || !sameGroup) return []
    return [{ name: owner.name, namespace: kind.namespaced ? metadata.namespace : undefined }]
  }
