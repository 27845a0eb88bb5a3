// kopf's handlers as parts of a level-triggered reconcile. What happened is derived from the object: its
// status says which generation was handled, so nothing is kept in annotations and a restart is no event.
import type { Clock } from '../clock.ts'
import { isDeepStrictEqual } from 'node:util'
import { jittered } from '../backoff.ts'
import type { TimerOptions } from '../declare/builder.ts'
import type { Part } from '../declare/definition.ts'
import type { Condition } from '../kube/objects.ts'
import type { Outcome } from '../controller/outcome.ts'
import type { RunContext } from '../context/run-context.ts'

type AnyChangeHandler = (context: RunContext) => Promise<Outcome | void>

/**
 * The generation that was handled to the end before this process looked: Ready says so. Undefined for new
 * objects, and for those whose first handling never succeeded.
 */
function handledBefore({ obj }: RunContext): number | undefined {
  const conditions = (obj.status?.['conditions'] ?? []) as Condition[] // written by the framework alone
  const ready = conditions.find(({ type, status }) => type === 'Ready' && status === 'True')
  return ready?.observedGeneration
}

const isDone = (outcome: Outcome | void): boolean => !outcome || outcome.type === 'settled'

export function createPart(handler: AnyChangeHandler): Part {
  const created = new Set<string>()
  return {
    async run(context) {
      const { uid } = context.obj.metadata
      if (created.has(uid)) return undefined
      const isNew = handledBefore(context) === undefined
      const outcome = isNew ? await handler(context) : undefined
      if (isDone(outcome)) created.add(uid)
      return outcome
    },
    forget: (uid) => created.delete(uid),
  }
}

export function updatePart(handler: AnyChangeHandler): Part {
  const handled = new Map<string, number | undefined>()
  return {
    async run(context) {
      const { uid, generation } = context.obj.metadata
      const before = handled.has(uid) ? handled.get(uid) : (handledBefore(context) ?? generation)
      handled.set(uid, before)
      const outcome = before === generation ? undefined : await handler(context)
      handled.set(uid, isDone(outcome) ? generation : before)
      return outcome
    },
    forget: (uid) => handled.delete(uid),
  }
}

/** For objects that an earlier process has handled; once in each process, and again until it succeeds. */
export function resumePart(handler: AnyChangeHandler): Part {
  const due = new Map<string, boolean>()
  return {
    async run(context) {
      const { uid } = context.obj.metadata
      if (!due.has(uid)) due.set(uid, handledBefore(context) !== undefined)
      const outcome = due.get(uid) ? await handler(context) : undefined
      if (isDone(outcome)) due.set(uid, false)
      return outcome
    },
    forget: (uid) => due.delete(uid),
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
      const isBase = !handled.has(uid) && handledBefore(context) === generation
      if (isBase || (handled.has(uid) && isDeepStrictEqual(handled.get(uid), now))) {
        handled.set(uid, now)
        return undefined
      }
      const outcome = await handler(context, handled.get(uid), now)
      if (isDone(outcome)) handled.set(uid, now)
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
