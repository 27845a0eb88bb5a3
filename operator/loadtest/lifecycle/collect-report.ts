// After the end of a test: learns from the container locust-report where the report is, and makes the ConfigMap
// when it shall be in one.
import {
  core,
  isConflict,
  isControlledBy,
  isTooLarge,
  KubeError,
  pathOf,
} from '../../framework/index.ts'
import type { Kube } from '../../framework/index.ts'
import type { ReportSpec } from '../../api/locust/locust-types.ts'
import type { Subject } from '../spec/subject.ts'
import { ownerReference } from '../pods/names.ts'
import type { Pod } from '../pods/objects.ts'
import { reportContainerName, reportTarget } from '../resources/report.ts'
import type { Delivered } from '../results/delivered.ts'
import { parseDelivered } from '../results/delivered.ts'
import type { Known, Tools } from './known.ts'
import type { StoredReport } from './status.ts'

/** The ConfigMap must fit into etcd with its metadata. */
const longestReport = 1_000_000
const longestLog = 8_000_000

export async function collectReport(
  known: Known,
  { kube }: Tools,
): Promise<StoredReport | undefined> {
  const { subject, observed } = known
  const { report } = subject.spec
  if (!report) return undefined
  const said = await readDelivered(kube, subject, observed.masterPod)
  return said.error === undefined ? place(known, kube, { report, said }) : { error: said.error }
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

async function place(
  known: Known,
  kube: Kube,
  { report, said }: { report: ReportSpec; said: Delivered },
): Promise<StoredReport> {
  const { uploadTo, persistentVolumeClaim: claim } = report
  const { path = '' } = said
  switch (reportTarget(report)) {
    case 'uploadTo':
      return { location: `s3://${uploadTo?.bucket}/${path}` }
    case 'persistentVolumeClaim':
      return { location: `persistentvolumeclaim/${claim?.claimName}/${path}` }
    case 'configMap':
      return intoConfigMap(known, kube, said.files)
  }
}

async function intoConfigMap(
  { subject, observed }: Known,
  kube: Kube,
  files: Delivered['files'],
): Promise<StoredReport> {
  const size = Object.values(files).reduce((sum, { length }) => sum + length, 0)
  if (size > longestReport) return { error: 'the report is larger than a ConfigMap may be' }
  const run = observed.masterJob?.metadata.uid ?? observed.masterPod?.metadata.uid ?? subject.uid
  const name = `${subject.name}-report-${run.slice(0, 8)}`
  return (await createConfigMap(kube, subject, { name, files }))
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
    return present !== undefined && isControlledBy(present, subject.uid)
  }
}
