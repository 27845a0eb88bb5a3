// What a test with spec.report has besides: Locust writes the report into an empty directory of the master's pod, and
// the container locust-report, a native sidecar, delivers it when the master has ended.
import type {
  LocustTestSpec,
  ReportSpec,
  ResourceRequirements,
} from '../../api/locust/locust-types.ts'
import type { Subject } from '../spec/subject.ts'
import { reportDirectory, reportScript, reportVolumeMount } from './report-script.ts'

export const reportContainerName = 'locust-report'
export const reportFormats = ['html', 'csv', 'json'] as const
const filesVolume = 'cratekube-report'
const claimVolume = 'cratekube-report-claim'
export const reportVolumeNames = [filesVolume, claimVolume]

export type ReportTarget = 'configMap' | 'persistentVolumeClaim' | 'uploadTo'

/** The CRD lets exactly one pass. */
export const reportTarget = (report: ReportSpec): ReportTarget =>
  report.uploadTo
    ? 'uploadTo'
    : report.persistentVolumeClaim
      ? 'persistentVolumeClaim'
      : 'configMap'

const formats = (report: ReportSpec) => report.formats ?? [...reportFormats]

/** JSON is made from CSV: with --json-file Locust would not print the tables that the verdict is read from. */
export function reportArguments({ report }: LocustTestSpec): string[] {
  if (!report) return []
  const wanted = formats(report)
  return [
    ...(wanted.includes('html') ? ['--html', `${reportDirectory}/report.html`] : []),
    ...(wanted.includes('csv') || wanted.includes('json')
      ? ['--csv', `${reportDirectory}/report`]
      : []),
  ]
}

export const reportMounts = ({ report }: LocustTestSpec) =>
  report ? [{ name: filesVolume, mountPath: reportDirectory }] : []

export function reportVolumes({ report }: LocustTestSpec) {
  if (!report) return []
  const claimName = report.persistentVolumeClaim?.claimName
  return [
    { name: filesVolume, emptyDir: {} },
    ...(claimName ? [{ name: claimVolume, persistentVolumeClaim: { claimName } }] : []),
  ]
}

/** With the master's security context and image, so that what admits the one admits the other. */
export function reportContainer(
  { name, namespace, spec }: Subject,
  securityContext: object | undefined,
): object[] {
  const { report } = spec
  if (!report) return []
  const { uploadTo, persistentVolumeClaim: claim } = report
  return [
    {
      name: reportContainerName,
      image: spec.image,
      imagePullPolicy: spec.imagePullPolicy ?? 'IfNotPresent',
      restartPolicy: 'Always',
      command: ['python3', '-c', reportScript],
      env: environment(`${namespace}/${name}`, report),
      ...(uploadTo && { envFrom: [{ secretRef: { name: uploadTo.secretRef } }] }),
      resources,
      volumeMounts: [
        ...reportMounts(spec),
        ...(claim ? [{ name: claimVolume, mountPath: reportVolumeMount }] : []),
      ],
      ...(securityContext && { securityContext }),
    },
  ]
}

function environment(run: string, report: ReportSpec) {
  const { uploadTo, persistentVolumeClaim: claim } = report
  const env = {
    REPORT_TO: reportTarget(report),
    REPORT_FORMATS: formats(report).join(','),
    REPORT_PATH: `${uploadTo?.prefix ?? claim?.path ?? ''}/${run}`,
    ...(uploadTo && {
      REPORT_BUCKET: uploadTo.bucket,
      REPORT_REGION: uploadTo.region ?? 'us-east-1',
      ...(uploadTo.endpoint && { REPORT_ENDPOINT: uploadTo.endpoint }),
    }),
  }
  return Object.entries(env).map(([name, value]) => ({ name, value }))
}

const resources: ResourceRequirements = {
  requests: { cpu: '10m', memory: '32Mi', 'ephemeral-storage': '1M' },
  limits: { memory: '128Mi', 'ephemeral-storage': '50M' },
}
