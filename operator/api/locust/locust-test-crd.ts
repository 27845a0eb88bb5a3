// The CustomResourceDefinition of LocustTest with both versions, for crds/ and for the chart.
import { locustTestSpecSchema } from './locust-test-schema.ts'
import { locustTestStatusSchema } from './locust-test-status-schema.ts'
import { locustTestV1SpecSchema } from './locust-test-v1-schema.ts'
import { locustTest } from './locust-test.ts'

const column = (name: string, jsonPath: string, type: string, rest: object = {}) => ({
  name,
  type,
  jsonPath,
  ...rest,
})
const age = column('Age', '.metadata.creationTimestamp', 'date')
const wide = { priority: 1 }
const results = (field: string) => `.status.results.${field}`

const schema = (spec: object, status: object) => ({
  openAPIV3Schema: {
    type: 'object',
    description: 'A distributed load test with Locust.',
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      spec,
      status,
    },
  },
})

const v2 = {
  name: 'v2',
  served: true,
  storage: true,
  subresources: {
    status: {},
    scale: {
      specReplicasPath: '.spec.worker.replicas',
      statusReplicasPath: '.status.connectedWorkers',
      labelSelectorPath: '.status.workerSelector',
    },
  },
  additionalPrinterColumns: [
    column('Phase', '.status.phase', 'string', { description: 'Current test phase' }),
    column('Workers', '.spec.worker.replicas', 'integer', {
      description: 'Requested worker count',
    }),
    column('Connected', '.status.connectedWorkers', 'integer', {
      description: 'Connected workers',
    }),
    column('Image', '.spec.image', 'string', wide),
    age,
    column('Verdict', '.status.verdict', 'string', wide),
    column('Users', results('users'), 'integer', wide),
    column('Requests', results('requests'), 'integer', wide),
    column('Failures', results('failures'), 'integer', wide),
    column('RPS', results('requestsPerSecond'), 'string', wide),
    column('P95', results('p95Ms'), 'integer', wide),
    column('P99', results('p99Ms'), 'integer', wide),
  ],
  schema: schema(locustTestSpecSchema, locustTestStatusSchema),
}

const v1 = {
  name: 'v1',
  served: true,
  storage: false,
  deprecated: true,
  deprecationWarning: 'locust.io/v1 LocustTest is deprecated, migrate to locust.io/v2',
  subresources: { status: {} },
  additionalPrinterColumns: [
    column('master_cmd', '.spec.masterCommandSeed', 'string', {
      description: 'Master pod command seed',
    }),
    column('worker_replica_count', '.spec.workerReplicas', 'integer', {
      description: 'Number of requested worker pods',
    }),
    column('Image', '.spec.image', 'string', { description: 'Locust image' }),
    age,
  ],
  schema: schema(locustTestV1SpecSchema, {
    type: 'object',
    'x-kubernetes-preserve-unknown-fields': true,
  }),
}

export const locustTestDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${locustTest.plural}.${locustTest.group}` },
  spec: {
    group: locustTest.group,
    scope: 'Namespaced',
    names: {
      plural: locustTest.plural,
      singular: 'locusttest',
      kind: locustTest.kind,
      listKind: 'LocustTestList',
      shortNames: ['lotest'],
    },
    versions: [v1, v2],
  },
}
