// The pods of a LocustTest, held against what locust-k8s-operator makes of the same spec.
import { expect, test } from 'vitest'
import type { LocustTestSpec } from '../../../../operator/api/locust/locust-types.ts'
import { readSettings } from '../../../../operator/loadtest/settings.ts'
import { spec } from '../../../support/loadtest/subjects.ts'
import { container, otel, pod } from './made.ts'

test('labels: the user may not override what we select by', () => {
  const labels = {
    app: 'mine',
    'performance-test-name': 'mine',
    'performance-test-pod-name': 'x',
    'managed-by': 'x',
  }
  expect(pod({ master: { ...spec().master, labels } }).metadata.labels).toEqual({
    app: 'mine',
    'performance-test-name': 'mine',
    'performance-test-pod-name': 'shop-load-master',
    'managed-by': 'locust-k8s-operator',
  })
})

test('the user’s annotations win over those for Prometheus, which workers do not have', () => {
  const annotations = { 'prometheus.io/port': '1' }
  expect(pod({ master: { ...spec().master, annotations } }).metadata.annotations).toEqual({
    'prometheus.io/scrape': 'true',
    'prometheus.io/path': '/metrics',
    'prometheus.io/port': '1',
  })
  expect(pod({}, 'worker').metadata.annotations).toEqual({})
})

test('environment: Kafka, OpenTelemetry sorted, then the user’s; ConfigMaps before Secrets', () => {
  const { env, envFrom } = container({
    observability: {
      openTelemetry: { ...otel.openTelemetry, insecure: true, extraEnvVars: { B: '2', A: '1' } },
    },
    env: {
      variables: [{ name: 'OWN', value: 'x' }],
      secretRefs: [{ name: 's', prefix: 'S_' }],
      configMapRefs: [{ name: 'c' }],
    },
  })
  expect(env.map(({ name }) => name)).toEqual([
    'KAFKA_BOOTSTRAP_SERVERS',
    'KAFKA_SECURITY_ENABLED',
    'KAFKA_SECURITY_PROTOCOL_CONFIG',
    'KAFKA_SASL_MECHANISM',
    'KAFKA_SASL_JAAS_CONFIG',
    'KAFKA_USERNAME',
    'KAFKA_PASSWORD',
    'OTEL_TRACES_EXPORTER',
    'OTEL_METRICS_EXPORTER',
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    'OTEL_EXPORTER_OTLP_PROTOCOL',
    'OTEL_EXPORTER_OTLP_INSECURE',
    'A',
    'B',
    'OWN',
  ])
  expect(envFrom).toEqual([
    { configMapRef: { name: 'c' } },
    { prefix: 'S_', secretRef: { name: 's' } },
  ])
})

test('volumes: test files, libraries, secrets, then the user’s that this role mounts', () => {
  const more: Partial<LocustTestSpec> = {
    testFiles: { configMapRef: 'files', libConfigMapRef: 'lib', srcMountPath: '/src' },
    env: { secretMounts: [{ name: 'tls', mountPath: '/tls', readOnly: false }] },
    volumes: [
      { name: 'a', emptyDir: {} },
      { name: 'b', emptyDir: {} },
    ],
    volumeMounts: [
      { name: 'b', mountPath: '/b', target: 'worker' },
      { name: 'a', mountPath: '/a', subPath: 'x' },
    ],
  }
  expect(pod(more).spec.volumes).toEqual([
    { name: 'shop-load-master', configMap: { name: 'files' } },
    { name: 'locust-lib', configMap: { name: 'lib' } },
    { name: 'secret-tls', secret: { secretName: 'tls' } },
    { name: 'a', emptyDir: {} },
  ])
  expect(container(more, 'worker').volumeMounts).toEqual([
    { name: 'shop-load-worker', mountPath: '/src' },
    { name: 'locust-lib', mountPath: '/opt/locust/lib' },
    { name: 'secret-tls', mountPath: '/tls' },
    { name: 'b', mountPath: '/b' },
    { name: 'a', mountPath: '/a', subPath: 'x' },
  ])
})

test('resources: the CR replaces all, else the role’s settings win field by field', () => {
  const settings = readSettings({ MASTER_POD_CPU_LIMIT: '2', POD_MEM_LIMIT: 'none' })
  expect(container({}, 'master', settings).resources).toEqual({
    requests: { cpu: '250m', memory: '128Mi', 'ephemeral-storage': '30M' },
    limits: { cpu: '2', 'ephemeral-storage': '50M' },
  })
  const own = { limits: { cpu: '1' } }
  expect(container({ master: { ...spec().master, resources: own } }).resources).toEqual(own)
})

test('affinity and tolerations only where the operator injects them; the rest always', () => {
  const scheduling = {
    affinity: { nodeAffinity: {} },
    tolerations: [{ key: 'a' }],
    nodeSelector: { disk: 'ssd' },
    runtimeClassName: '',
    serviceAccountName: 'runner',
    priorityClassName: 'low',
    topologySpreadConstraints: [{ maxSkew: 1 }],
  }
  const { affinity, tolerations, runtimeClassName: _none, ...always } = scheduling
  const inherit = readSettings({ DEFAULT_RUNTIME_CLASS_NAME: 'gvisor' })
  expect(pod({ scheduling }, 'worker', inherit).spec).toMatchObject(always)
  expect(pod({ scheduling }).spec).not.toHaveProperty('affinity')
  expect(pod({ scheduling }, 'worker', inherit).spec).not.toHaveProperty('runtimeClassName')
  expect(pod({}, 'worker', inherit).spec.runtimeClassName).toBe('gvisor')
  const inject = readSettings({
    ENABLE_AFFINITY_CR_INJECTION: 'true',
    ENABLE_TAINT_TOLERATIONS_CR_INJECTION: 'true',
  })
  expect(pod({ scheduling }, 'master', inject).spec).toMatchObject({ affinity, tolerations })
})

test('security: RuntimeDefault, restricted on demand, the CR’s own replaces it', () => {
  expect(pod({}).spec.securityContext).toEqual({ seccompProfile: { type: 'RuntimeDefault' } })
  expect(container({})).not.toHaveProperty('securityContext')
  const restricted = readSettings({ LOCUST_POD_SECURITY: 'restricted' })
  expect(pod({}, 'worker', restricted).spec.securityContext).toMatchObject({ runAsNonRoot: true })
  expect(container({}, 'worker', restricted).securityContext).toMatchObject({
    allowPrivilegeEscalation: false,
  })
  const own = {
    podSecurityContext: { runAsUser: 5 },
    containerSecurityContext: { privileged: false },
  }
  expect(pod({ security: own }, 'master', restricted).spec.securityContext).toEqual({
    runAsUser: 5,
  })
})
