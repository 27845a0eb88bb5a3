// Which operation a worker begins with: its watch mostly knows, may lag, and is never the last word.
import { expect, test } from 'vitest'
import {
  core,
  leaseSightings,
  operator,
  type Kube,
  type KubeObject,
} from '../../../../operator/framework/index.ts'
import { leaseName, reportOf } from '../../../../operator/api/tenant/tenant-lease.ts'
import { tenantKind } from '../../../../operator/jobs/queue/tenant-kind.ts'
import { performJob } from '../../../../operator/jobs/worker/operation.ts'
import {
  FakeApiServer,
  VirtualClock,
  testLog,
} from '../../../../operator/framework/testing/index.ts'
import { minimalSpec, tenantManifest } from '../../../support/tenant-cluster.ts'

const ref = { namespace: 'default', name: 'a' }
const never = new AbortController().signal

async function bench() {
  const clock = new VirtualClock()
  const server = new FakeApiServer({ clock, kinds: [tenantKind] })
  const user = server.kube()
  const { log } = testLog()
  const created = await user.create(tenantKind, tenantManifest('a', minimalSpec))
  const key = { ...ref, uid: created.metadata.uid }
  const watching = operator({ name: 'worker', kube: server.kube(), clock, log })
  const tenants = watching.cache(tenantKind)
  const sightings = leaseSightings(watching.cache(core.lease, { namespace: 'ops' }), clock)
  const stop = new AbortController()
  const seen: string[] = []
  /** As a manager writes it. */
  const begin = (id: string, step: string = 'Queued') =>
    user.patch(
      tenantKind,
      ref,
      { status: { operation: { id, step, kind: 'Update', generation: 1, attempt: 1, startedAt: '2026-01-01T00:00:00Z' } } },
      { type: 'merge', subresource: 'status' },
    ) // prettier-ignore
  const perform = async () => {
    server.takeRequests()
    const result = await performJob(
      key,
      {
        kube: server.kube() as Kube,
        tenants,
        sightings,
        reports: { write: async () => undefined } as never, // Redis is away
        clock,
        log,
        worker: 'w',
        namespace: 'ops',
        execute: async ({ operation, tenant }) => {
          seen.push(`${operation.id} ${tenant.metadata.generation}`)
          return { result: 'Succeeded' }
        },
      },
      never,
    )
    const reads = server.takeRequests().filter((r) => /^GET .*tenantclusters\/a/.test(r))
    return { result, reads: reads.length }
  }
  const watch = async () => {
    void watching.run({ signal: stop.signal })
    await clock.until(() => tenants.get(ref) !== undefined)
  }
  /** From now on the watch lags for ever. */
  const lag = async () => {
    stop.abort()
    await clock.advance(1_000)
  }
  return { clock, user, seen, begin, perform, watch, lag, tenants, key }
}

const knows = (b: Awaited<ReturnType<typeof bench>>, id: string) =>
  b.clock.until(() => b.tenants.get(ref)?.status?.operation?.id === id)

test('one that the watch knows is read once more, under the Lease, which says of which spec it is', async () => {
  const b = await bench()
  await b.begin('op-1')
  await b.watch()
  await knows(b, 'op-1')
  expect(await b.perform()).toEqual({ result: 'done', reads: 1 })
  expect(b.seen).toEqual(['op-1 1'])
  const lease = await b.user.get(core.lease, leaseName(b.key.uid), 'ops')
  expect(reportOf(lease as KubeObject<never> & { spec: object })).toMatchObject({
    operationId: 'op-1',
    generation: 1,
    outcome: { result: 'Succeeded' },
  })
})

test('one that the watch does not know yet is begun all the same', async () => {
  const b = await bench()
  await b.begin('op-1')
  expect(await b.perform()).toEqual({ result: 'done', reads: 2 })
  expect(b.seen).toEqual(['op-1 1'])
})

test('one that took the place of what a lagging watch shows is begun, ended or not', async () => {
  const b = await bench()
  await b.begin('op-1')
  await b.watch()
  await knows(b, 'op-1')
  await b.lag()
  await b.begin('op-2')
  expect(await b.perform()).toMatchObject({ result: 'done' })
  expect(b.seen).toEqual(['op-2 1'])
  await b.begin('op-1')
  await b.perform()
  await b.begin('op-3') // the outcome of the one that is shown is on the Lease
  await b.perform()
  expect(b.seen).toEqual(['op-2 1', 'op-1 1', 'op-3 1'])
})

test('nothing is begun for what has ended, whatever the watch shows', async () => {
  const b = await bench()
  await b.begin('op-1')
  await b.watch()
  await knows(b, 'op-1')
  await b.lag()
  await b.begin('op-1', 'Verify')
  expect((await b.perform()).result).toBe('done')
  await b.user.delete(tenantKind, ref)
  expect((await b.perform()).result).toBe('done')
  expect(b.seen).toEqual([])
})
