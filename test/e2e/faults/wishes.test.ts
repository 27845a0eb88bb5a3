// The user changes their mind while an operation runs: deletes, suspends, resizes. And the operator is restarted meanwhile.
// Takes minutes: ten tenants are made and deleted.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { OperationStep } from '../../../operator/api/tenant/tenant-cluster-status.ts'
import { core } from '../../../operator/framework/index.ts'
import { waitFor } from '../../sandbox/machine/wait.ts'
import { unhurried } from '../cloud.ts'
import { startBench, type Bench } from '../harness.ts'
import {
  createTenant,
  expectMadeOnce,
  expectNothingLeft,
  isReady,
  namespace,
  type TenantHandle,
} from '../tenant.ts'

let bench: Bench
beforeAll(async () => {
  bench = await startBench({ workers: 2 })
  await bench.aws.addFaults(...unhurried)
})
afterAll(async () => {
  await bench?.close()
})

const reaches = async (tenant: TenantHandle, step: OperationStep) =>
  await tenant.until(`is at ${step}`, ({ status }) => status?.operation?.step === step)
const operationId = (tenant: TenantHandle) => tenant.now()?.status?.operation?.id

describe.concurrent('a mind that changes', () => {
  test.each<[OperationStep, string]>([
    ['Queued', 'eu-west-1'],
    ['Plan', 'eu-west-2'],
    ['Network', 'eu-central-1'],
    ['ControlPlane', 'eu-north-1'],
    ['Nodes', 'eu-west-3'],
    ['AddOns', 'us-east-1'],
  ])('deleted while it is created, at %s, a tenant leaves nothing', async (step, region) => {
    const tenant = await createTenant(bench, { name: `early-${step.toLowerCase()}`, region })
    await reaches(tenant, step)
    await tenant.delete()
    await tenant.gone()
    await expectNothingLeft(bench, tenant)
  })

  test('suspending cancels a creation, resuming goes on with it, and a suspended tenant can be deleted', async () => {
    const tenant = await createTenant(bench, { name: 'paused', region: 'us-east-2' })
    await reaches(tenant, 'Network')
    await tenant.patch({ suspend: true })
    const paused = await tenant.until(
      'is suspended',
      ({ status }) => status?.operation === undefined,
    )
    expect(paused.status?.history?.[0]).toMatchObject({ kind: 'Create', result: 'Cancelled' })
    await expect.poll(() => tenant.runners(), { timeout: 30_000 }).toEqual([])
    const calls = await bench.aws.calls(tenant.key, { mutating: true })
    await tenant.patch({ suspend: false })
    await tenant.ready()
    expect((await bench.aws.calls(tenant.key, { mutating: true })).length).toBeGreaterThan(
      calls.length,
    )
    await expectMadeOnce(bench, tenant)
    await tenant.patch({ suspend: true })
    await tenant.delete()
    await tenant.gone()
    await expectNothingLeft(bench, tenant)
  })

  test('a resize while a cluster is created waits for the control plane, which is made once', async () => {
    const tenant = await createTenant(bench, { name: 'resized', region: 'us-west-2' })
    await reaches(tenant, 'Network')
    const id = operationId(tenant)
    await tenant.patch({ nodePools: [{ name: 'default', min: 1, desired: 2, max: 3 }] })
    const words = `generation 2 waits for operation ${id} `
    const isSaid = ({ message }: { message: string }) => message.startsWith(words)
    await tenant.until(
      'says what is waited for',
      (t) => t.status?.conditions?.some(isSaid) ?? false,
    )
    const resized = await tenant.until(
      'is Ready with two nodes',
      (now) => isReady(now) && now.status?.nodes === '2/2',
    )
    // At the nodes, it takes the place of the operation; on a fast machine it comes after it.
    const [last, first, ...more] = resized.status?.history ?? []
    expect([last?.result, last?.generation, first?.id, more]).toEqual(['Succeeded', 2, id, []])
    expect(first?.result === 'Cancelled' ? 'Create' : 'Update').toBe(last?.kind)
    await expectMadeOnce(bench, tenant)
    // For the night: what waits for a node then holds nothing up.
    await tenant.patch({ nodePools: [{ name: 'default', min: 0, desired: 0, max: 3 }] })
    await tenant.until(
      'is Ready with no node',
      (now) => isReady(now) && now.status?.nodes === '0/0',
    )
  })
})

test('an operation goes on while the manager is restarted, and is not repeated', async () => {
  const tenant = await createTenant(bench, { name: 'attached', region: 'ap-south-1' })
  await reaches(tenant, 'Network')
  const id = operationId(tenant)
  const [runner, ...others] = tenant.runners()
  expect(others).toEqual([])
  await bench.manager.restart()
  const { operation, history } =
    (await tenant.until('is followed again', ({ status }) => status?.operation?.step !== 'Network'))
      .status ?? {}
  // On a fast machine it may have ended by now.
  expect(operation ?? history?.[0]).toMatchObject({ id })
  if (operation) expect(operation).toMatchObject({ attempt: 1, fence: 1 })
  if (operation && operation.step !== 'AddOns') expect(tenant.runners()).toEqual([runner])
  const { status } = await tenant.ready()
  expect(status?.history).toMatchObject([{ id, result: 'Succeeded' }])
  await expectMadeOnce(bench, tenant)
})

test('an operation is taken over when its worker is restarted', async () => {
  const tenant = await createTenant(bench, { name: 'handed-over', region: 'ap-northeast-1' })
  await reaches(tenant, 'Network')
  const id = operationId(tenant)
  await Promise.all(bench.workers.map((worker) => worker.restart()))
  const { status } = await tenant.ready()
  expect(status?.history).toMatchObject([{ id, result: 'Succeeded' }])
  await expectMadeOnce(bench, tenant)
})

test('a namespace that is deleted takes its clusters along, and leaves nothing in AWS', async () => {
  const names = ['resized', 'attached', 'handed-over']
  const living = bench.tenants.list().filter(({ metadata }) => names.includes(metadata.name))
  expect(living.length, 'left by the tests before').toBeGreaterThan(0)
  await bench.kube.delete(core.namespace, { name: namespace })
  const isGone = async () => (await bench.kube.get(core.namespace, namespace)) === undefined
  await waitFor(async () => (await isGone()) || undefined, {
    what: `namespace ${namespace} is gone`,
    timeoutMs: 300_000,
    explain: () => JSON.stringify(bench.tenants.list(), undefined, 1),
  })
  for (const { metadata } of living) {
    // oxlint-disable-next-line no-await-in-loop -- a few, each told apart
    expect(await bench.aws.inventory(metadata.uid), metadata.name).toEqual([])
  }
})
