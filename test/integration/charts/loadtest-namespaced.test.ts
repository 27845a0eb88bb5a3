// The operator of one namespace, as a process of its own with the environment and the rights that the namespaced chart
// gives it and no more: it runs the tests of its namespace, leaves the others alone, and the API server refuses it nothing.
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { locustSchedule } from '../../../operator/api/locust/locust-schedule.ts'
import type { LocustTestSpec, LocustTestStatus } from '../../../operator/api/locust/locust-types.ts'
import { locustTest } from '../../../operator/api/locust/locust-test.ts'
import { core, type Kind, type Kube } from '../../../operator/framework/index.ts'
import { logTail, type Daemon } from '../../sandbox/machine/daemon.ts'
import { runAsOthers, runsAs } from '../../support/loadtest/account-cases.ts'
import { startTestPlane, type TestPlane } from '../../support/test-plane.ts'
import { install, namespace, release, template, valueSets } from './loadtest-chart.ts'
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

const shop = (replicas = 1): LocustTestSpec => ({
  image: 'docker.io/locustio/locust:2.47.0',
  master: { command: '-f a.py' },
  worker: { command: '-f a.py', replicas },
})

function create(inside: string, replicas: number, o: { dryRun?: boolean } = {}) {
  const spec = shop(replicas)
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

const named = (name: string, more: Partial<LocustTestSpec>) => ({
  metadata: { name, namespace },
  spec: { ...shop(), ...more },
})
const refusal = (at: string) =>
  `${at}: expected another ServiceAccount than the load-test operator's own, got ${release}`

test.each(runsAs(release))('refuses %j, which is its own account', async (more, field) => {
  await vi.waitFor(
    () =>
      expect(kube.create(testKind, named('own', more), { dryRun: true })).rejects.toThrow(
        refusal(`spec.${field}`),
      ),
    { timeout: 30_000 },
  )
  const template = { spec: named('own', more).spec }
  const schedule = { schedule: '@daily', testTemplate: template }
  const nightly = { metadata: { name: 'nightly', namespace }, spec: schedule }
  await expect(kube.create(locustSchedule, nightly, { dryRun: true })).rejects.toThrow(
    refusal(`spec.testTemplate.spec.${field}`),
  )
})

test.each(runAsOthers)('lets %j run, which is another account', async (more) => {
  await expect(kube.create(testKind, named('other', more), { dryRun: true })).resolves.toBeDefined()
})

test('makes no pod of its own account where there is no policy', async () => {
  const policy = { name: `${release}-own-account` }
  await kube.delete(core.validatingAdmissionPolicyBinding, policy)
  const [more, field] = runsAs(release).at(-1) ?? [{}, '']
  await vi.waitFor(() => kube.create(testKind, named('greedy', more)), { timeout: 30_000 })
  await vi.waitFor(
    async () => {
      const found = await kube.get(testKind, 'greedy', namespace)
      expect(found?.status?.conditions).toContainEqual(
        expect.objectContaining({
          type: 'Ready',
          status: 'False',
          reason: 'OperatorAccount',
          message: refusal(`spec.${field}`),
        }),
      )
    },
    { timeout: 60_000 },
  )
  expect(await kube.get(core.job, 'greedy-master', namespace)).toBe(undefined)
})

test('is not rendered to share the account of pods that name none', async () => {
  const values = { ...valueSets['namespaced'], 'serviceAccount.name': 'default' }
  await expect(template(values)).rejects.toThrow(
    "serviceAccount.name: expected an account of the operator's own",
  )
})
