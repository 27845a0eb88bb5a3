// Everything the controller knows of one run: its Jobs and pods from the caches, and what they add up to.
import type { Cache, KubeObject } from '../../framework/index.ts'
import { core } from '../../framework/index.ts'
import type { Subject } from '../pods/names.ts'
import { nodeName, podLabel } from '../pods/names.ts'
import type { Pod } from '../pods/pod-health.ts'
import type { TroubleEvents } from './trouble.ts'

export type Job =
  NonNullable<typeof core.job.__types> extends [infer Spec, infer Status, unknown]
    ? KubeObject<Spec, Status>
    : never

export type Caches = { jobs: Cache<Job>; pods: Cache<Pod>; events: TroubleEvents }

export type Observed = {
  masterJob?: Job
  workerJob?: Job
  masterPod?: Pod
  workerPods: Pod[]
}

/** Master first. */
export const jobsOf = ({ masterJob, workerJob }: Observed): Job[] =>
  [masterJob, workerJob].filter((job) => job !== undefined)

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
