// The chart of the load-test operator as Helm renders, installs, upgrades and removes it.
import { join } from 'node:path'
import { helm, setFlags } from '../../support/helm.ts'

export const chart = join(import.meta.dirname, '../../../charts/cratekube-loadtest')
export const release = 'loadtest'
export const namespace = 'load-tests'

type Values = Record<string, unknown>

/** By name; each has golden files. `npm test -- charts -u` writes them anew. */
export const valueSets: Record<string, Values> = {
  defaults: {},
  // No right beyond one namespace.
  namespaced: { 'k8s.clusterRole.enabled': false },
  'with-everything': {
    'webhook.certManager.enabled': true,
    'metrics.serviceMonitor.enabled': true,
    'metrics.serviceMonitor.labels': { release: 'prometheus' },
    'metrics.dashboard.enabled': true,
    'metrics.dashboard.annotations': { grafana_folder: 'Load tests' },
    'limits.workers': 100,
    'limits.users': '5000',
    'limits.maxDurationSeconds': 7200,
    'limits.images': ['docker.io/locustio/*', 'registry.example.com/tests/*'],
    masterAccess: 'proxy',
  },
  // As somebody has them who comes from locust-k8s-operator.
  'from-upstream': {
    fullnameOverride: 'locust-operator',
    replicaCount: 1,
    'image.pullPolicy': 'Always',
    'locustPods.resources.limits.cpu': 'none',
    'locustPods.workerResources.requests.memory': '512Mi',
    'locustPods.ttlSecondsAfterFinished': 0,
    'locustPods.runtimeClassName': 'gvisor',
    'locustPods.metricsExporter.enabled': true,
    'kafka.bootstrapServers': 'kafka:9092',
    'kafka.securityEnabled': true,
    'webhook.certManager.enabled': true,
    'webhook.certManager.issuerRef': { name: 'platform', kind: 'ClusterIssuer' },
    nodeSelector: { 'kubernetes.io/arch': 'arm64' },
    tolerations: [{ key: 'platform', operator: 'Exists' }],
    podAnnotations: { team: 'platform' },
  },
  'without-extras': {
    'admission.enabled': false,
    'webhook.enabled': false,
    'leaderElection.enabled': false,
    'metrics.scrapeAnnotations': false,
    'serviceAccount.create': false,
    'serviceAccount.name': 'given',
    replicaCount: 1,
  },
}

const at = ['--namespace', namespace]

export const template = (values: Values = {}): Promise<string> =>
  helm(['template', release, chart, ...at, ...setFlags(values)])

export const install = (kubeconfig: string, values: Values = {}) =>
  helm(['install', release, chart, ...at, ...setFlags(values)], kubeconfig)

export const upgrade = (kubeconfig: string, values: Values = {}) =>
  helm(['upgrade', release, chart, ...at, ...setFlags(values)], kubeconfig)

export const uninstall = (kubeconfig: string) => helm(['uninstall', release, ...at], kubeconfig)
