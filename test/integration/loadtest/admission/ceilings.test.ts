// The ceilings of the operator on a real API server: the policy of the chart with its ConfigMap, and the operator's own
// check where the policy is not, both from the same ConfigMap and in the same words.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LocustTestSpec } from '../../../../operator/api/locust/locust-types.ts'
import { locustSchedule } from '../../../../operator/api/locust/locust-schedule.ts'
import { locustTest } from '../../../../operator/api/locust/locust-test.ts'
import { core, type Kind } from '../../../../operator/framework/index.ts'
import { specHash } from '../../../../operator/loadtest/spec/subject.ts'
import { allowed, refused } from '../../../support/loadtest/ceiling-cases.ts'
import { spec as least } from '../../../support/loadtest/subjects.ts'
import type { TestPlane } from '../../../support/test-plane.ts'
import {
  apply,
  condition,
  eventually,
  namespaceFor,
  testKind,
  untilStatus,
} from '../../../support/loadtest/load-tests.ts'
import { startOperator } from '../../../support/loadtest/operator.ts'
import { startPlane } from '../../../support/loadtest/plane.ts'

const limitsAt = { namespace: 'cratekube-loadtest', name: 'cratekube-loadtest-limits' }
const policy = limitsAt.name
let plane: TestPlane
beforeAll(async () => {
  plane = await startPlane()
})
afterAll(() => plane?.stop())

const none = { workers: '', users: '', maxDurationSeconds: '', images: '' }
const limit = (data: Record<string, string>) =>
  plane.kube.patch(core.configMap, limitsAt, { data: { ...none, ...data } }, { type: 'merge' })

const dryRun = (kind: Kind, spec: object) =>
  plane.kube.create(
    kind,
    { metadata: { name: 'shop', namespace: 'default' }, spec },
    { dryRun: true },
  )
const create = (more: Partial<LocustTestSpec> = {}) => dryRun(testKind, least(more))

describe('at admission', () => {
  test.each(refused)('%j refuses %j', async (data, more, message) => {
    await limit(data)
    await eventually(() => expect(create(more)).rejects.toThrow(`denied request: ${message}`))
  })

  test.each(allowed)('%j allows %j', async (data, more) => {
    await limit({ workers: '1' })
    await eventually(() => expect(create(more)).rejects.toThrow('denied request'))
    await limit(data)
    await eventually(() => expect(create(more)).resolves.toBeDefined())
  })

  test('a schedule is refused for its tests', async () => {
    await limit({ workers: '2' })
    const schedule = { schedule: '@daily', testTemplate: { spec: least() } }
    await eventually(() =>
      expect(dryRun(locustSchedule, schedule)).rejects.toThrow(
        'spec.testTemplate.spec.worker.replicas: expected at most 2, the limit of this operator, got 3',
      ),
    )
  })

  test('a client of v1 is told the names of v1', async () => {
    await limit({ workers: '2', users: '9' })
    const v1Kind: Kind = { ...locustTest, version: 'v1' }
    const v1 = {
      image: 'i',
      masterCommandSeed: '-u 10',
      workerCommandSeed: 'x',
      workerReplicas: 1,
    }
    await eventually(() =>
      expect(dryRun(v1Kind, v1)).rejects.toThrow('spec.masterCommandSeed: expected at most 9'),
    )
    await expect(
      dryRun(v1Kind, { ...v1, masterCommandSeed: 'x', workerReplicas: 3 }),
    ).rejects.toThrow('spec.workerReplicas: expected at most 2')
  })

  test('neither kubectl scale nor a change gets beyond; labels and a stop stay allowed', async () => {
    const { kube } = plane
    const namespace = await namespaceFor(kube, 'beyond')
    const ref = { namespace, name: 'shop' }
    await limit({})
    await eventually(() => apply(kube, namespace, 'shop', least()))
    await limit({ workers: '2' })
    // Seen without a change: one that passed before the limit was known would be allowed from then on.
    await eventually(() => expect(create()).rejects.toThrow('denied request'))
    const patch = (change: object) => kube.patch(testKind, ref, change, { type: 'merge' })
    await expect(patch({ spec: { worker: { replicas: 4 } } })).rejects.toThrow(
      'spec.worker.replicas: expected at most 2',
    )
    const path = `/apis/locust.io/v2/namespaces/${namespace}/locusttests/shop/scale`
    const scale = (replicas: number) =>
      kube.request(
        'PATCH',
        path,
        { spec: { replicas } },
        {
          contentType: 'application/merge-patch+json',
        },
      )
    await expect(scale(4)).rejects.toThrow('spec.worker.replicas: expected at most 2')
    await expect(patch({ metadata: { labels: { a: 'b' } } })).resolves.toBeDefined()
    await expect(patch({ spec: { suspend: true } })).resolves.toBeDefined()
    await expect(patch({ spec: { suspend: false } })).rejects.toThrow('expected at most 2')
    await expect(scale(2)).resolves.toBeDefined()
  })

  test('limits that cannot be read, or are gone, are no permission', async () => {
    await limit({ users: 'many' })
    await eventually(() =>
      expect(create()).rejects.toThrow(
        'ConfigMap cratekube-loadtest/cratekube-loadtest-limits: data.users: expected a whole number, got many',
      ),
    )
    const before = await plane.kube.get(core.configMap, limitsAt.name, limitsAt.namespace)
    await plane.kube.delete(core.configMap, limitsAt)
    await eventually(() => expect(create()).rejects.toThrow('no params found'))
    await plane.kube.create(core.configMap, {
      metadata: { ...limitsAt, labels: before?.metadata.labels ?? {} },
      data: none,
    })
    await eventually(() => expect(create()).resolves.toBeDefined())
  })
})

test('without the policy the operator holds a test back, and begins it when the limit is raised', async () => {
  const { kube } = plane
  await kube.delete(core.validatingAdmissionPolicyBinding, { name: policy })
  await limit({ workers: '2' })
  const own = await startOperator(plane, { limitsAt })
  try {
    const namespace = await namespaceFor(kube, 'unguarded')
    const ref = { namespace, name: 'shop' }
    await eventually(() => apply(kube, namespace, 'shop', least()))
    const held = await untilStatus(kube, ref, condition('Ready', 'False', 'InvalidSpec'))
    expect(held.conditions?.find(({ type }) => type === 'Ready')?.message).toBe(
      'spec.worker.replicas: expected at most 2, the limit of this operator, got 3',
    )
    await limit({ workers: '4', maxDurationSeconds: '600' })
    await untilStatus(kube, ref, condition('Ready', 'True', 'ResourcesCreated'))
    const master = await kube.get(core.job, 'shop-master', namespace)
    expect(master?.spec.activeDeadlineSeconds).toBe(600)
    // Scaled beyond: up to the limit.
    await kube.patch(testKind, ref, { spec: { worker: { replicas: 9 } } }, { type: 'merge' })
    await eventually(async () => {
      const workers = await kube.get(core.job, 'shop-worker', namespace)
      expect(workers?.spec.parallelism).toBe(4)
    })
  } finally {
    await own.stop()
  }
})

test('without the policy the operator begins no test in its own namespace, nor one that is said to have begun', async () => {
  const { kube } = plane
  const namespace = await namespaceFor(kube, 'operators')
  const own = { namespace, serviceAccount: 'operator', wide: true }
  const running = await startOperator(plane, { own })
  try {
    const ref = { namespace, name: 'shop' }
    await eventually(() => apply(kube, namespace, 'shop', least()))
    await untilStatus(kube, ref, condition('Ready', 'False', 'OperatorNamespace'))
    const status = { runSpec: specHash(least()), phase: 'Running' }
    await kube.patch(testKind, ref, { status }, { type: 'merge', subresource: 'status' })
    await kube.patch(
      testKind,
      ref,
      { metadata: { annotations: { again: 'please' } } },
      { type: 'merge' },
    )
    await eventually(async () => {
      const found = await kube.get(testKind, 'shop', namespace)
      expect(found?.status?.runSpec).toBe(status.runSpec)
      expect(found?.status).toMatchObject(condition('Ready', 'False', 'OperatorNamespace'))
    })
    expect((await kube.list(core.job, { namespace })).items).toEqual([])
  } finally {
    await running.stop()
  }
})
