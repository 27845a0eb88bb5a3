// The ControllerBuilder: gathers a Definition. Everything it offers ends in the one reconcile, the one
// finalize, a relation or an observer.
import type { Cache } from '../cache/cache.ts'
import type { Clock } from '../clock.ts'
import { daemonPart, type Daemons } from '../handlers/daemon.ts'
import { createPart, fieldPart, resumePart, timerPart, updatePart } from '../handlers/parts.ts'
import type { Kind } from '../kube/kinds.ts'
import type { Key, KubeObject } from '../kube/objects.ts'
import type { ControllerBuilder, Where } from './builder.ts'
import type { AnyHandler, Definition } from './definition.ts'

export type Declared = { definition: Definition; daemons: Daemons[] }

export function declare<S, T>(
  kind: Kind<S, T>,
  where: Where,
  o: { clock: Clock; cache: Cache },
): Declared & { builder: ControllerBuilder<S, T> } {
  const definition: Definition = {
    kind,
    where,
    options: {},
    relations: [],
    parts: [],
    observers: [],
  }
  const daemons: Daemons[] = []
  // Handlers come with the kind's types and run with the untyped context: the kind is what says they match.
  const untyped = <From>(handler: From) => handler as never
  const part = (added: Definition['parts'][number]) => {
    definition.parts.push(added)
    return builder
  }
  const builder: ControllerBuilder<S, T> = {
    reconcile(handler, options = {}) {
      assertFirst(definition.reconcile, 'reconcile')
      definition.reconcile = untyped<typeof handler>(handler) as AnyHandler
      Object.assign(definition.options, options)
      return builder
    },
    finalize(finalizer, handler) {
      assertFirst(definition.finalize, 'finalize')
      definition.finalize = { finalizer, handler: untyped(handler) as AnyHandler }
      return builder
    },
    owns(child, childWhere) {
      definition.relations.push({
        kind: child,
        where: childWhere ?? (where.namespace ? { namespace: where.namespace } : {}),
        keys: ownersOf(kind),
      })
      return builder
    },
    watches(other, map, otherWhere = {}) {
      definition.relations.push({ kind: other, where: otherWhere, keys: untyped(map) })
      return builder
    },
    index(name, by) {
      o.cache.addIndex(name, untyped(by))
      return builder
    },
    onCreate: (handler) => part(createPart(untyped(handler))),
    onUpdate: (handler) => part(updatePart(untyped(handler))),
    onResume: (handler) => part(resumePart(untyped(handler))),
    onDelete: (finalizer, handler) => builder.finalize(finalizer, handler),
    onField: (select, handler) => part(fieldPart(untyped(select), untyped(handler))),
    onEvent(observe) {
      definition.observers.push(untyped(observe))
      return builder
    },
    timer: (handler, options) => part(timerPart(o.clock, untyped(handler), options)),
    daemon(handler, options) {
      const added = daemonPart(o.clock, untyped(handler), options)
      daemons.push(added)
      return part(added)
    },
  }
  return { definition, daemons, builder }
}

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
