// The API server goes and comes back, and a connection to it goes dead without a word: the operator, a process that
// nobody restarts here, carries on with the tests that run and makes nothing twice.
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { core, kubeconfigCredentials } from '../../../../operator/framework/index.ts'
import type { Daemon } from '../../../sandbox/machine/daemon.ts'
import type { TestPlane } from '../../../support/test-plane.ts'
import { openGate, type Gate } from './gate.ts'
import {
  anyPod,
  apply,
  condition,
  eventually,
  namespaceFor,
  testSpec,
  untilStatus,
} from '../../../support/loadtest/load-tests.ts'
import { startPlane } from '../../../support/loadtest/plane.ts'
import { endPod } from '../../../support/loadtest/pods.ts'
import { replicas } from '../../../support/loadtest/replica.ts'

let plane: TestPlane
let gate: Gate
let operator: Daemon
beforeAll(async () => {
  plane = await startPlane()
  gate = await openGate(kubeconfigCredentials(plane.kubeconfig))
  operator = (await replicas(plane, { server: gate.url }))('operator')
})
afterAll(async () => {
  await operator?.kill()
  await gate?.stop()
  await plane?.stop()
})

const generous = 240_000
const masterPod = (namespace: string) =>
  anyPod(plane.kube, { namespace, job: 'shop-master' }, generous)
const made = (namespace: string) =>
  gate.passed
    .filter(({ method, path, status }) => {
      return method === 'POST' && status === 201 && path.includes(`/${namespace}/`)
    })
    .map(({ path }) => path.split('/').at(-1))
    .filter((plural) => plural !== 'events')

test('an API server that is killed and comes back', { timeout: generous }, async () => {
  const { kube, control } = plane
  const ref = { namespace: await namespaceFor(kube, 'restarted'), name: 'shop' }
  await apply(kube, ref.namespace, 'shop', testSpec())
  await untilStatus(kube, ref, condition('Ready', 'True', 'ResourcesCreated'), generous)
  const pod = await masterPod(ref.namespace)
  await control.killApiserver()
  await control.startApiserver()
  await eventually(() => endPod(kube, pod, 'shop-master', 0), generous)
  await untilStatus(kube, ref, { phase: 'Succeeded' }, generous)
  expect(operator.alive()).toBe(true)
  expect(made(ref.namespace)).toEqual(['services', 'jobs', 'jobs'])
})

test('a log that cannot be read yet is waited for', { timeout: generous }, async () => {
  const { kube } = plane
  const ref = { namespace: await namespaceFor(kube, 'unread'), name: 'shop' }
  gate.logs.set('shop-master', 502)
  await apply(kube, ref.namespace, 'shop', testSpec())
  await endPod(kube, await masterPod(ref.namespace), 'shop-master', 0)
  await eventually(async () => {
    const { items } = await kube.list(core.event, { namespace: ref.namespace })
    expect(items.map(({ note }) => note).join()).toContain('502')
  }, generous)
  const fixture = new URL('../../../fixtures/loadtest/master.log', import.meta.url)
  gate.logs.set('shop-master', await readFile(fixture, 'utf8'))
  const { results } = await untilStatus(kube, ref, { phase: 'Succeeded' }, generous)
  expect(results).toMatchObject({ final: true, requests: 595, failures: 88 })
  gate.logs.clear()
})

test('watches through which nothing comes any more', { timeout: 2 * generous }, async () => {
  const { kube } = plane
  const ref = { namespace: await namespaceFor(kube, 'silent'), name: 'shop' }
  const late = { ...ref, name: 'late' }
  await apply(kube, ref.namespace, 'shop', testSpec())
  await untilStatus(kube, ref, condition('Ready', 'True', 'ResourcesCreated'), generous)
  const pod = await masterPod(ref.namespace)
  expect(gate.stall()).toBeGreaterThan(2)
  const stalledAt = performance.now()
  await endPod(kube, pod, 'shop-master', 0)
  await apply(kube, ref.namespace, 'late', testSpec())
  await untilStatus(kube, ref, { phase: 'Succeeded' }, generous)
  await untilStatus(kube, late, condition('Ready', 'True', 'ResourcesCreated'), generous)
  // The API server says something every minute; what is silent for longer is dead.
  console.log(`after ${Math.round((performance.now() - stalledAt) / 1000)} s of silence`)
  expect(operator.alive()).toBe(true)
  expect((await kube.list(core.job, { namespace: ref.namespace })).items).toHaveLength(4)
  const twice = ['services', 'jobs', 'jobs']
  expect(made(ref.namespace)).toEqual([...twice, ...twice])
})
