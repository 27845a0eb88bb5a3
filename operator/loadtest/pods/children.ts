// Creates and changes the objects of a test. Creation is by POST, so that nothing of another owner is ever
// taken over, and strict, so that a misspelt field in a volume or an affinity is named instead of dropped.
import type { Kind, Kube, Manifest } from '../../framework/index.ts'
import {
  apiVersionOf,
  core,
  isConflict,
  isControlledBy,
  KubeError,
  pathOf,
  Retry,
  Stall,
} from '../../framework/index.ts'
import type { Subject } from '../spec/subject.ts'
import { isFinished, type Job } from './objects.ts'
import { masterJob, masterService, workerJob } from '../resources/index.ts'
import type { LoadTestSettings } from '../settings.ts'

export type Made = { kind: string; name: string }

/** Makes what is missing of Service, master and workers; answers what it made. Safe to repeat. */
export async function createAll(
  kube: Kube,
  subject: Subject,
  settings: LoadTestSettings,
): Promise<Made[]> {
  const wanted: [Kind, Manifest][] = [
    [core.service, masterService(subject, settings)],
    [core.job, masterJob(subject, settings)],
    [core.job, workerJob(subject, settings)],
  ]
  const made: Made[] = []
  for (const [kind, manifest] of wanted)
    if (await create(kube, kind, manifest, subject))
      made.push({ kind: kind.kind, name: manifest.metadata.name ?? '' })
  return made
}

/** False when it was there already, as our own. */
async function create(
  kube: Kube,
  kind: Kind,
  manifest: Manifest,
  subject: Subject,
): Promise<boolean> {
  const { name = '', namespace } = manifest.metadata
  const body = { apiVersion: apiVersionOf(kind), kind: kind.kind, ...manifest }
  try {
    await kube.request('POST', pathOf(kind, { namespace }), body, {
      query: { fieldValidation: 'Strict' },
    })
    return true
  } catch (error) {
    if (!isConflict(error)) throw refused(error, `${kind.kind} ${name}`)
    const present = await kube.get(kind, name, namespace)
    if (!present || present.metadata.deletionTimestamp)
      throw new Retry('Terminating', `${kind.kind} ${name} of the run before is being deleted`, {
        cause: error,
        afterMs: 500,
      })
    if (isControlledBy(present, subject.uid)) return false
    throw new Retry(
      'NameTaken',
      `${kind.kind} ${name} exists and is not this test's; delete it or rename the LocustTest`,
      { cause: error, afterMs: 15_000 },
    )
  }
}

/** What the user must change stalls; what an administrator or time may change is tried again. */
function refused(error: unknown, what: string): unknown {
  if (!(error instanceof KubeError)) return error
  const message = `${what} was refused: ${error.text}`
  if (error.status === 422 || error.status === 400)
    return new Stall('ResourcesFailed', message, { cause: error })
  if (error.status === 403) return new Retry('ResourcesFailed', message, { cause: error })
  return error
}

/** Those that have not ended, and are not so already. */
export async function setSuspend(kube: Kube, jobs: Job[], suspend: boolean): Promise<void> {
  for (const job of jobs)
    if ((job.spec.suspend ?? false) !== suspend && !isFinished(job))
      await patchJob(kube, job, { suspend })
}

/** Of an indexed Job both counts change together or not at all. */
export const scaleWorkers = (kube: Kube, job: Job, parallelism: number) =>
  patchJob(kube, job, {
    parallelism,
    ...(job.spec.completionMode === 'Indexed' && { completions: parallelism }),
  })

/** Pods go with their Jobs, in the background: they are told apart by the uid of the Job. */
export async function deleteJobs(kube: Kube, jobs: Job[]): Promise<void> {
  for (const { metadata } of jobs)
    await kube.delete(core.job, metadata, {
      preconditions: { uid: metadata.uid },
      propagationPolicy: 'Background',
    })
}

/** Refused when another Job has taken the name. */
async function patchJob(kube: Kube, { metadata }: Job, spec: object): Promise<void> {
  const patch = { metadata: { uid: metadata.uid }, spec }
  await kube.patch(core.job, metadata, patch, { type: 'merge' })
}
