// Two replicas as processes: how long nobody works when the one that leads is stopped or killed, and two hundred tests
// at once of which neither makes anything twice.
import { hostname } from 'node:os'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { core, operator } from '../../../../operator/framework/index.ts'
import { waitFor } from '../../../sandbox/machine/wait.ts'
import type { Daemon } from '../../../sandbox/machine/daemon.ts'
import type { TestPlane } from '../../../support/test-plane.ts'
import {
  apply,
  eventually,
  namespaceFor,
  testKind,
  testSpec,
} from '../../../support/loadtest/load-tests.ts'
import { runOperator } from '../../../support/loadtest/operator.ts'
import { operatorNamespace, startPlane } from '../../../support/loadtest/plane.ts'
import { endPod } from '../../../support/loadtest/pods.ts'
import type { Pod } from '../../../../operator/loadtest/pods/objects.ts'
import { replicas } from '../../../support/loadtest/replica.ts'
import { testLog } from '../../../../operator/framework/testing/index.ts'

let plane: TestPlane
let start: () => Daemon
const running = new Set<Daemon>()

beforeAll(async () => {
  plane = await startPlane()
  const replica = await replicas(plane, { env: { LEADER_ELECTION: 'true' } })
  let started = 0
  start = () => {
    started += 1
    const daemon = replica(`replica-${started}`)
    running.add(daemon)
    return daemon
  }
})
beforeEach(async () => {
  while (running.size < 2) start()
  await leader()
})
afterAll(async () => {
  for (const daemon of running) await daemon.kill()
  await plane?.stop()
})

const generous = 180_000

/** The replica that holds the Lease. */
const leader = (): Promise<Daemon> =>
  waitFor(
    async () => {
      const lease = await plane.kube.get(
        core.lease,
        'locust-k8s-operator.locust.io',
        operatorNamespace,
      )
      const holder = lease?.spec.holderIdentity
      return [...running].find(({ pid }) => holder === `${hostname()}-${pid}`)
    },
    { what: 'one of the replicas leads', timeoutMs: generous },
  )

/** Milliseconds from the signal until a test that was created when the leader had ended has its Jobs. */
async function gap(name: string, end: (daemon: Daemon) => Promise<void>): Promise<number> {
  const { kube } = plane
  const namespace = await namespaceFor(kube, name)
  const before = await leader()
  // It is at work, and the other has seen it: what is measured is the failover alone.
  await apply(kube, namespace, 'before', testSpec())
  await jobs(namespace, 2)
  const signalledAt = performance.now()
  await end(before)
  running.delete(before)
  await apply(kube, namespace, 'after', testSpec())
  await jobs(namespace, 4)
  const took = Math.round(performance.now() - signalledAt)
  expect((await leader()).pid).not.toBe(before.pid)
  return took
}

const jobs = (namespace: string, count: number) =>
  eventually(async () => {
    expect((await plane.kube.list(core.job, { namespace })).items).toHaveLength(count)
  }, generous)

test('a replica that is stopped hands over', { timeout: generous }, async () => {
  const took = await gap('stopped', (daemon) => daemon.stop())
  console.log(`after a stop: ${took} ms`)
  expect(took).toBeLessThan(10_000) // 1.5 s, and a busy machine
})

test('a replica that is killed is replaced', { timeout: generous }, async () => {
  const took = await gap('killed', (daemon) => daemon.kill())
  console.log(`after a kill -9: ${took} ms`)
  expect(took).toBeLessThan(45_000) // 14 s, and a busy machine
})

test(
  'two hundred tests at once, and the leader dies among them',
  { timeout: 3 * generous },
  async () => {
    const { kube } = plane
    const namespace = await namespaceFor(kube, 'many')
    const recorder = await recordMade(namespace)
    const names = Array.from({ length: 200 }, (_, i) => `shop-${i}`)
    const spec = testSpec({ worker: { command: 'x', replicas: 1 } })
    await Promise.all(names.map((name) => apply(kube, namespace, name, spec)))
    await eventually(async () => {
      const { items } = await kube.list(core.job, { namespace })
      expect(items.length).toBeGreaterThan(0)
    }, generous)
    const first = await leader()
    await first.kill()
    running.delete(first)
    await jobs(namespace, 400)
    await endMasters(namespace, names)
    await eventually(async () => {
      const { items } = await kube.list(testKind, { namespace })
      const verdicts = items.map(({ status }) => `${status?.phase} ${status?.verdict}`)
      expect(verdicts).toEqual(names.map(() => 'Succeeded Passed'))
    }, generous)
    await recorder.stop()
    expect(recorder.made.jobs.size).toBe(400)
    expect(recorder.made.services.size).toBe(200)
  },
)

/** Each master exits as soon as it is there. */
async function endMasters(namespace: string, names: string[]): Promise<void> {
  const open = new Set(names.map((name) => `${name}-master`))
  const ended = async () => {
    const { items } = await plane.kube.list(core.pod, { namespace })
    for (const pod of items) {
      const job = pod.metadata.labels?.['performance-test-pod-name'] ?? ''
      if (!open.delete(job)) continue
      await endPod(plane.kube, pod as Pod, job, 0)
    }
    return open.size === 0
  }
  await waitFor(ended, { what: 'every master', timeoutMs: generous, everyMs: 200 })
}

/** Every object that there ever was, seen by a watch: what was deleted and made again counts twice. */
async function recordMade(namespace: string) {
  const watcher = operator({ name: 'test', kube: plane.kube, log: testLog().log })
  const made = { jobs: new Set<string>(), services: new Set<string>() }
  const caches = [
    [watcher.cache(core.job, { namespace }), made.jobs],
    [watcher.cache(core.service, { namespace }), made.services],
  ] as const
  for (const [cache, uids] of caches) cache.onChange(({ obj }) => uids.add(obj.metadata.uid))
  const stop = runOperator(watcher)
  for (const [cache] of caches) await cache.synced()
  return { made, stop }
}
