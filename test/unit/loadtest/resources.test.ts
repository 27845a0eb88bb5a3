// The objects of a LocustTest, held against what locust-k8s-operator makes of the same spec.
import { describe, expect, test } from 'vitest'
import type { LocustTestSpec } from '../../../operator/api/locust-test.ts'
import { masterJob, masterService, workerJob } from '../../../operator/loadtest/resources/index.ts'
import { readSettings } from '../../../operator/loadtest/settings.ts'
import { defaults, spec, subject } from './subjects.ts'

const pod = (
  more: Partial<LocustTestSpec>,
  mode: 'master' | 'worker' = 'master',
  settings = defaults,
) => (mode === 'master' ? masterJob : workerJob)(subject(more), settings).spec.template
const container = (...args: Parameters<typeof pod>) => {
  const [first] = pod(...args).spec.containers
  if (!first) throw new Error('no container')
  return first
}
const otel = { openTelemetry: { enabled: true, endpoint: 'http://otel:4317' } }

describe('names, owners and the Service', () => {
  test('dots in the name become dashes and everything is owned by the test', () => {
    const service = masterService(subject(), defaults)
    expect(service.metadata).toEqual({
      name: 'shop-load-master',
      namespace: 'team-a',
      ownerReferences: [
        {
          apiVersion: 'locust.io/v2',
          kind: 'LocustTest',
          name: 'shop.load',
          uid: 'uid-1',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    })
    expect(service.spec.selector).toEqual({ 'performance-test-pod-name': 'shop-load-master' })
    expect(service.spec.ports.map(({ name, port }) => [name, port])).toEqual([
      ['port5557', 5557],
      ['port5558', 5558],
      ['prometheus-metrics', 9646],
    ])
    expect(workerJob(subject(), defaults).metadata.name).toBe('shop-load-worker')
  })

  test('OpenTelemetry takes the place of the exporter', () => {
    const template = pod({ observability: otel })
    expect(template.spec).not.toHaveProperty('initContainers')
    expect(template.metadata.annotations).toEqual({})
    expect(masterService(subject({ observability: otel }), defaults).spec.ports).toHaveLength(2)
  })

  test('the CR can switch the exporter off, and on where the operator has it off', () => {
    const off = readSettings({ METRICS_EXPORTER_ENABLED: 'false' })
    expect(
      pod({ observability: { metricsExporter: { enabled: false } } }).spec.initContainers,
    ).toBe(undefined)
    expect(pod({}, 'master', off).spec.initContainers).toBe(undefined)
    const on = pod({ observability: { metricsExporter: { enabled: true } } }, 'master', off)
    expect(on.spec.initContainers?.[0]).toMatchObject({
      name: 'locust-metrics-exporter',
      restartPolicy: 'Always',
      env: [
        { name: 'LOCUST_EXPORTER_URI', value: 'http://localhost:8089' },
        { name: 'LOCUST_EXPORTER_WEB_LISTEN_ADDRESS', value: ':9646' },
      ],
    })
  })
})

describe('arguments', () => {
  const head = ['-f', '/lotest/src/test.py', '--host', 'http://shop']
  const fixed = ['--master', '--master-port=5557', '--expect-workers=3']
  const tail = ['--enable-rebalancing', '--only-summary']
  const command = '-f /lotest/src/test.py --host http://shop'
  test.each<[string, Partial<LocustTestSpec>, string[]]>([
    ['defaults', {}, [...head, ...fixed, '--autostart', '--autoquit', '60', ...tail]],
    [
      'autostart and autoquit off',
      { master: { command, autostart: false, autoquit: { enabled: false } } },
      [...head, ...fixed, ...tail],
    ],
    [
      'a timeout of 0',
      { master: { command, autoquit: { enabled: true, timeout: 0 } } },
      [...head, ...fixed, '--autostart', '--autoquit', '0', ...tail],
    ],
    [
      'OpenTelemetry and further arguments',
      { observability: otel, master: { command, extraArgs: ['--tags', 'a b'] } },
      [...head, '--otel', ...fixed, '--autostart', '--autoquit', '60', ...tail, '--tags', 'a b'],
    ],
    [
      'thresholds leave failed requests to the verdict',
      { thresholds: { failureRatio: '0.1' } },
      [...head, ...fixed, '--autostart', '--autoquit', '60', ...tail, '--exit-code-on-error', '0'],
    ],
  ])('master: %s', (_name, more, expected) => expect(container(more).args).toEqual(expected))

  test('worker', () => {
    const more = { worker: { ...spec().worker, extraArgs: ['-L', 'DEBUG'] } }
    expect(container(more, 'worker').args).toEqual([
      '-f',
      '/lotest/src/test.py',
      '--worker',
      '--master-port=5557',
      '--master-host=shop-load-master',
      '-L',
      'DEBUG',
    ])
  })
})

describe('pods', () => {
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
})

describe('Jobs', () => {
  test('one failed master fails the test, a lost worker is replaced', () => {
    expect(masterJob(subject(), defaults).spec).toMatchObject({ parallelism: 1, backoffLimit: 0 })
    const worker = workerJob(subject(), defaults).spec
    expect(worker).toMatchObject({ parallelism: 3, completions: 3, completionMode: 'Indexed' })
    expect(worker.backoffLimit).toBeGreaterThan(1000)
  })

  test('a name that leaves no room for an index makes a Job without', () => {
    const named = (length: number) => workerJob(subject({}, 'x'.repeat(length)), defaults).spec
    expect(named(51)).toHaveProperty('completionMode')
    expect(named(52)).not.toHaveProperty('completionMode')
    expect(named(52)).not.toHaveProperty('completions')
  })

  test('TTL: the test’s own, else the operator’s, else none; the duration limits the master', () => {
    const settings = readSettings({ JOB_TTL_SECONDS_AFTER_FINISHED: '0' })
    expect(masterJob(subject(), defaults).spec).not.toHaveProperty('ttlSecondsAfterFinished')
    expect(workerJob(subject(), settings).spec.ttlSecondsAfterFinished).toBe(0)
    const own = subject({ ttlSecondsAfterFinished: 9, maxDurationSeconds: 60 })
    expect(masterJob(own, settings).spec).toMatchObject({
      ttlSecondsAfterFinished: 9,
      activeDeadlineSeconds: 60,
    })
    expect(workerJob(own, settings).spec).not.toHaveProperty('activeDeadlineSeconds')
  })
})
