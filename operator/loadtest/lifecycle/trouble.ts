// What events say of pods that do not start and of Jobs that get no pods: a Secret or a volume that is missing, a quota,
// an admission policy. The API server pushes them, so that the status tells at once and nothing is asked meanwhile.
import type { Cache, KubeObject } from '../../framework/index.ts'
import { core } from '../../framework/index.ts'
import type { LocustTestSpec } from '../../api/locust/locust-types.ts'
import type { Job, Pod } from '../pods/objects.ts'
import { references } from '../spec/references.ts'

export type TroubleEvent = KubeObject & {
  reason?: string
  note?: string
  regarding?: { kind?: string; namespace?: string; name?: string; uid?: string }
  series?: { lastObservedTime: string }
  deprecatedLastTimestamp?: string
  eventTime?: string
}
export type TroubleEvents = Cache<TroubleEvent>[]

/** Everybody's events, without those that pods tell in their own status, of which a cluster has many. */
export const troubleSelectors = [
  'regarding.kind=Pod,type=Warning,reason!=BackOff,reason!=Failed,reason!=FailedScheduling,reason!=Unhealthy',
  'regarding.kind=Job,reason=FailedCreate',
]
export const troubleKind = core.event

const telling = new Set([
  'FailedMount',
  'FailedAttachVolume',
  'FailedCreatePodSandBox',
  'FailedCreate',
])
const index = 'regarding'

/** Call it once for each cache, before the operator runs. */
export function indexTrouble(events: TroubleEvents): void {
  for (const cache of events) cache.addIndex(index, ({ regarding }) => regarding?.uid)
}

/** What keeps a pod from its first container. */
export const podTrouble = (pod: Pod, events: TroubleEvents): string | undefined =>
  pod.status?.phase === 'Pending' ? latest(pod.metadata.uid, events)?.note : undefined

/** What keeps a Job from making a pod; undefined once it has made the last one that it could. */
export function jobTrouble(job: Job, pods: Pod[], events: TroubleEvents): string | undefined {
  if (pods.length >= (job.spec.parallelism ?? 1)) return undefined
  const event = latest(job.metadata.uid, events)
  const made = pods.map(({ metadata }) => metadata.creationTimestamp ?? '').toSorted()
  // Both have whole seconds: a Job makes some of its pods and is refused the rest in one.
  return event && timeOf(event) >= Date.parse(made.at(-1) ?? '0') ? event.note : undefined
}

function latest(uid: string, events: TroubleEvents): TroubleEvent | undefined {
  return events
    .flatMap((cache) => cache.by(index, uid))
    .filter(({ reason, note = '' }) => telling.has(reason ?? '') && !passing.test(note))
    .toSorted((a, b) => timeOf(b) - timeOf(a))[0]
}

/** The kubelet has not heard of the object yet, and tries again within a second. */
const passing = /failed to sync (configmap|secret) cache/

const timeOf = ({ series, deprecatedLastTimestamp, eventTime, metadata }: TroubleEvent): number =>
  Date.parse(
    series?.lastObservedTime ??
      deprecatedLastTimestamp ??
      eventTime ??
      metadata.creationTimestamp ??
      '',
  ) || 0

/** The kubelet names the object that it misses, and the fields of the spec that name it are put before. */
export function withFields(message: string, spec: LocustTestSpec): string {
  const [, kind = '', name] = /\b(configmap|secret) "([^"]+)" not found/i.exec(message) ?? []
  const fields = references(spec)
    .filter((one) => one.name === name && one.kind.toLowerCase() === kind.toLowerCase())
    .map(({ field }) => field)
  return fields.length > 0 ? `${fields.join(', ')}: ${message}` : message
}
