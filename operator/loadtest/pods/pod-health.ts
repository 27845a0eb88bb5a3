// What keeps the pods of a test from running, said in upstream's reasons. Nothing here is a verdict: all of it
// may still heal.
import type { locustTestReasons } from '../../api/locust/locust-reasons.ts'
import type { ContainerStatus, Pod } from './objects.ts'

export type PodHealth = { reason: HealthReason; message: string }
type HealthReason = keyof (typeof locustTestReasons)['PodsHealthy']

/** Without numbers, so that a status write is not owed for each pod that starts. */
export const podsStarting: PodHealth = {
  reason: 'PodsStarting',
  message: 'Waiting for pods to start',
}

type Trouble = { pod: string; reason: HealthReason; message: string }

const priority: HealthReason[] = [
  'ConfigurationError',
  'ImagePullError',
  'SchedulingError',
  'CrashLoopBackOff',
  'InitializationError',
]

export function podHealth(pods: Pod[], o: { expected: number }): PodHealth {
  const running = pods.filter(
    ({ status }) => status?.phase === 'Running' || status?.phase === 'Succeeded',
  )
  const enough = running.length >= o.expected
  // What has failed was replaced when there are enough.
  const troubles = pods
    .filter(({ status }) => !enough || status?.phase !== 'Failed')
    .flatMap(troubleOf)
  const worst = priority.find((reason) => troubles.some((trouble) => trouble.reason === reason))
  if (worst) return summary(worst, troubles)
  return enough ? { reason: 'PodsHealthy', message: 'All pods are healthy' } : podsStarting
}

function summary(reason: HealthReason, troubles: Trouble[]): PodHealth {
  const mine = troubles.filter((trouble) => trouble.reason === reason)
  const names = mine.map(({ pod }) => pod).slice(0, 10)
  const more = mine.length > names.length ? ', …' : ''
  return {
    reason,
    message: `${reason}: ${mine.length} pod(s) affected [${names.join(', ')}${more}]: ${mine[0]?.message ?? ''}`,
  }
}

function troubleOf(pod: Pod): Trouble[] {
  const found = scheduling(pod) ?? waiting(pod) ?? failed(pod)
  return found ? [{ pod: pod.metadata.name, ...found }] : []
}

type Found = Omit<Trouble, 'pod'> | undefined

function scheduling({ status }: Pod): Found {
  const condition = status?.conditions?.find(({ type }) => type === 'PodScheduled')
  return condition?.status === 'False'
    ? {
        reason: 'SchedulingError',
        message: condition.message ?? condition.reason ?? 'unschedulable',
      }
    : undefined
}

const waitingReasons: Record<string, HealthReason> = {
  CreateContainerConfigError: 'ConfigurationError',
  CreateContainerError: 'ConfigurationError',
  InvalidImageName: 'ImagePullError',
  ImagePullBackOff: 'ImagePullError',
  ErrImagePull: 'ImagePullError',
  ErrImageNeverPull: 'ImagePullError',
  CrashLoopBackOff: 'CrashLoopBackOff',
}

function waiting({ status }: Pod): Found {
  const containers = [status?.initContainerStatuses, status?.containerStatuses].flatMap(
    (statuses) => statuses ?? [],
  )
  for (const { state } of containers) {
    const { reason: kubelets = '', message = kubelets } = state?.waiting ?? {}
    const reason = waitingReasons[kubelets]
    if (reason) return { reason, message }
  }
  return undefined
}

function failed({ status }: Pod): Found {
  if (status?.phase !== 'Failed') return undefined
  const init = status.initContainerStatuses?.find(endedBadly)
  if (init) return { reason: 'InitializationError', message: ending(init) }
  const main = status.containerStatuses?.find(endedBadly)
  const message = main ? ending(main) : (status.message ?? status.reason ?? 'the pod failed')
  return { reason: 'CrashLoopBackOff', message }
}

const endedBadly = ({ state }: ContainerStatus) => (state?.terminated?.exitCode ?? 0) !== 0

function ending({ name, state }: Pick<ContainerStatus, 'name' | 'state'>): string {
  const terminated = state?.terminated
  const why = terminated?.reason && terminated.reason !== 'Error' ? ` (${terminated.reason})` : ''
  return `container ${name} exited with ${terminated?.exitCode ?? 'an unknown code'}${why}`
}
