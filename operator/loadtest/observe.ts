// Everything the controller knows of one run: its Jobs and pods from the caches, and what they add up to.
import type { Cache, KubeObject } from '../framework/index.ts'
import { core } from '../framework/index.ts'
import type { Subject } from './names.ts'
import { nodeName, podLabel } from './names.ts'
import type { Pod } from './pod-health.ts'

export type Job = NonNullable<typeof core.job.__types> extends [infer Spec, infer Status, unknown]
  ? KubeObject<Spec, Status>
  : never

export type Caches = { jobs: Cache<Job>; pods: Cache<Pod> }

export type Observed = {
  masterJob?: Job
  workerJob?: Job
  masterPod?: Pod
  workerPods: Pod[]
}

/** The index of pods that observe() looks in. */
export const podIndex = 'locust-pod'
export const podIndexKey = ({ metadata }: Pick<Pod, 'metadata'>) =>
  `${metadata.namespace}/${metadata.labels?.[podLabel]}`

export function observe(subject: Subject, { jobs, pods }: Caches): Observed {
  const { namespace, name, uid } = subject
  const jobOf = (mode: 'master' | 'worker') => {
    const job = jobs.get({ namespace, name: nodeName(name, mode) })
    return job && isOwnedBy(job, uid) ? job : undefined
  }
  // By the Job's uid: labels can be set by anybody.
  const podsOf = (job: Job | undefined, mode: 'master' | 'worker') =>
    job
      ? pods
          .by(podIndex, `${namespace}/${nodeName(name, mode)}`)
          .filter((pod) => isOwnedBy(pod, job.metadata.uid))
      : []
  const [masterJob, workerJob] = [jobOf('master'), jobOf('worker')]
  const masterPod = podsOf(masterJob, 'master').toSorted(newestFirst)[0]
  return {
    ...(masterJob && { masterJob }),
    ...(workerJob && { workerJob }),
    ...(masterPod && { masterPod }),
    workerPods: podsOf(workerJob, 'worker').filter(({ metadata }) => !metadata.deletionTimestamp),
  }
}

export const isOwnedBy = ({ metadata }: Pick<KubeObject, 'metadata'>, uid: string): boolean =>
  metadata.ownerReferences?.some((owner) => owner.controller === true && owner.uid === uid) ?? false

const newestFirst = (a: Pod, b: Pod) =>
  (b.metadata.creationTimestamp ?? '').localeCompare(a.metadata.creationTimestamp ?? '')

export type MasterState =
  | { at: 'waiting' }
  | { at: 'running'; since: string; address?: string }
  | { at: 'ended'; end: MasterEnd }
export type MasterEnd = {
  exitCode?: number
  reason: 'Exited' | 'DeadlineExceeded' | 'Lost'
  message: string
  startedAt?: string
  finishedAt?: string
}

/** The master's own container decides; the Job speaks when its pod is gone. */
export function masterState({ masterPod, masterJob }: Observed): MasterState {
  const deadline = masterJob?.status?.conditions?.find(
    ({ type, reason }) => isFailure(type) && reason === 'DeadlineExceeded',
  )
  if (deadline)
    return { at: 'ended', end: { reason: 'DeadlineExceeded', message: deadline.message ?? '' } }
  const container = masterPod?.status?.containerStatuses?.find(
    ({ name }) => name === masterJob?.metadata.name,
  )
  const ended = container?.state?.terminated
  if (ended) return { at: 'ended', end: endOf(ended) }
  const since = container?.state?.running?.startedAt
  const address = masterPod?.status?.podIP
  if (since && !masterPod?.metadata.deletionTimestamp)
    return { at: 'running', since, ...(address && { address }) }
  return jobState(masterJob, masterPod)
}

type Terminated = {
  exitCode: number
  reason?: string
  message?: string
  startedAt?: string
  finishedAt?: string
}

function endOf(ended: Terminated): MasterEnd {
  const killed = ended.reason === 'OOMKilled' || ended.reason === 'ContainerStatusUnknown'
  return {
    exitCode: ended.exitCode,
    reason: killed ? 'Lost' : 'Exited',
    message: killed
      ? `the Locust master was killed (${ended.reason})`
      : `Locust exited with ${ended.exitCode}`,
    ...(ended.startedAt && { startedAt: ended.startedAt }),
    ...(ended.finishedAt && { finishedAt: ended.finishedAt }),
  }
}

function jobState(job: Job | undefined, pod: Pod | undefined): MasterState {
  const conditions = job?.status?.conditions ?? []
  const finishedAt = job?.status?.completionTime
  if (conditions.some(({ type, status }) => type === 'Complete' && status === 'True'))
    return {
      at: 'ended',
      end: {
        exitCode: 0,
        reason: 'Exited',
        message: 'Locust exited with 0',
        ...(finishedAt && { finishedAt }),
      },
    }
  const failed = conditions.find(({ type, status }) => type === 'Failed' && status === 'True')
  if (!failed) return { at: 'waiting' }
  const why = pod?.status?.reason ?? failed.reason ?? 'unknown reason'
  return {
    at: 'ended',
    end: { reason: 'Lost', message: `the Locust master was lost (${why})` },
  }
}

const isFailure = (type: string) => type === 'Failed' || type === 'FailureTarget'

export const isFinished = (job: Job | undefined): boolean =>
  job?.status?.conditions?.some(
    ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
  ) ?? false
