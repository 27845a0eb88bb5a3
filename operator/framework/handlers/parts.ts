// kopf's handlers as parts of a level-triggered reconcile. What happened is derived from the object: its
// status says which generation was handled, so nothing is kept in annotations and a restart is no event.
import type { Clock } from '../clock.ts'
import { isDeepStrictEqual } from 'node:util'
import { jittered } from '../backoff.ts'
import type { TimerOptions } from '../controller/builder.ts'
import type { Part } from '../controller/definition.ts'
import type { Outcome } from '../controller/outcome.ts'
import type { RunContext } from '../controller/run-context.ts'

type AnyChangeHandler = (context: RunContext) => Promise<Outcome | void>

/** The generation that the status speaks of; undefined before the first reconcile came to an end. */
const handledGeneration = ({ obj }: RunContext): number | undefined =>
  obj.status?.['observedGeneration'] as number | undefined // set by the framework alone

export const createPart = (handler: AnyChangeHandler): Part => ({
  run: async (context) => (handledGeneration(context) === undefined ? handler(context) : undefined),
})

export const updatePart = (handler: AnyChangeHandler): Part => ({
  async run(context) {
    const handled = handledGeneration(context)
    const isUpdate = handled !== undefined && handled !== context.obj.metadata.generation
    return isUpdate ? handler(context) : undefined
  },
})

/** For objects that an earlier process has handled; once in each process, and again until it succeeds. */
export function resumePart(handler: AnyChangeHandler): Part {
  const resumed = new Set<string>()
  return {
    async run(context) {
      const { uid } = context.obj.metadata
      if (resumed.has(uid)) return undefined
      const outcome = handledGeneration(context) === undefined ? undefined : await handler(context)
      if (!outcome || outcome.type === 'settled') resumed.add(uid)
      return outcome
    },
    forget: (uid) => resumed.delete(uid),
  }
}

/** Called with the old and the new value of a field; an object handled before this process began is the base. */
export function fieldPart<Value>(
  select: (obj: RunContext['obj']) => Value,
  handler: (context: RunContext, was: Value | undefined, now: Value) => Promise<Outcome | void>,
): Part {
  const handled = new Map<string, Value>()
  return {
    async run(context) {
      const { uid, generation } = context.obj.metadata
      const now = select(context.obj)
      const isBase = !handled.has(uid) && handledGeneration(context) === generation
      if (isBase || (handled.has(uid) && isDeepStrictEqual(handled.get(uid), now))) {
        handled.set(uid, now)
        return undefined
      }
      const outcome = await handler(context, handled.get(uid), now)
      if (!outcome || outcome.type === 'settled') handled.set(uid, now)
      return outcome
    },
    forget: (uid) => handled.delete(uid),
  }
}

/** Every so often for each object, spread out from the start so that a restart is no stampede. */
export function timerPart(clock: Clock, handler: AnyChangeHandler, o: TimerOptions): Part {
  const due = new Map<string, number>()
  const changed = new Map<string, { generation: number | undefined; at: number }>()
  const idleFor = ({ obj: { metadata } }: RunContext): number => {
    const known = changed.get(metadata.uid)
    if (known && known.generation === metadata.generation) return clock.monotonic() - known.at
    changed.set(metadata.uid, { generation: metadata.generation, at: clock.monotonic() })
    return 0
  }
  return {
    async run(context) {
      const { uid } = context.obj.metadata
      const initialMs = o.initialDelayMs ?? o.everyMs * Math.random()
      const dueAt = due.get(uid) ?? clock.monotonic() + initialMs
      due.set(uid, dueAt)
      const waitMs = Math.max(dueAt - clock.monotonic(), (o.idleMs ?? 0) - idleFor(context))
      if (waitMs > 0) return context.lookAgainWithin(waitMs)
      const outcome = await handler(context)
      const nextMs = jittered(o.everyMs, o.jitter ?? 0.1)
      due.set(uid, clock.monotonic() + nextMs)
      context.lookAgainWithin(nextMs)
      return outcome
    },
    forget(uid) {
      due.delete(uid)
      changed.delete(uid)
    },
  }
}
