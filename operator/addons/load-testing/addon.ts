// The load-test operator, which runs LocustTests.
import type { Addon } from '../contract.ts'
import { loadTestChartVersion, loadTestNamespace, loadTestRelease } from './objects.ts'
import { loadTestingSchema } from './schema.ts'

const schema = loadTestingSchema.prefault({}).describe('The load-test operator (LocustTest).')

export const loadTesting = {
  folder: 'load-testing',
  title: 'the load-test operator',
  place: 'spec.addons',
  schema,
  isOn: ({ enabled }) => enabled,
  workloads: [
    {
      kind: 'Deployment',
      namespace: loadTestNamespace,
      labels: {
        'app.kubernetes.io/name': loadTestRelease,
        'app.kubernetes.io/instance': loadTestRelease,
      },
    },
  ],
  condition: {
    type: 'AddonsReady',
    ready: 'the load-test operator is available',
    off: 'spec.addons.loadTesting.enabled is false',
    reason: 'AddonsNotReady',
    summary: 'The load-test operator is not Available.',
    advice: `Nothing for a few minutes; then look at the pods of namespace ${loadTestNamespace} in the cluster.`,
  },
  chart: {
    folder: 'cratekube-loadtest',
    version: loadTestChartVersion,
    images: [
      ['image', 'repository'],
      ['locustPods', 'metricsExporter', 'image'],
    ],
  },
} as const satisfies Addon<typeof schema>
