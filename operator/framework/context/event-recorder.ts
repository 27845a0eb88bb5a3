// Kubernetes events (events.k8s.io/v1): the same event again becomes a series, and an object that talks
// too much is cut short. An event that cannot be written is logged; nothing ever waits or fails for one.
import { createHash, randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import { microTime, type Clock } from '../clock.ts'
import { apiVersionOf, core, type Kind } from '../kube/kinds.ts'
import type { Kube } from '../kube/kube.ts'
import type { Key, KubeObject } from '../kube/objects.ts'

export type EventRecorder = {
  record(about: { kind: Kind; obj: KubeObject }, event: RecordedEvent): void
  /** Resolves when everything recorded so far is written or given up. */
  flush(): Promise<void>
}

export type RecordedEvent = { type: 'Normal' | 'Warning'; reason: string; note: string }

type Series = { key: Key; count: number; writtenAt: number; firstAt: number }
type Budget = { tokens: number; at: number }

const seriesMs = 6 * 60_000
const seriesWriteEveryMs = 30_000
const burst = 25
const refillMs = 60_000
const longestNote = 1_024
const remembered = 2_000

export function eventRecorder(o: {
  kube: Kube
  clock: Clock
  log: Logger
  controller: string
  instance: string
}): EventRecorder {
  const series = new Map<string, Series>()
  const budgets = new Map<string, Budget>()
  const writing = new Set<Promise<unknown>>()
  const write = (call: Promise<unknown>) => {
    const done = call
      .catch((error: unknown) => o.log.warn({ err: error }, 'event not written'))
      .finally(() => writing.delete(done))
    writing.add(done)
  }

  const repeat = (known: Series) => {
    known.count += 1
    if (o.clock.now() - known.writtenAt < seriesWriteEveryMs) return
    known.writtenAt = o.clock.now()
    const patch = { series: { count: known.count, lastObservedTime: microTime(o.clock.now()) } }
    write(o.kube.patch(core.event, known.key, patch, { type: 'merge' }))
  }

  return {
    record(about, event) {
      const { uid } = about.obj.metadata
      const id = createHash('sha256')
        .update([uid, event.type, event.reason, event.note].join('\0'))
        .digest('base64')
      const known = series.get(id)
      if (known && o.clock.now() - known.firstAt < seriesMs) return repeat(known)
      if (!spend(budgets, uid, o.clock.monotonic())) return
      const body = eventBody(about, event, o)
      const at = o.clock.now()
      series.set(id, { key: body.metadata, count: 1, writtenAt: at, firstAt: at })
      forgetOldest(series)
      forgetOldest(budgets)
      write(o.kube.create(core.event, body))
    },
    async flush() {
      await Promise.all(writing)
    },
  }
}

function eventBody(
  { kind, obj }: { kind: Kind; obj: KubeObject },
  event: RecordedEvent,
  o: { controller: string; instance: string; clock: Clock },
) {
  const { name, namespace, uid, resourceVersion } = obj.metadata
  return {
    metadata: {
      name: `${name.slice(0, 200)}.${randomUUID().slice(0, 13)}`,
      namespace: namespace ?? 'default',
    },
    eventTime: microTime(o.clock.now()),
    reportingController: o.controller,
    reportingInstance: o.instance,
    action: 'Reconcile',
    type: event.type,
    reason: event.reason,
    note: event.note.slice(0, longestNote),
    regarding: {
      apiVersion: apiVersionOf(kind),
      kind: kind.kind,
      name,
      namespace,
      uid,
      resourceVersion,
    },
  }
}

/** A token bucket for each object. */
function spend(budgets: Map<string, Budget>, uid: string, now: number): boolean {
  const { tokens, at } = budgets.get(uid) ?? { tokens: burst, at: now }
  const filled = Math.min(burst, tokens + (now - at) / refillMs)
  budgets.set(uid, { tokens: filled >= 1 ? filled - 1 : filled, at: now })
  return filled >= 1
}

function forgetOldest(map: Map<string, unknown>): void {
  for (const key of map.keys()) {
    if (map.size <= remembered) return
    map.delete(key)
  }
}
