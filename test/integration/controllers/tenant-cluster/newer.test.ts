// A newer spec while an operation applies an older one: begun at once where that is safe, said where it has to wait.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { core } from '../../../../operator/framework/index.ts'
import type { WorkerStep } from '../../../../operator/api/tenant/tenant-cluster-status.ts'
import { tenantKind, type TenantObject } from '../../../../operator/jobs/queue/tenant-kind.ts'
import type { Execute, Run } from '../../../../operator/jobs/worker/operation.ts'
import { conditionOf, isReady, plainSpec, succeededWith } from '../../../support/control-bench.ts'
import { startScriptedBench, type ScriptedBench } from './scripted-bench.ts'

let bench: ScriptedBench
/** Generations that a worker began with. */
const begun: number[] = []
beforeAll(async () => {
  bench = await startScriptedBench()
})
afterAll(() => bench.stop())
afterEach(() => begun.splice(0))

const edit = (name: string, value: string | number) =>
  bench.kube.patch(
    tenantKind,
    { namespace: 'default', name },
    { spec: { provider: { aws: { tags: { edit: String(value) } } } } },
    { type: 'merge' },
  )

/** Stays at the step until it is stopped, or `go` resolves. */
const heldAt =
  (step: WorkerStep, go: Promise<void> = new Promise(() => undefined)): Execute =>
  async (run: Run) => {
    begun.push(run.tenant.metadata.generation ?? 0)
    run.progress({ step, resources: { done: 1, total: 9 } })
    const { promise, reject } = Promise.withResolvers<never>()
    run.signal.addEventListener('abort', () => reject(run.signal.reason as Error), { once: true })
    await Promise.race([go, promise])
    return succeededWith(run)
  }
const quick: Execute = (run) => {
  begun.push(run.tenant.metadata.generation ?? 0)
  return Promise.resolve(succeededWith(run))
}
const isAt =
  (step: string) =>
  ({ status }: TenantObject) =>
    status?.operation?.step === step
const results = ({ status }: TenantObject) =>
  status?.history?.map(({ kind, result, generation }) => `${kind} ${generation} ${result}`)
const waits = (t: TenantObject) =>
  conditionOf(t, 'Ready')?.message.match(
    /^generation (\d) waits for operation \S+ \((.*)\) to end$/,
  )

async function notes(name: string, reason: string) {
  const { items } = await bench.kube.list(core.event, { namespace: 'default' })
  const own = items.filter((event) => event.regarding?.name === name && event.reason === reason)
  return own.map(({ note = '' }) => note.replace(/operation \S+/, 'operation X'))
}

for (const step of ['Plan', 'Nodes'] as const) {
  test(`a correction replaces an operation at ${step} within seconds`, async () => {
    const name = `corrected-${step.toLowerCase()}`
    bench.execute = (run) => (run.tenant.metadata.generation === 1 ? heldAt(step)(run) : quick(run))
    await bench.createTenant(name)
    await bench.until(name, isAt(step))
    await edit(name, 1)
    const ready = await bench.until(name, isReady, 10_000)
    expect(begun).toEqual([1, 2])
    expect(results(ready)).toEqual(['Create 2 Succeeded', 'Create 1 Cancelled'])
    expect(ready.status).toMatchObject({ appliedGeneration: 2, observedGeneration: 2 })
    expect(ready.status).not.toHaveProperty('retry')
    await expect
      .poll(() => notes(name, 'Superseded'), { timeout: 60_000 })
      .toEqual(['operation X of generation 1 by generation 2'])
  })
}

test('where it has to wait, that is said within five seconds, once, and no condition claims more', async () => {
  const go = Promise.withResolvers<void>()
  const last = Promise.withResolvers<void>()
  const running = Promise.withResolvers<Run>()
  bench.execute = (run) => {
    running.resolve(run)
    const isFirst = run.tenant.metadata.generation === 1
    return heldAt('ControlPlane', isFirst ? go.promise : last.promise)(run)
  }
  await bench.createTenant('waits')
  await bench.until('waits', isAt('ControlPlane'))
  await edit('waits', 1)
  const told = await bench.until('waits', waits, 5_000)
  expect(waits(told)?.slice(1)).toEqual(['2', 'Create, generation 1'])
  for (const type of ['Ready', 'Reconciling'])
    expect(conditionOf(told, type)).toMatchObject({
      status: type === 'Ready' ? 'False' : 'True',
      reason: 'ProvisioningControlPlane',
      observedGeneration: 2,
      message: conditionOf(told, 'Ready')?.message,
    })
  // What moves is elsewhere.
  const run = await running.promise
  run.progress({ step: 'ControlPlane', resources: { done: 2, total: 9 } })
  const moved = await bench.until('waits', (t) => t.status?.operation?.resources?.done === 2)
  expect(conditionOf(moved, 'Ready')).toEqual(conditionOf(told, 'Ready'))
  await edit('waits', 2)
  await bench.until('waits', (t) => waits(t)?.[1] === '3', 5_000)
  go.resolve()
  const applied = await bench.until('waits', (t) => t.status?.appliedGeneration === 1)
  expect(conditionOf(applied, 'InfrastructureReady')).toMatchObject({
    status: 'True',
    observedGeneration: 1,
  })
  last.resolve()
  const ready = await bench.until('waits', isReady)
  expect(begun).toEqual([1, 3]) // both edits in one
  expect(results(ready)).toEqual(['Update 3 Succeeded', 'Create 1 Succeeded'])
  await expect
    .poll(async () => (await notes('waits', 'NewerSpecWaits')).toSorted(), { timeout: 60_000 })
    .toEqual(
      [2, 3].map((n) => `generation ${n} waits for operation X (Create, generation 1) to end`),
    )
})

test('an author who edits without end gets one applied, by few operations, and then the last one', async () => {
  const workMs = 4_000
  bench.execute = (run) =>
    heldAt('Plan', new Promise((resolve) => setTimeout(resolve, workMs)))(run)
  await bench.createTenant('restless')
  let edits = 0
  let now = await bench.until('restless', isAt('Plan'))
  while (now.status?.appliedGeneration === undefined) {
    edits += 1
    /* oxlint-disable no-await-in-loop -- one edit after another */
    await edit('restless', edits)
    now = await bench.until('restless', ({ metadata, status }) => {
      return status?.observedGeneration === metadata.generation
    })
    /* oxlint-enable no-await-in-loop */
  }
  expect(edits).toBeGreaterThan(30)
  const ready = await bench.until('restless', isReady, 60_000)
  expect(ready.spec.provider.aws?.tags).toEqual({ edit: String(edits) })
  expect(ready.status?.appliedGeneration).toBe(edits + 1)
  expect(begun.length).toBeLessThanOrEqual(4)
})

test('what is queued is not begun again: its worker reads the newest spec', async () => {
  bench.execute = heldAt('ControlPlane')
  await Promise.all(['one', 'two'].map((name) => bench.createTenant(name))) // both places of the worker
  for (const name of ['one', 'two']) await bench.until(name, isAt('ControlPlane'))
  await bench.createTenant('third')
  const { id } = (await bench.until('third', isAt('Queued'))).status?.operation ?? {}
  await edit('third', 1)
  await bench.until('third', (t) => t.status?.observedGeneration === 2)
  bench.execute = quick
  for (const name of ['one', 'two'])
    await bench.kube.patch(
      tenantKind,
      { namespace: 'default', name },
      { spec: { suspend: true } },
      { type: 'merge' },
    )
  const ready = await bench.until('third', isReady)
  expect(results(ready)).toEqual(['Create 2 Succeeded'])
  expect(ready.status?.history?.[0]?.id).toBe(id)
})

test('a change of metadata replaces nothing, and what could not begin leaves alone what runs', async () => {
  const go = Promise.withResolvers<void>()
  bench.execute = heldAt('Nodes', go.promise)
  await bench.createTenant('kept')
  await bench.until('kept', isAt('Nodes'))
  const key = { namespace: 'default', name: 'kept' }
  const metadata = { labels: { a: 'b' } }
  await bench.kube.patch(tenantKind, key, { metadata }, { type: 'merge' })
  const aws = { credentialsRef: { name: 'nowhere' } }
  await bench.kube.patch(tenantKind, key, { spec: { provider: { aws } } }, { type: 'merge' })
  await bench.until('kept', (t) => waits(t)?.[1] === '2', 10_000)
  const spec = { provider: { aws: plainSpec.provider.aws } }
  expect((await bench.tenant('kept'))?.status).not.toHaveProperty('lastError')
  go.resolve()
  await bench.until('kept', ({ status }) => status?.lastError?.code === 'CredentialsMissing')
  bench.execute = quick
  await bench.kube.patch(tenantKind, key, { spec }, { type: 'merge' })
  const ready = await bench.until('kept', isReady)
  expect(results(ready)).toEqual(['Update 3 Succeeded', 'Create 1 Succeeded'])
})

test('no edit stops a deletion', async () => {
  const go = Promise.withResolvers<void>()
  bench.execute = (run) =>
    run.operation.kind === 'Delete' ? heldAt('Drain', go.promise)(run) : quick(run)
  await bench.createTenant('leaves')
  await bench.until('leaves', isReady)
  await bench.kube.delete(tenantKind, { namespace: 'default', name: 'leaves' })
  const { id } = (await bench.until('leaves', isAt('Drain'))).status?.operation ?? {}
  await edit('leaves', 1)
  const later = await bench.until(
    'leaves',
    (t) => t.status?.observedGeneration === t.metadata.generation,
  )
  expect(later.status?.operation?.id).toBe(id)
  go.resolve()
  await bench.untilGone('leaves')
  expect(bench.seen.filter((one) => one === 'Delete leaves')).toHaveLength(1)
})
