// How the pods of a run are, by their own status and by the events about them and their Jobs.
import type { Job, Pod } from '../pods/objects.ts'
import type { PodHealth } from '../pods/pod-health.ts'
import { podHealth } from '../pods/pod-health.ts'
import type { Known } from './known.ts'
import type { TroubleEvents } from './trouble.ts'
import { jobTrouble, podTrouble, withFields } from './trouble.ts'

/** What pods say of themselves comes before what events say of them. */
export function health(
  { subject, observed }: Pick<Known, 'subject' | 'observed'>,
  events: TroubleEvents,
): PodHealth {
  const { masterPod, workerPods, masterJob, workerJob } = observed
  const pods = [...(masterPod ? [masterPod] : []), ...workerPods]
  const seen = podHealth(pods, { expected: 1 + subject.spec.worker.replicas })
  const { reason, message } =
    seen.reason === 'PodsStarting'
      ? (stuck(pods, events) ??
        refused(masterJob, masterPod ? [masterPod] : [], events) ??
        refused(workerJob, workerPods, events) ??
        seen)
      : seen
  return { reason, message: withFields(message, subject.spec) }
}

function stuck(pods: Pod[], events: TroubleEvents): PodHealth | undefined {
  const told = pods.map((pod) => ({ pod, note: podTrouble(pod, events) }))
  const first = told.find(({ note }) => note !== undefined)
  return (
    first && {
      reason: 'ConfigurationError',
      message: `${first.pod.metadata.name}: ${first.note ?? ''}`,
    }
  )
}

function refused(job: Job | undefined, pods: Pod[], events: TroubleEvents): PodHealth | undefined {
  const message = job && jobTrouble(job, pods, events)
  return message === undefined ? undefined : { reason: 'PodCreationRefused', message }
}
