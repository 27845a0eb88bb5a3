// The pod template of the master and of the workers.
import type { LocustTestSpec, ResourceRequirements } from '../../api/locust/locust-types.ts'
import type { Mode } from '../pods/names.ts'
import type { Subject } from '../spec/subject.ts'
import { nodeName, podLabels, ports } from '../pods/names.ts'
import type { LoadTestSettings } from '../settings.ts'
import { masterArguments, workerArguments } from './arguments.ts'
import { environment, environmentFrom } from './environment.ts'
import { exporterContainer, hasExporter } from './exporter.ts'
import { patched, withContainerName } from './patch.ts'
import { reportContainer } from './report.ts'
import { volumeMounts, volumes } from './storage.ts'

export function podTemplate(subject: Subject, mode: Mode, settings: LoadTestSettings) {
  const made = ownTemplate(subject, mode, settings)
  const { podTemplate: patch } = subject.spec[mode]
  return patch ? patched(made, withContainerName(patch, nodeName(subject.name, mode))) : made
}

function ownTemplate(subject: Subject, mode: Mode, settings: LoadTestSettings) {
  const exporter = mode === 'master' && hasExporter(subject.spec, settings)
  const sidecars = [
    ...(exporter ? [exporterContainer(settings)] : []),
    ...(mode === 'master'
      ? reportContainer(subject, containerSecurity(subject.spec, settings))
      : []),
  ]
  return {
    metadata: {
      labels: podLabels(subject, mode),
      annotations: {
        ...(exporter && scrapeAnnotations(settings)),
        ...subject.spec[mode].annotations,
      },
    },
    spec: {
      restartPolicy: 'Never',
      ...placement(subject.spec, settings),
      securityContext: podSecurity(subject.spec, settings),
      ...(subject.spec.imagePullSecrets && { imagePullSecrets: subject.spec.imagePullSecrets }),
      ...(sidecars.length > 0 && { initContainers: sidecars }),
      containers: [locustContainer(subject, mode, settings)],
      volumes: volumes(subject, mode),
    },
  }
}

function locustContainer(subject: Subject, mode: Mode, settings: LoadTestSettings) {
  const { spec } = subject
  const master = mode === 'master'
  const securityContext = containerSecurity(spec, settings)
  return {
    name: nodeName(subject.name, mode),
    image: spec.image,
    imagePullPolicy: spec.imagePullPolicy ?? 'IfNotPresent',
    args: master ? masterArguments(spec) : workerArguments(spec, nodeName(subject.name, 'master')),
    ports: (master ? [ports.master, ports.masterPlusOne, ports.web] : [ports.worker]).map(
      (containerPort) => ({ containerPort }),
    ),
    env: environment(spec, settings),
    envFrom: environmentFrom(spec),
    resources: resources(spec[mode].resources, settings, mode),
    volumeMounts: volumeMounts(subject, mode),
    ...(securityContext && { securityContext }),
  }
}

/** The CR's resources replace everything; else the role's setting wins over the common one, field by field. */
function resources(
  own: ResourceRequirements | undefined,
  settings: LoadTestSettings,
  mode: Mode,
): ResourceRequirements {
  if (own && Object.keys(own).length > 0) return own
  return {
    requests: { ...settings.pod.requests, ...settings[mode].requests },
    limits: { ...settings.pod.limits, ...settings[mode].limits },
  }
}

function placement(spec: LocustTestSpec, settings: LoadTestSettings) {
  const given = spec.scheduling ?? {}
  const runtimeClassName = given.runtimeClassName ?? settings.runtimeClassName
  return {
    ...(settings.injectAffinity && given.affinity && { affinity: given.affinity }),
    ...(settings.injectTolerations && given.tolerations && { tolerations: given.tolerations }),
    ...(given.nodeSelector && { nodeSelector: given.nodeSelector }),
    ...(runtimeClassName && { runtimeClassName }),
    ...(given.priorityClassName && { priorityClassName: given.priorityClassName }),
    ...(given.serviceAccountName && { serviceAccountName: given.serviceAccountName }),
    ...(given.topologySpreadConstraints && {
      topologySpreadConstraints: given.topologySpreadConstraints,
    }),
  }
}

const podSecurity = (spec: LocustTestSpec, settings: LoadTestSettings) =>
  spec.security?.podSecurityContext ?? {
    seccompProfile: { type: 'RuntimeDefault' },
    // The user of the official Locust image, by number: the kubelet cannot tell that a name is not root.
    ...(settings.podSecurity === 'restricted' && { runAsNonRoot: true, runAsUser: 1000 }),
  }

const containerSecurity = (spec: LocustTestSpec, settings: LoadTestSettings) =>
  spec.security?.containerSecurityContext ?? restrictedContainer(settings)

const restrictedContainer = (settings: LoadTestSettings) =>
  settings.podSecurity === 'restricted'
    ? { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } }
    : undefined

const scrapeAnnotations = (settings: LoadTestSettings) => ({
  'prometheus.io/scrape': 'true',
  'prometheus.io/path': '/metrics',
  'prometheus.io/port': String(settings.exporter.port),
})
