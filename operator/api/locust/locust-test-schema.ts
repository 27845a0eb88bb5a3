// The structural schema of the spec of LocustTest v2. Pieces of core/v1 are kept as the user wrote them and are
// checked by Kubernetes when the Jobs are created.
import { mountPaths } from './locust-test.ts'
import { reportSchema, thresholdsSchema } from './locust-test-outcome-schema.ts'
import { leftByV1 } from './locust-test-v1-schema.ts'
import { flag, fragment, integer, list, map, noted, object, text } from '../schema/builders.ts'

const quantities = {
  type: 'object',
  additionalProperties: {
    anyOf: [{ type: 'integer' }, { type: 'string' }],
    'x-kubernetes-int-or-string': true,
  },
}
const role = {
  command: text('Arguments of Locust, such as "-f /lotest/src/test.py --host http://shop".', {
    minLength: 1,
  }),
  resources: noted(
    fragment('Resources of the Locust container; replaces the operator’s settings.', {
      requests: quantities,
      limits: quantities,
    }),
    { type: 'ResourceRequirements' },
  ),
  labels: map('Labels on the pods.'),
  annotations: map('Annotations on the pods.'),
  extraArgs: list('Arguments after the operator’s own.', { type: 'string' }),
  podTemplate: object(
    'Laid over the pod template that the operator makes, for probes, init containers and whatever has no field here: lists of named things are merged by name, null takes a field away. The Locust container is called locust.',
    {
      metadata: object('Labels and annotations.', {
        labels: map('Labels on the pods.'),
        annotations: map('Annotations on the pods.'),
      }),
      spec: fragment('Fields of a pod.'),
    },
  ),
}
const reference = (description: string) =>
  object(
    description,
    {
      name: text('Name of the object.'),
      prefix: text('Prefix of the variables.'),
      optional: flag('Start the test without it when it does not exist. Defaults to false.'),
    },
    {
      required: ['name'],
    },
  )

const master = object(
  'The Locust master.',
  {
    ...role,
    autostart: flag('Start the test when all workers are connected. Defaults to true.', {
      default: true,
    }),
    autoquit: object(
      'Whether the master quits after the test.',
      {
        enabled: flag('Quit after the test. Defaults to true.', { default: true }),
        timeout: integer('Seconds between the end of the test and quitting. Defaults to 60.', {
          minimum: 0,
          default: 60,
        }),
      },
      { required: ['enabled'] },
    ),
  },
  { required: ['command'] },
)

const worker = object(
  'The Locust workers.',
  {
    ...role,
    replicas: integer('Number of workers; may change while the test runs.', {
      minimum: 1,
      maximum: 500,
    }),
  },
  { required: ['command', 'replicas'] },
)

const testFiles = object('Where the test comes from.', {
  configMapRef: text('ConfigMap with the locustfile.'),
  libConfigMapRef: text('ConfigMap with Python modules.'),
  srcMountPath: text('Where the locustfile is mounted.', { default: mountPaths.src }),
  libMountPath: text('Where the modules are mounted.', { default: mountPaths.lib }),
})

const scheduling = object('Where the pods run.', {
  affinity: fragment('Affinity of the pods; ignored unless the operator injects affinity.'),
  tolerations: list(
    'Tolerations of the pods; ignored unless the operator injects tolerations.',
    fragment('A toleration.'),
  ),
  nodeSelector: map('Labels of the nodes.'),
  runtimeClassName: text('RuntimeClass; omitted: the operator’s default, empty: none.', {
    maxLength: 253,
    pattern: '^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$',
  }),
  priorityClassName: text('PriorityClass of the pods.', { maxLength: 253 }),
  serviceAccountName: text('ServiceAccount of the pods.', { maxLength: 253 }),
  topologySpreadConstraints: list('How the pods are spread.', fragment('A constraint.')),
})

const env = object('Environment of the Locust containers.', {
  configMapRefs: list('ConfigMaps whose keys become variables.', reference('A ConfigMap.')),
  secretRefs: list('Secrets whose keys become variables.', reference('A Secret.')),
  variables: list(
    'Variables.',
    noted(fragment('A variable.', { name: text('Name.'), value: text('Value.') }, ['name']), {
      type: 'EnvVar',
    }),
  ),
  secretMounts: list(
    'Secrets mounted as files.',
    object(
      'A Secret.',
      {
        name: text('Name of the Secret.'),
        mountPath: text('Where it is mounted.'),
        readOnly: flag('Defaults to true.', { default: true }),
      },
      { required: ['name', 'mountPath'] },
    ),
  ),
})

const openTelemetry = object(
  'OpenTelemetry instead of the Prometheus exporter.',
  {
    enabled: flag('Defaults to false.', { default: false }),
    endpoint: text('OTLP endpoint; required when enabled.'),
    protocol: text('Defaults to grpc.', { enum: ['grpc', 'http/protobuf'], default: 'grpc' }),
    insecure: flag('Defaults to false.', { default: false }),
    extraEnvVars: map('Further OTEL_ variables.'),
  },
  { required: ['enabled'] },
)

const requiredUnlessV1 = (field: string) => ({
  rule: `has(self.${field}) || has(self.masterCommandSeed)`,
  message: `expected ${field}; a LocustTest v2 has image, master and worker`,
  reason: 'FieldValueRequired',
  fieldPath: `.${field}`,
})

const pullPolicy = { enum: ['Always', 'IfNotPresent', 'Never'] }

/** Of every test, though no API server asks for it of an object that a client of v1 stored. */
const whole = ['image', 'master', 'worker']

const spec = object(
  'What to run.',
  {
    ...leftByV1,
    image: text('Locust image.', { minLength: 1 }),
    imagePullPolicy: text('Defaults to IfNotPresent.', { ...pullPolicy, default: 'IfNotPresent' }),
    // Items of any type: v1 has strings here. Kubernetes checks them when the Jobs are created.
    imagePullSecrets: list(
      'Secrets to pull the image with, each {name: …}.',
      noted(
        { 'x-kubernetes-preserve-unknown-fields': true },
        { readAs: object('A Secret.', { name: text('Name.') }, { required: ['name'] }) },
      ),
    ),
    master,
    worker,
    testFiles,
    scheduling,
    env,
    volumes: list(
      'Volumes of the pods.',
      noted(fragment('A volume.', { name: text('Name.') }, ['name']), { type: 'Volume' }),
    ),
    volumeMounts: list(
      'Mounts in the Locust containers.',
      noted(
        fragment(
          'A mount.',
          {
            name: text('Name of the volume.'),
            mountPath: text('Path.'),
            target: text('Which pods. Defaults to both.', {
              enum: ['master', 'worker', 'both'],
              default: 'both',
            }),
          },
          ['name', 'mountPath'],
        ),
        { type: 'VolumeMount' },
      ),
    ),
    security: object('Security of the pods.', {
      podSecurityContext: fragment('Replaces the operator’s default.'),
      containerSecurityContext: fragment('Of the Locust container.'),
    }),
    observability: object('Metrics and traces.', {
      metricsExporter: object(
        'The Prometheus exporter beside the master.',
        { enabled: flag('Overrides the operator’s setting.') },
        { required: ['enabled'] },
      ),
      openTelemetry,
    }),
    thresholds: thresholdsSchema,
    report: reportSchema,
    suspend: flag(
      'Hold the test back, or stop it while it runs; false begins it anew. Defaults to false.',
    ),
    startDeadlineSeconds: integer(
      'Fail when the test has not started this long after it was created, told to run once more, or let go.',
      {
        minimum: 1,
      },
    ),
    maxDurationSeconds: integer(
      'Fail when the master has not ended this long after its Job began.',
      { minimum: 1 },
    ),
    ttlSecondsAfterFinished: integer('Delete the Jobs this long after they finished.', {
      minimum: 0,
    }),
  },
  // Not `required`: an object that a client of v1 stored must stay writable.
  { 'x-kubernetes-validations': whole.map(requiredUnlessV1) },
)

export const locustTestSpecSchema = noted(spec, {
  type: 'LocustTestSpec',
  always: whole,
  passing: Object.keys(leftByV1),
})
