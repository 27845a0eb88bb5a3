// The structural schema of the spec of LocustTest v2. Pieces of core/v1 are kept as the user wrote them and are
// checked by Kubernetes when the Jobs are created.
import { leftByV1 } from './locust-test-v1-schema.ts'
import { empty, flag, fragment, integer, list, map, object, text } from '../schema/builders.ts'

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
  resources: fragment('Resources of the Locust container; replaces the operator’s settings.', {
    requests: quantities,
    limits: quantities,
  }),
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

const decimal = { pattern: '^[0-9]+(\\.[0-9]{1,6})?$', maxLength: 20 }
const limits = {
  failureRatio: text('Largest share of failed requests, such as "0.01".', {
    pattern: '^(0(\\.[0-9]{1,6})?|1(\\.0{1,6})?)$',
  }),
  p95Ms: integer('Largest 95th percentile of the response time in milliseconds.', { minimum: 1 }),
  p99Ms: integer('Largest 99th percentile of the response time in milliseconds.', { minimum: 1 }),
  averageMs: integer('Largest average response time in milliseconds.', { minimum: 1 }),
  minRequestsPerSecond: text('Fewest requests a second over the whole test.', decimal),
}

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
  srcMountPath: text('Where the locustfile is mounted.', { default: '/lotest/src' }),
  libMountPath: text('Where the modules are mounted.', { default: '/opt/locust/lib' }),
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
    fragment('A variable.', { name: text('Name.'), value: text('Value.') }, ['name']),
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

const folder = { pattern: '^[A-Za-z0-9][A-Za-z0-9._/-]*$', maxLength: 256 }

const thresholds = object('What the test must reach to pass.', {
  ...limits,
  requests: list(
    'Thresholds of single requests.',
    object(
      'A request.',
      {
        ...limits,
        name: text('Name of the request in the statistics.', { minLength: 1, maxLength: 256 }),
        method: text('Method of the request, where several have the name.', { maxLength: 32 }),
      },
      { required: ['name'] },
    ),
    { maxItems: 50 },
  ),
})

const targets = ['configMap', 'persistentVolumeClaim', 'uploadTo']
const report = object(
  'Where the report of the test is kept; the image needs Python 3. Exactly one target.',
  {
    formats: list(
      'Files of the report. Defaults to all.',
      { type: 'string', enum: ['html', 'csv', 'json'] },
      { minItems: 1, 'x-kubernetes-list-type': 'set' },
    ),
    configMap: empty(
      'A ConfigMap of its own for every run, with each file gzipped; it goes with the LocustTest.',
    ),
    persistentVolumeClaim: object(
      'A claim in the namespace of the test, in the folder <path>/<namespace>/<name>/<time>.',
      {
        claimName: text('Name of the claim.', { minLength: 1, maxLength: 253 }),
        path: text('Folder in the volume. Defaults to its root.', folder),
      },
      { required: ['claimName'] },
    ),
    uploadTo: object(
      'A bucket of S3, or of what speaks its protocol, under <prefix>/<namespace>/<name>/<time>.',
      {
        bucket: text('Name of the bucket.', { pattern: '^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$' }),
        prefix: text('What the keys begin with. Defaults to nothing.', folder),
        region: text('Region of the bucket. Defaults to us-east-1.', {
          pattern: '^[a-z0-9-]{1,32}$',
        }),
        endpoint: text('Address of another service than AWS.', {
          pattern: '^https?://[^/?#]+(/[^?#]*)?$',
          maxLength: 512,
        }),
        secretRef: text('Secret with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.', {
          minLength: 1,
          maxLength: 253,
        }),
      },
      { required: ['bucket', 'secretRef'] },
    ),
  },
  {
    'x-kubernetes-validations': [
      {
        rule: `[${targets.map((name) => `has(self.${name})`).join(', ')}].filter(set, set).size() == 1`,
        message: `expected exactly one of ${targets.join(', ')}`,
      },
    ],
  },
)

const requiredUnlessV1 = (field: string) => ({
  rule: `has(self.${field}) || has(self.masterCommandSeed)`,
  message: `expected ${field}; a LocustTest v2 has image, master and worker`,
  reason: 'FieldValueRequired',
  fieldPath: `.${field}`,
})

const pullPolicy = { enum: ['Always', 'IfNotPresent', 'Never'] }

export const locustTestSpecSchema = object(
  'What to run.',
  {
    ...leftByV1,
    image: text('Locust image.', { minLength: 1 }),
    imagePullPolicy: text('Defaults to IfNotPresent.', { ...pullPolicy, default: 'IfNotPresent' }),
    // Items of any type: v1 has strings here. Kubernetes checks them when the Jobs are created.
    imagePullSecrets: list('Secrets to pull the image with, each {name: …}.', {
      'x-kubernetes-preserve-unknown-fields': true,
    }),
    master,
    worker,
    testFiles,
    scheduling,
    env,
    volumes: list('Volumes of the pods.', fragment('A volume.', { name: text('Name.') }, ['name'])),
    volumeMounts: list(
      'Mounts in the Locust containers.',
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
    thresholds,
    report,
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
  { 'x-kubernetes-validations': ['image', 'master', 'worker'].map(requiredUnlessV1) },
)
