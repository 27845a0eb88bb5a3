// After the end of a test: learns from the container locust-report where the report is, and makes the ConfigMap
// when it shall be in one.
import { core, isConflict, isTooLarge, KubeError, pathOf, settled } from '../../framework/index.ts'
import type { Kube, Outcome } from '../../framework/index.ts'
import type { ReportSpec } from '../../api/locust/locust-test.ts'
import type { Subject } from '../pods/names.ts'
import { ownerReference } from '../pods/names.ts'
import { isOwnedBy } from './observe.ts'
import type { Pod } from '../pods/pod-health.ts'
import { reportContainerName, reportTarget } from '../resources/report.ts'
import type { Delivered } from '../results/delivered.ts'
import { parseDelivered } from '../results/delivered.ts'
import type { Run } from './run.ts'

/** The ConfigMap must fit into etcd with its metadata. */
const longestReport = 1_000_000
const longestLog = 8_000_000

export const reportEnded = (pod: Pod | undefined): boolean =>
  pod?.status?.initContainerStatuses?.some(
    ({ name, state }) => name === reportContainerName && state?.terminated !== undefined,
  ) ?? false

export async function collectReport({ c, subject, observed }: Run): Promise<Outcome> {
  const { report } = subject.spec
  if (!report) return settled
  const said = await readDelivered(c.kube, subject, observed.masterPod)
  const placed: Placed =
    said.error === undefined
      ? await place({ c, subject, observed }, report, said)
      : { error: said.error }
  const { location = '', error } = placed
  c.status({ report: { location } })
  c.condition('ReportStored', !error, error ? 'ReportFailed' : 'Stored', error ?? location)
  if (error) c.event('Warning', 'ReportFailed', error)
  return settled
}

async function readDelivered(kube: Kube, { namespace }: Subject, pod: Pod | undefined) {
  const lost: Delivered = { files: {}, error: 'the report was lost with the pod of the master' }
  if (!pod) return lost
  const path = pathOf(core.pod, { namespace, name: pod.metadata.name, subresource: 'log' })
  try {
    const query = { container: reportContainerName, limitBytes: longestLog }
    const bounds = { timeoutMs: 10_000, maxAnswerBytes: 2 * longestLog }
    const log = await kube.request('GET', path, undefined, { query, as: 'text', ...bounds })
    const silent = { files: {}, error: 'the container locust-report ended without an answer' }
    return (typeof log === 'string' && parseDelivered(log)) || silent
  } catch (error) {
    if (isTooLarge(error)) return { files: {}, error: 'the log of locust-report is too large' }
    if (error instanceof KubeError && error.status >= 400 && error.status < 500) return lost
    throw error
  }
}

type Placed = { location?: string; error?: string }

async function place(
  { c, subject, observed }: Pick<Run, 'c' | 'subject' | 'observed'>,
  report: ReportSpec,
  said: Delivered,
): Promise<Placed> {
  const { uploadTo, persistentVolumeClaim: claim } = report
  const { path = '' } = said
  switch (reportTarget(report)) {
    case 'uploadTo':
      return { location: `s3://${uploadTo?.bucket}/${path}` }
    case 'persistentVolumeClaim':
      return { location: `persistentvolumeclaim/${claim?.claimName}/${path}` }
    case 'configMap':
      return intoConfigMap({ c, subject, observed }, said.files)
  }
}

async function intoConfigMap(
  { c, subject, observed }: Pick<Run, 'c' | 'subject' | 'observed'>,
  files: Delivered['files'],
): Promise<Placed> {
  const size = Object.values(files).reduce((sum, { length }) => sum + length, 0)
  if (size > longestReport) return { error: 'the report is larger than a ConfigMap may be' }
  const run = observed.masterJob?.metadata.uid ?? observed.masterPod?.metadata.uid ?? subject.uid
  const name = `${subject.name}-report-${run.slice(0, 8)}`
  return (await createConfigMap(c.kube, subject, { name, files }))
    ? { location: `configmap/${name}` }
    : { error: `ConfigMap ${name} exists and is not this test's` }
}

/** One for each run; they go with the LocustTest. False when the name is somebody else's. */
async function createConfigMap(
  kube: Kube,
  subject: Subject,
  o: { name: string; files: Record<string, string> },
): Promise<boolean> {
  const { namespace } = subject
  const binaryData = Object.fromEntries(
    Object.entries(o.files).map(([file, content]) => [`${file}.gz`, content]),
  )
  try {
    const metadata = { name: o.name, namespace, ownerReferences: [ownerReference(subject)] }
    await kube.create(core.configMap, { metadata, binaryData })
    return true
  } catch (error) {
    if (!isConflict(error)) throw error
    // Made by an operator that died before it said so?
    const present = await kube.get(core.configMap, o.name, namespace)
    return present !== undefined && isOwnedBy(present, subject.uid)
  }
}
