// Everything the controller knows of one run: its Jobs and pods from the caches, and what they add up to.
import type { Cache } from '../../framework/index.ts'
import { isControlledBy } from '../../framework/index.ts'
import type { Job } from '../pods/objects.ts'
import type { Subject } from '../spec/subject.ts'
import { nodeName, podLabel } from '../pods/names.ts'
import type { Pod } from '../pods/objects.ts'
import type { TroubleEvents } from './trouble.ts'

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
    return job && isControlledBy(job, uid) ? job : undefined
  }
  // By the Job's uid: labels can be set by anybody.
  const podsOf = (job: Job | undefined, mode: 'master' | 'worker') =>
    job
      ? pods
          .by(podIndex, `${namespace}/${nodeName(name, mode)}`)
          .filter((pod) => isControlledBy(pod, job.metadata.uid))
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

const newestFirst = (a: Pod, b: Pod) =>
  (b.metadata.creationTimestamp ?? '').localeCompare(a.metadata.creationTimestamp ?? '')
