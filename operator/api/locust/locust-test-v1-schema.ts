// The structural schema of the spec of LocustTest v1, the deprecated first version, and what of it v2 lets pass.
import { integer, list, noted, object, text, type Json } from '../schema/builders.ts'

const texts = { type: 'object', additionalProperties: { type: 'string' } }
const roles = (description: string) => object(description, { master: texts, worker: texts })
const anything = { 'x-kubernetes-preserve-unknown-fields': true }
const needed = ['image', 'masterCommandSeed', 'workerCommandSeed']

const toleration = {
  type: 'object',
  required: ['key', 'operator', 'effect'],
  properties: {
    key: { type: 'string' },
    operator: { type: 'string', enum: ['Exists', 'Equal'] },
    value: { type: 'string' },
    effect: { type: 'string', enum: ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] },
  },
}

const properties = {
  master: { type: 'object', ...anything },
  image: text('Locust image.'),
  imagePullPolicy: text('Pull policy.', { enum: ['Always', 'IfNotPresent', 'Never'] }),
  imagePullSecrets: list('Names of Secrets.', noted(anything, { readAs: { type: 'string' } })),
  masterCommandSeed: text('Command of the master.'),
  workerCommandSeed: text('Command of the workers.'),
  // No default here: it would be written into v2 objects that pass through v1.
  workerReplicas: integer('Number of workers. Defaults to 1.', { minimum: 1, maximum: 500 }),
  configMap: text('ConfigMap with the locustfile.'),
  libConfigMap: text('ConfigMap with Python modules.'),
  labels: roles('Labels on the pods.'),
  annotations: roles('Annotations on the pods.'),
  affinity: object('Node labels that the pods need.', {
    nodeAffinity: {
      type: 'object',
      properties: { requiredDuringSchedulingIgnoredDuringExecution: texts },
    },
  }),
  tolerations: list('Tolerations of the pods.', toleration),
}

const passing = ['master']
export const locustTestV1SpecSchema = noted(
  {
    type: 'object',
    description: 'What to run.',
    // Fields of v2 pass through, so that a v2 object that is labelled through v1 loses nothing.
    ...anything,
    'x-kubernetes-validations': needed.map((field) => ({
      rule: `has(self.${field}) || has(self.master)`,
      message: `expected ${field}; a LocustTest v1 has image, masterCommandSeed and workerCommandSeed`,
      reason: 'FieldValueRequired',
      fieldPath: `.${field}`,
    })),
    properties,
  },
  { type: 'LocustTestV1Spec', always: needed, passing },
)

/** v2 has fields of these names as well. */
const shared = ['image', 'imagePullPolicy', 'imagePullSecrets', ...passing]

/** What a client of v1 wrote while no conversion webhook ran: kept, so that nothing is lost and the test runs. */
export const leftByV1: Json = Object.fromEntries(
  Object.entries(properties)
    .filter(([name]) => !shared.includes(name))
    .map(([name, schema]) => [name, { ...open(schema), description: 'A field of v1.' }]),
)

/** Its type, and anything in it. */
function open({ type, format, items }: { type: string; format?: string; items?: Json }): Json {
  if (type === 'object') return { type, ...anything }
  return {
    type,
    ...(format && { format }),
    ...(items && { items: { type: 'object', ...anything } }),
  }
}
