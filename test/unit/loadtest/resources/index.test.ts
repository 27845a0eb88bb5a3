// The objects of a LocustTest, held against what locust-k8s-operator makes of the same spec.
import { describe, expect, test } from 'vitest'
import {
  masterJob,
  masterService,
  workerJob,
} from '../../../../operator/loadtest/resources/index.ts'
import { readSettings } from '../../../../operator/loadtest/settings.ts'
import { defaults, subject } from '../../../support/loadtest/subjects.ts'
import { otel, pod } from './made.ts'

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
