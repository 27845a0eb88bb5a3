// How many workers the worker Job is to run. An index whose worker has exited with 0 is never run again: while the test
// goes on, such a worker was stopped by somebody else, and an index more replaces it.
import { isFinished, type Job } from '../pods/objects.ts'

/** At most the ceiling of the operator; one that was lowered takes no worker from a run. */
export function allowedWorkers(job: Job, replicas: number, ceiling: number | undefined): number {
  const { parallelism = 0 } = job.spec
  return Math.min(replicas, Math.max(parallelism - stopped(job), ceiling ?? replicas))
}

/** What the parallelism must become; undefined when the Job runs as many as it should, or will. */
export function rescaled(job: Job, replicas: number): number | undefined {
  const { parallelism = 1 } = job.spec
  const right = parallelism >= replicas && parallelism <= replicas + stopped(job)
  return right || isFinished(job) ? undefined : replicas + stopped(job)
}

/** The same when the master says that workers are missing: those that have exited are to be replaced. */
export function refilled(job: Job, replicas: number): number | undefined {
  const wanted = replicas + stopped(job)
  return job.spec.parallelism === wanted || isFinished(job) ? undefined : wanted
}

const stopped = ({ spec, status }: Job): number =>
  spec.completionMode === 'Indexed' ? (status?.succeeded ?? 0) : 0
