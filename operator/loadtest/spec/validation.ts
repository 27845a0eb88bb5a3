// What is wrong with a LocustTest beyond what its CRD can say. Used by the webhook and, because the webhook
// is optional, again by the controller. Every message names the field.
import type { LocustTestSpec } from '../../api/locust/locust-types.ts'
import { BadQuoting, splitCommand } from './command.ts'
import { secretMountProblems, testFileProblems, volumeMountProblems } from './mount-problems.ts'
import type { Subject } from './subject.ts'
import { fixedLabels, nodeName } from '../pods/names.ts'
import { reportVolumeNames } from '../resources/report.ts'
import { libVolume, secretVolume } from '../resources/storage.ts'
import { inWordsOf } from './v1-words.ts'

/** All problems, in upstream's order first; none means valid. */
export function problems(subject: Subject): string[] {
  if (subject.misread?.length) return subject.misread
  return inWordsOf(subject, problemsOf(subject))
}

function problemsOf(subject: Subject): string[] {
  const missing = missingFields(subject.spec)
  if (missing.length > 0) return missing
  return [
    ...nameProblems(subject.name),
    ...testFileProblems(subject.spec),
    ...secretMountProblems(subject.spec),
    ...volumeProblems(subject),
    ...volumeMountProblems(subject.spec),
    ...openTelemetryProblems(subject.spec),
    ...podTemplateProblems(subject.spec),
    ...commandProblems(subject.spec),
  ]
}

const longestName = 56

function missingFields(spec: Partial<LocustTestSpec>): string[] {
  const text = (value: unknown) => typeof value === 'string' && value.trim() !== ''
  const replicas = spec.worker?.replicas
  const wholeReplicas = Number.isInteger(replicas) && Number(replicas) >= 1
  return [
    ...(text(spec.image) ? [] : ['spec.image: expected an image']),
    ...(text(spec.master?.command) ? [] : ['spec.master.command: expected a Locust command']),
    ...(text(spec.worker?.command) ? [] : ['spec.worker.command: expected a Locust command']),
    ...(wholeReplicas ? [] : ['spec.worker.replicas: expected a whole number of at least 1']),
  ]
}

const nameProblems = (name: string): string[] =>
  name.length <= longestName
    ? []
    : [
        `metadata.name: name "${name}" is too long: generated Job names would exceed 63 characters (max CR name length is ${longestName})`,
      ]

function volumeProblems({ name: cr, spec }: Subject): string[] {
  const names = (spec.volumes ?? []).map(({ name }) => name)
  const generated = [nodeName(cr, 'master'), nodeName(cr, 'worker')]
  return names.flatMap((name, at) => {
    const field = `spec.volumes[${at}].name`
    return [
      ...(reportVolumeNames.includes(name)
        ? [`${field}: volume name "${name}" is reserved by the operator`]
        : []),
      ...(name.startsWith(secretVolume(''))
        ? [`${field}: volume name "${name}" uses reserved prefix "secret-"`]
        : []),
      ...(name === libVolume
        ? [`${field}: volume name "${name}" is reserved by the operator`]
        : []),
      ...(generated.includes(name)
        ? [`${field}: volume name "${name}" conflicts with operator-generated name`]
        : []),
      ...(names.indexOf(name) < at ? [`${field}: volume name "${name}" is used twice`] : []),
    ]
  })
}

function openTelemetryProblems({ observability }: LocustTestSpec): string[] {
  const otel = observability?.openTelemetry
  return otel?.enabled && !otel.endpoint
    ? [
        'spec.observability.openTelemetry.endpoint: observability.openTelemetry.endpoint is required when OpenTelemetry is enabled',
      ]
    : []
}

/** What the operator finds its pods and their end by. */
const podTemplateProblems = (spec: LocustTestSpec): string[] =>
  (['master', 'worker'] as const).flatMap((mode) => {
    const { metadata, spec: pod } = spec[mode].podTemplate ?? {}
    const field = `spec.${mode}.podTemplate`
    const labels = Object.keys(metadata?.labels ?? {}).filter((name) => fixedLabels.includes(name))
    return [
      ...labels.map((name) => `${field}.metadata.labels: ${name} is set by the operator`),
      ...(pod && 'restartPolicy' in pod
        ? [`${field}.spec.restartPolicy: expected none; it is Never`]
        : []),
    ]
  })

const commandProblems = (spec: LocustTestSpec): string[] =>
  (['master', 'worker'] as const).flatMap((mode) => {
    try {
      splitCommand(spec[mode].command)
      return []
    } catch (error) {
      if (!(error instanceof BadQuoting)) throw error
      return [`spec.${mode}.command: expected balanced quotes, got ${error.message}`]
    }
  })
