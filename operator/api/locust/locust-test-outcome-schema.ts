// The structural schema of what a LocustTest must reach, and of where its report goes.
import { empty, integer, list, noted, object, text } from '../schema/builders.ts'

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

export const thresholdsSchema = noted(thresholds, { type: 'Thresholds' })
export const reportSchema = noted(report, { type: 'ReportSpec' })
