// The user's podTemplate over the operator's: what it changes, what it may not.
import { describe, expect, test } from 'vitest'
import type { LocustTestSpec } from '../../../../operator/api/locust/locust-types.ts'
import { workerJob } from '../../../../operator/loadtest/resources/index.ts'
import { problems } from '../../../../operator/loadtest/spec/validation.ts'
import { defaults, spec, subject } from '../../../support/loadtest/subjects.ts'

type Patch = NonNullable<LocustTestSpec['worker']['podTemplate']>
const more = (podTemplate: Patch) => ({ worker: { ...spec().worker, podTemplate } })
const pod = (patch: Patch) => workerJob(subject(more(patch)), defaults).spec.template
const plain = workerJob(subject(), defaults).spec.template

describe('podTemplate', () => {
  test('probes of the Locust container, init containers, further fields', () => {
    const readinessProbe = { tcpSocket: { port: 8080 } }
    const patch = {
      metadata: { annotations: { a: 'b' } },
      spec: {
        containers: [{ name: 'locust', readinessProbe }],
        initContainers: [{ name: 'seed', image: 'busybox' }],
        hostAliases: [{ ip: '10.0.0.1' }],
      },
    }
    const made = pod(patch)
    expect(made.metadata).toEqual({ ...plain.metadata, annotations: { a: 'b' } })
    expect(made.spec.containers).toEqual([{ ...plain.spec.containers[0], readinessProbe }])
    expect(made.spec).toMatchObject({
      initContainers: patch.spec.initContainers,
      hostAliases: patch.spec.hostAliases,
      restartPolicy: 'Never',
    })
  })
  test('a further container comes beside, variables are merged by name, null takes away', () => {
    const [locust] = plain.spec.containers
    const env = [
      { name: 'KAFKA_USERNAME', value: 'me' },
      { name: 'NEW', value: '1' },
    ]
    const containers = [
      { name: 'locust', env, resources: null },
      { name: 'proxy', image: 'p' },
    ]
    const [first, second] = pod({ spec: { containers } }).spec.containers
    expect(first).not.toHaveProperty('resources')
    expect(first?.env).toHaveLength((locust?.env.length ?? 0) + 1)
    expect(first?.env).toContainEqual({ name: 'KAFKA_USERNAME', value: 'me' })
    expect(second).toEqual({ name: 'proxy', image: 'p' })
  })
  test.each<[Patch, string]>([
    [
      { spec: { restartPolicy: 'Always' } },
      'spec.worker.podTemplate.spec.restartPolicy: expected none; it is Never',
    ],
    [
      { metadata: { labels: { 'managed-by': 'x' } } },
      'spec.worker.podTemplate.metadata.labels: managed-by is set by the operator',
    ],
  ])('%j is refused', (patch, message) => expect(problems(subject(more(patch)))).toEqual([message]))
})
