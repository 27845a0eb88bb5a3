// LocustSchedules on a real API server: tests begin at their time, once, and go when they are too many.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type {
  LocustScheduleSpec,
  LocustScheduleStatus,
} from '../../../../operator/api/locust/locust-types.ts'
import { locustSchedule } from '../../../../operator/api/locust/locust-schedule.ts'
import type { Kind } from '../../../../operator/framework/index.ts'
import { testName } from '../../../../operator/loadtest/schedule/plan.ts'
import {
  eventually,
  namespaceFor,
  testKind,
  testSpec,
} from '../../../support/loadtest/load-tests.ts'
import { startOperatedPlane, type OperatedPlane } from '../../../support/loadtest/operator.ts'
import { endPod, podsOf } from '../../../support/loadtest/pods.ts'

const kind: Kind<LocustScheduleSpec, LocustScheduleStatus> = locustSchedule
let plane: OperatedPlane
beforeAll(async () => {
  plane = await startOperatedPlane()
})
afterAll(() => plane?.stop())

const create = (namespace: string, spec: Partial<LocustScheduleSpec>) =>
  plane.kube.create(kind, {
    metadata: { name: 'nightly', namespace },
    spec: { schedule: '* * * * *', testTemplate: { spec: testSpec() }, ...spec },
  })
const testsOf = async (namespace: string) => (await plane.kube.list(testKind, { namespace })).items
const untilTests = (namespace: string, count: number) =>
  eventually(async () => {
    const tests = await testsOf(namespace)
    expect(tests).toHaveLength(count)
    return tests
  }, 90_000)

test(
  'begins one test when its time comes, runs it, and keeps none beyond the limit',
  { timeout: 150_000 },
  async () => {
    const { kube } = plane
    const namespace = await namespaceFor(kube, 'nightly')
    const labels = { team: 'a' }
    const spec = {
      successfulTestsHistoryLimit: 0,
      testTemplate: { metadata: { labels }, spec: testSpec() },
    }
    await create(namespace, spec)
    await eventually(async () =>
      expect((await kube.get(kind, 'nightly', namespace))?.status?.nextScheduleTime).toBeDefined(),
    )
    const [first] = await untilTests(namespace, 1)
    expect(first?.metadata).toMatchObject({
      name: testName('nightly', new Date(first?.metadata.creationTimestamp ?? '')),
      labels,
      ownerReferences: [{ kind: 'LocustSchedule', name: 'nightly', controller: true }],
    })
    await eventually(async () =>
      expect((await kube.get(kind, 'nightly', namespace))?.status).toMatchObject({
        active: [first?.metadata.name],
        lastScheduleTime: expect.any(String),
      }),
    )
    await kube.patch(
      kind,
      { namespace, name: 'nightly' },
      { spec: { suspend: true } },
      { type: 'merge' },
    )
    const name = `${first?.metadata.name}-master`
    const pod = await eventually(async () => {
      const [found] = await podsOf(kube, namespace, name)
      if (!found) throw new Error('no master')
      return found
    })
    await endPod(kube, pod, name, 0)
    await untilTests(namespace, 0)
    await eventually(async () =>
      expect((await kube.get(kind, 'nightly', namespace))?.status).toMatchObject({ active: [] }),
    )
  },
)

test('a time that cannot be is said in the status, where no webhook refuses it', async () => {
  const { kube } = plane
  const namespace = await namespaceFor(kube, 'never')
  await create(namespace, { schedule: '0 0 32 * *' })
  await eventually(async () => {
    const found = await kube.get(kind, 'nightly', namespace)
    expect(found?.status?.conditions).toMatchObject([
      {
        type: 'Ready',
        status: 'False',
        reason: 'InvalidSpec',
        message: expect.stringContaining('spec.schedule'),
      },
    ])
  })
})

test('the CRD refuses a name whose tests could not be named', async () => {
  const obj = {
    metadata: { name: 'a'.repeat(48), namespace: 'default' },
    spec: { schedule: '@daily', testTemplate: { spec: testSpec() } },
  }
  await expect(plane.kube.create(kind, obj)).rejects.toThrow('metadata.name')
})
