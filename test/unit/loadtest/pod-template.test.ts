// The user's podTemplate over the operator's: what it changes, what it may not.
import { describe, expect, test } from 'vitest'
import type { LocustTestSpec } from '../../../operator/api/locust-test.ts'
import { masterJob, workerJob } from '../../../operator/loadtest/resources/index.ts'
import { readSettings } from '../../../operator/loadtest/settings.ts'
import { problems } from '../../../operator/loadtest/validation.ts'
import { defaults, spec, subject } from './subjects.ts'

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
    [
      { spec: { initContainers: [{ name: 'a', image: 'evil' }] } },
      'spec.worker.podTemplate.spec.initContainers: expected an image that this operator allows (locustio/*), got evil',
    ],
  ])('%j is refused', (patch, message) =>
    expect(problems(subject(more(patch)), readSettings({ LIMIT_IMAGES: 'locustio/*' }))).toEqual([
      message,
    ]),
  )
})

describe('ceilings', () => {
  const under = (env: Record<string, string>, spec: Partial<LocustTestSpec>) =>
    problems(subject(spec), readSettings(env))
  const master = (command: string, extraArgs: string[] = []) => ({ master: { command, extraArgs } })
  test.each<[Record<string, string>, Partial<LocustTestSpec>, string]>([
    [
      { LIMIT_WORKERS: '2' },
      {},
      'spec.worker.replicas: expected at most 2, the limit of this operator, got 3',
    ],
    [{ LIMIT_USERS: '9' }, master('-u 10'), 'spec.master.command: expected at most 9'],
    [{ LIMIT_USERS: '9' }, master('-u10'), 'spec.master.command: expected at most 9'],
    [{ LIMIT_USERS: '9' }, master('--users=10'), 'spec.master.command: expected at most 9'],
    [
      { LIMIT_USERS: '9' },
      master('x', ['--users', '10']),
      'spec.master.extraArgs: expected at most 9',
    ],
    [
      { LIMIT_USERS: '9' },
      { env: { variables: [{ name: 'LOCUST_USERS', value: '10' }] } },
      'spec.env.variables[0].value: expected at most 9',
    ],
    [
      { LIMIT_DURATION_SECONDS: '60' },
      { maxDurationSeconds: 61 },
      'spec.maxDurationSeconds: expected at most 60',
    ],
    [
      { LIMIT_IMAGES: 'a/*,b' },
      {},
      'spec.image: expected an image that this operator allows (a/*, b), got locustio/locust:2.47.0',
    ],
  ])('%j refuses %j', (env, spec, message) => {
    const found = under(env, spec)
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(message)
  })
  test('what is below is allowed', () =>
    expect(under({ LIMIT_USERS: '10', LIMIT_IMAGES: 'locustio/*' }, master('-u 10'))).toEqual([]))
  test('a test without a limit gets the administrator’s', () => {
    const settings = readSettings({ LIMIT_DURATION_SECONDS: '60' })
    expect(masterJob(subject(), settings).spec).toMatchObject({ activeDeadlineSeconds: 60 })
    const own = masterJob(subject({ maxDurationSeconds: 5 }), settings)
    expect(own.spec).toMatchObject({ activeDeadlineSeconds: 5 })
  })
})
