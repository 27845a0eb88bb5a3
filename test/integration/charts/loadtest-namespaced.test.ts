// The operator of one namespace, as a process of its own with the environment and the rights that the namespaced chart
// gives it and no more: it runs the tests of its namespace, leaves the others alone, and the API server refuses it nothing.
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { LocustTestSpec, LocustTestStatus } from '../../../operator/api/locust-test.ts'
import { locustTest } from '../../../operator/api/locust-test.ts'
import { core, type Kind, type Kube } from '../../../operator/framework/index.ts'
import { logTail, type Daemon } from '../../sandbox/machine/daemon.ts'
import { startTestPlane, type TestPlane } from '../../support/test-plane.ts'
import { install, namespace, valueSets } from './loadtest-chart.ts'
import { startChartOperator } from './loadtest-process.ts'

const testKind: Kind<LocustTestSpec, LocustTestStatus> = locustTest
const elsewhere = 'team-b'
let plane: TestPlane
let kube: Kube
let operator: Daemon

beforeAll(async () => {
  plane = await startTestPlane({ controllerManager: true })
  kube = plane.kube
  for (const name of [namespace, elsewhere])
    await kube.create(core.namespace, { metadata: { name } })
  await install(plane.control.kubeconfigPath, { ...valueSets['namespaced'], 'limits.workers': 3 })
  operator = await startChartOperator(plane)
})
afterAll(async () => {
  await operator?.stop()
  await plane?.stop()
})

function create(inside: string, replicas: number, o: { dryRun?: boolean } = {}) {
  const spec = {
    image: 'docker.io/locustio/locust:2.47.0',
    master: { command: '-f a.py' },
    worker: { command: '-f a.py', replicas },
  }
  return kube.create(testKind, { metadata: { name: 'shop', namespace: inside }, spec }, o)
}

test('runs the tests of its namespace, within its limits, and no others', async () => {
  await vi.waitFor(
    () =>
      expect(create(namespace, 9, { dryRun: true })).rejects.toThrow(
        'spec.worker.replicas: expected at most 3',
      ),
    { timeout: 30_000 },
  )
  // Its policies are of its namespace, too.
  await create(elsewhere, 9)
  await create(namespace, 2)
  await vi.waitFor(
    async () => {
      const found = await kube.get(testKind, 'shop', namespace)
      expect(found?.status?.conditions).toContainEqual(
        expect.objectContaining({ type: 'Ready', reason: 'ResourcesCreated' }),
      )
    },
    { timeout: 60_000 },
  )
  expect((await kube.get(testKind, 'shop', elsewhere))?.status).toBe(undefined)
  expect((await kube.list(core.job, { namespace: elsewhere })).items).toEqual([])
  expect(logTail(operator.log, 500)).not.toMatch(/forbidden|"level":[56]0/)
})
