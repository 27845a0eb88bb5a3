// A team that asks for fifty clusters at once beside one that asks for one: turns between namespaces, and a share for each.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { core } from '../../../operator/framework/index.ts'
import { tenantKind } from '../../../operator/jobs/queue/tenant-kind.ts'
import type { Execute } from '../../../operator/jobs/worker/operation.ts'
import { waitFor } from '../../sandbox/machine/wait.ts'
import {
  awsKeys,
  conditionOf,
  plainSpec,
  startControlBench,
  succeededWith,
  type ControlBench,
} from '../../support/control-bench.ts'
import { tenantManifest } from '../../support/tenant-cluster.ts'

let bench: ControlBench

beforeAll(async () => {
  bench = await startControlBench()
  for (const name of ['greedy', 'honest']) {
    await bench.kube.create(core.namespace, { metadata: { name } })
    await bench.kube.create(core.secret, {
      metadata: { name: 'aws', namespace: name },
      data: awsKeys,
    })
  }
})
afterAll(() => bench.stop())

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
  for (const namespace of ['greedy', 'honest']) {
    for (const { metadata } of (await bench.kube.list(tenantKind, { namespace })).items) {
      const annotations = { 'cratekube.io/tenant-cluster.force-release': 'true' }
      await bench.kube.patch(
        tenantKind,
        metadata,
        { metadata: { annotations, finalizers: [] } },
        { type: 'merge' },
      )
      await bench.kube.delete(tenantKind, metadata)
    }
  }
})

/** Operations that run until they are let go. */
function gated() {
  const begun: string[] = []
  const running = new Map<string, () => void>()
  let most = 0
  const execute: Execute = async (run) => {
    const { name, namespace } = run.tenant.metadata
    begun.push(`${namespace}/${name}`)
    await new Promise<void>((resolve, reject) => {
      running.set(`${namespace}/${name}`, resolve)
      most = Math.max(most, running.size)
      run.signal.addEventListener('abort', () => reject(run.signal.reason as Error), { once: true })
    })
    return succeededWith(run)
  }
  const letGo = (which: string) => {
    running.get(which)?.()
    running.delete(which)
  }
  return { begun, running, execute, letGo, most: () => most }
}

async function start(execute: Execute, o: { workers: number; most: number }) {
  const manager = await bench.startManager({ maxOperationsPerNamespace: o.most })
  const worker = await bench.startWorker(execute, { concurrency: o.workers })
  stops.push(
    () => manager.stop(),
    () => worker.stop(),
  )
  return manager
}

async function create(namespace: string, count: number) {
  for (let n = 0; n < count; n += 1) {
    const manifest = tenantManifest(`t-${n}`, plainSpec)
    await bench.kube.create(tenantKind, { ...manifest, metadata: { name: `t-${n}`, namespace } })
  }
}

const until = (holds: () => unknown, what: string) =>
  waitFor(async () => Boolean(await holds()), { what, timeoutMs: 60_000 })

test('the operation of one who asks for one begins next, though fifty of another asked before', async () => {
  const { begun, execute, letGo } = gated()
  const manager = await start(execute, { workers: 1, most: 10 })
  await create('greedy', 50)
  await until(() => begun.length === 1, 'the first operation begins')
  await until(
    async () => (await manager.dispatcher.counts()).waiting === 9,
    'its share is in the queue',
  )
  await create('honest', 1)
  await until(async () => (await manager.dispatcher.counts()).waiting === 10, 'it is in the queue')
  letGo(begun[0] ?? '')
  await until(() => begun.length === 2, 'the next operation begins')
  expect(begun[1]).toBe('honest/t-0')
})

test('a namespace has its share of the workers, what waits says so, and has its turn when others end', async () => {
  const { begun, execute, letGo, running, most } = gated()
  await start(execute, { workers: 8, most: 2 })
  await create('greedy', 6)
  await until(() => begun.length === 2, 'the share is taken')
  const waiting = async () => {
    const { items } = await bench.kube.list(tenantKind, { namespace: 'greedy' })
    return items.filter((tenant) =>
      conditionOf(tenant, 'Ready')?.message.includes(
        'other operations of namespace greedy, of which 2 run',
      ),
    ).length
  }
  await until(async () => (await waiting()) === 4, 'the others say that they wait')
  for (let ended = 1; ended <= 6; ended += 1) {
    letGo([...running.keys()][0] ?? '')
    await until(() => begun.length === Math.min(6, ended + 2), `${ended} ended, the next has begun`)
  }
  expect(most()).toBe(2)
})
