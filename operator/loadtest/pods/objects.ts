// Jobs and Pods as the operator reads them.
import type { core, KubeObject } from '../../framework/index.ts'

type Read<K> = K extends { __types?: [infer Spec, infer Status, unknown] }
  ? KubeObject<Spec, Status>
  : never

export type Job = Read<typeof core.job>
export type Pod = Read<typeof core.pod>
export type ContainerStatus = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number]

export const isFinished = (job: Job): boolean =>
  job.status?.conditions?.some(
    ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
  ) ?? false
