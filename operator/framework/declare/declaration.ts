// The ControllerBuilder: gathers a Definition.
import type { Cache } from '../cache/cache.ts'
import type { Entry } from '../handlers/entry.ts'
import { fieldOf, isOfStatus } from '../handlers/essence.ts'
import { isFor } from '../handlers/filters.ts'
import type { AdmissionEntry, AdmissionHandler, AdmissionOptions } from '../webhook/admission.ts'
import type {
  DaemonOptions,
  DeletionOptions,
  Filters,
  HandlerOptions,
  ResumeOptions,
  TimerOptions,
} from '../handlers/options.ts'
import type { Kind } from '../kube/kinds.ts'
import type { Key, KubeObject } from '../kube/objects.ts'
import type {
  ChangeHandler,
  ControllerBuilder,
  FieldHandler,
  Handler,
  Observer,
  ReconcileOptions,
  TaskHandler,
  Where,
} from './builder.ts'
import type { Definition } from './definition.ts'

export class Declaration<S, T> implements ControllerBuilder<S, T> {
  readonly definition: Definition
  readonly #operator: string
  readonly #cache: Cache

  constructor(kind: Kind<S, T>, where: Where, o: { operator: string; cache: Cache }) {
    this.definition = {
      kind,
      where,
      options: {},
      relations: [],
      handlers: [],
      tasks: [],
      holders: [],
      admission: [],
      observers: [],
    }
    this.#operator = o.operator
    this.#cache = o.cache
  }

  reconcile(handler: Handler<S, T>, options: ReconcileOptions = {}): this {
    assertFirst(this.definition.reconcile, 'reconcile')
    this.definition.reconcile = untyped(handler)
    return this.options(options)
  }

  options(options: ReconcileOptions): this {
    Object.assign(this.definition.options, options)
    return this
  }

  finalize(finalizer: string, handler: Handler<S, T>): this {
    assertFirst(this.definition.finalize, 'finalize')
    this.definition.finalize = untyped(handler)
    return this.#finalizer(finalizer)
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

  onCreate(handler: ChangeHandler<S, T>, o: HandlerOptions<S, T> = {}): this {
    return this.#handler('create', handler, o)
  }

  onUpdate(handler: ChangeHandler<S, T>, o: HandlerOptions<S, T> = {}): this {
    return this.#handler('update', handler, o)
  }

  onResume(handler: ChangeHandler<S, T>, o: ResumeOptions<S, T> = {}): this {
    return this.#handler('resume', handler, o)
  }

  onDelete(handler: ChangeHandler<S, T>, o: DeletionOptions<S, T> = {}): this {
    this.#handler('delete', handler, o)
    if (o.optional) return this
    this.#holds(o)
    return o.finalizer ? this.#finalizer(o.finalizer) : this
  }

  onField<Value>(
    field: string | readonly string[] | ((obj: KubeObject<S, T>) => Value),
    handler: FieldHandler<S, T, Value>,
    o: Omit<HandlerOptions<S, T>, 'field'> = {},
  ): this {
    const run: ChangeHandler<S, T> = (c) => handler(c, c.old as Value | undefined, c.new as Value) // values of the field
    return this.#handler('field', run, typeof field === 'function' ? o : { ...o, field }, {
      origin: handler,
      ...(typeof field === 'function' && { select: field }),
    })
  }

  onEvent(observe: Observer<S, T>, filters: Filters<S, T> = {}): this {
    this.definition.observers.push(({ type, obj }, candidate) => {
      const seen = candidate()
      if (!isFor(filters, seen)) return
      observe({ type, obj: obj as KubeObject<S, T>, memo: seen.memo, log: seen.log }) // of the kind
    })
    return this
  }

  validate(handler: AdmissionHandler<S, T>, o: AdmissionOptions<S, T> = {}): this {
    return this.#admission('validate', handler, o)
  }

  mutate(handler: AdmissionHandler<S, T>, o: AdmissionOptions<S, T> = {}): this {
    return this.#admission('mutate', handler, o)
  }

  timer(handler: TaskHandler<S, T>, o: TimerOptions<S, T>): this {
    const id = this.#id('timer', handler, o)
    this.definition.tasks.push({ id, run: untyped(handler), options: { ...o, type: 'timer' } })
    return this
  }

  daemon(handler: TaskHandler<S, T>, o: DaemonOptions<S, T> = {}): this {
    const id = this.#id('daemon', handler, o)
    this.definition.tasks.push({ id, run: untyped(handler), options: { ...o, type: 'daemon' } })
    if (o.holdsDeletion) this.#holds(o)
    return this
  }

  #admission(
    type: AdmissionEntry['type'],
    handler: AdmissionHandler<S, T>,
    options: AdmissionOptions<S, T>,
  ): this {
    const { admission, kind } = this.definition
    const count = admission.filter((entry) => entry.type === type).length
    const id = options.id ?? (handler.name || (count === 0 ? type : `${type}-${count + 1}`))
    if (admission.some((entry) => entry.type === type && entry.id === id))
      throw new Error(`there is a handler "${id}" already`)
    admission.push({ type, kind, id, handler: untyped(handler), options })
    return this
  }

  #handler(
    cause: Entry['cause'],
    handler: unknown,
    o: HandlerOptions<S, T>,
    {
      origin = handler,
      select,
    }: { origin?: unknown; select?: (obj: KubeObject<S, T>) => unknown } = {},
  ): this {
    const id = this.#id(cause, origin, o)
    const path = o.field === undefined ? undefined : fieldOf(o.field)
    const field = select ? { name: id, of: untyped(select) } : path
    const { handlers, options } = this.definition
    handlers.push({ id, cause, run: untyped(handler), origin, options: o, ...(field && { field }) })
    if (field && isOfStatus(field)) options.statusChanges ??= true
    options.supersede ??= 'finish' // a change that is being handled is handled to its end
    return this
  }

  #id(cause: string, handler: unknown, { id, field }: HandlerOptions<S, T>): string {
    const { handlers, tasks } = this.definition
    const isTaken = (text: string) => [...handlers, ...tasks].some((known) => known.id === text)
    if (id !== undefined && isTaken(id)) throw new Error(`there is a handler "${id}" already`)
    if (id !== undefined) return id
    const name = (handler as { name?: string }).name || cause
    const own = field ? `${name}:${fieldOf(field).name}` : name
    const wanted = isTaken(own) ? `${cause}.${own}` : own
    let free = wanted
    for (let copy = 2; isTaken(free); copy += 1) free = `${wanted}-${copy}`
    return free
  }

  #holds(filters: Filters<S, T>): void {
    this.definition.finalizer ??= `${this.#operator}/finalizer`
    const change = { reason: undefined, old: undefined, new: undefined, diff: [] }
    this.definition.holders.push((context) => isFor(filters, { ...context.seen(), ...change }))
  }

  #finalizer(finalizer: string): this {
    const { definition } = this
    const own = `${this.#operator}/finalizer`
    if (definition.finalizer && ![own, finalizer].includes(definition.finalizer))
      throw new Error(`there is a finalizer ${definition.finalizer} already`)
    definition.finalizer = finalizer
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
