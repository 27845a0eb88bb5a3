// Fields of LocustTest v1 in the schema of v2.
import type { Json } from '../schema/builders.ts'

/** What a client of v1 wrote while no conversion webhook ran: kept, so that nothing is lost and the test runs. */
export const leftByV1 = Object.fromEntries(
  [
    ['masterCommandSeed', { type: 'string' }],
    ['workerCommandSeed', { type: 'string' }],
    ['workerReplicas', { type: 'integer', format: 'int32' }],
    ['configMap', { type: 'string' }],
    ['libConfigMap', { type: 'string' }],
    ...['labels', 'annotations', 'affinity'].map((name) => [
      name,
      { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    ]),
    [
      'tolerations',
      { type: 'array', items: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
    ],
  ].map(([name, schema]) => [name, { ...(schema as Json), description: 'A field of v1.' }]),
) as Json // pairs of a name and a schema
