// Whether the Locust master of a run waits, runs or has ended, and how. Its own container decides; its Job
// speaks when the pod is gone.
import { reportContainerName } from '../resources/report.ts'
import type { Observed } from './observe.ts'
import { isFinished, type ContainerStatus, type Job, type Pod } from '../pods/objects.ts'

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

export function masterState({ masterPod, masterJob }: Observed): MasterState {
  // Told to stop by ourselves.
  if (masterJob?.spec.suspend && !isFinished(masterJob)) return { at: 'waiting' }
  const end =
    deadlineOf(masterJob) ??
    containerEnd(masterPod, containerOf(masterPod, masterJob)) ??
    jobEnd(masterJob, masterPod)
  return end ? { at: 'ended', end } : aliveState(masterPod, containerOf(masterPod, masterJob))
}

function aliveState(pod: Pod | undefined, container: ContainerStatus | undefined): MasterState {
  const since = container?.state?.running?.startedAt
  if (!since || pod?.metadata.deletionTimestamp) return { at: 'waiting' }
  const address = pod?.status?.podIP
  return { at: 'running', since, ...(address && { address }) }
}

const containerOf = (pod: Pod | undefined, job: Job | undefined) =>
  pod?.status?.containerStatuses?.find(({ name }) => name === job?.metadata.name)

function deadlineOf(job: Job | undefined): MasterEnd | undefined {
  const condition = job?.status?.conditions?.find(
    ({ type, reason }) => isFailure(type) && reason === 'DeadlineExceeded',
  )
  return condition && { reason: 'DeadlineExceeded', message: condition.message ?? '' }
}

const killed = new Set(['OOMKilled', 'ContainerStatusUnknown'])

function containerEnd(
  pod: Pod | undefined,
  container: ContainerStatus | undefined,
): MasterEnd | undefined {
  const ended = container?.state?.terminated
  if (!pod || !ended) return undefined
  const { exitCode, reason = '', startedAt, finishedAt } = ended
  const times = { ...(startedAt && { startedAt }), ...(finishedAt && { finishedAt }) }
  const why = disruption(pod, finishedAt)
  if (why) return { reason: 'Lost', message: `the Locust master was lost (${why})`, ...times }
  return killed.has(reason)
    ? { exitCode, reason: 'Lost', message: `the Locust master was killed (${reason})`, ...times }
    : { exitCode, reason: 'Exited', message: `Locust exited with ${exitCode}`, ...times }
}

/** Why somebody else ended the pod: Locust, told to stop, exits with 0 as it does after a whole test. */
function disruption(pod: Pod, finishedAt: string | undefined): string | undefined {
  const { status } = pod
  const target = status?.conditions?.find(({ type }) => type === 'DisruptionTarget')
  if (target?.status === 'True') return target.reason ?? target.type
  if (status?.phase === 'Failed' && status.reason) return status.reason
  return wasDeletedBefore(pod, finishedAt) ? 'PodDeleted' : undefined
}

/** deletionTimestamp is when the grace period ends. */
function wasDeletedBefore({ metadata }: Pod, finishedAt: string | undefined): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = metadata
  if (!deletionTimestamp) return false
  const deletedAt = Date.parse(deletionTimestamp) - deletionGracePeriodSeconds * 1000
  return finishedAt === undefined || Date.parse(finishedAt) > deletedAt
}

function jobEnd(job: Job | undefined, pod: Pod | undefined): MasterEnd | undefined {
  const holds = (wanted: string) =>
    job?.status?.conditions?.find(({ type, status }) => type === wanted && status === 'True')
  const finishedAt = job?.status?.completionTime
  if (holds('Complete'))
    return {
      exitCode: 0,
      reason: 'Exited',
      message: 'Locust exited with 0',
      ...(finishedAt && { finishedAt }),
    }
  const failed = holds('Failed')
  if (!failed) return undefined
  const why = pod?.status?.reason ?? failed.reason ?? 'unknown reason'
  return { reason: 'Lost', message: `the Locust master was lost (${why})` }
}

const isFailure = (type: string) => type === 'Failed' || type === 'FailureTarget'

/** The container that delivers the report has ended. */
export const reportEnded = (pod: Pod | undefined): boolean =>
  pod?.status?.initContainerStatuses?.some(
    ({ name, state }) => name === reportContainerName && state?.terminated !== undefined,
  ) ?? false
