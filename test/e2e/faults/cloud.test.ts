// A cloud that misbehaves: answers that are lost, calls that are throttled, quotas and capacity that run out.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { FaultInput } from '../../sandbox/aws/index.ts'
import { waitFor } from '../../sandbox/machine/wait.ts'
import { startBench, type Bench } from '../harness.ts'
import { killRunner } from '../processes.ts'
import { createTenant, expectMadeOnce, expectNothingLeft, type TenantHandle } from '../tenant.ts'

let bench: Bench
beforeAll(async () => {
  bench = await startBench()
})
afterEach(async () => {
  await bench.aws.clearFaults()
})
afterAll(async () => {
  await bench?.close()
})

const throttle = { type: 'throttle' } as const

test('the answer to CreateCluster is lost', async () => {
  const tenant = await createTenant(bench, { name: 'lost-answer', region: 'eu-west-1' })
  const match = { operation: 'CreateCluster', name: tenant.physicalName }
  await bench.aws.addFaults({ match, action: { type: 'drop-after' }, times: 1 })
  await tenant.ready()
  const [cut, ...more] = await bench.aws.calls(tenant.key, { operation: 'CreateCluster' })
  expect([cut?.status, more.length]).toEqual([0, 1])
  await expectMadeOnce(bench, tenant)
  await remove(tenant)
})

test('the answer to CreateCluster, to CreateVpc and to CreateFileSystem is lost, and the runner with it', async () => {
  const calls = ['CreateCluster', 'CreateVpc', 'CreateFileSystem']
  const lost = async (operation: string, i: number) => {
    const tenant = await createTenant(bench, { name: `lost-${i}`, region: 'eu-west-2' })
    // The SDK tries again at once: held up, it is killed before it can.
    const match = {
      operation,
      name: operation === 'CreateCluster' ? tenant.physicalName : tenant.uid,
    }
    await bench.aws.addFaults(
      { match, action: { type: 'drop-after' }, times: 1 },
      { match, action: throttle, times: 20 },
    )
    const cut = async () => (await bench.aws.calls(tenant.key, { operation })).length > 0
    await waitFor(cut, { what: `${operation} was cut off`, timeoutMs: 120_000, everyMs: 10 })
    for (const runner of tenant.runners()) killRunner(runner)
    const rules = await bench.aws.faults()
    expect(rules.some((rule) => rule.match.operation === operation && rule.struck > 0)).toBe(true)
    await bench.aws.clearFaults()
    await tenant.ready()
    const made = (await bench.aws.inventory(tenant.uid)).map(({ type }) => type)
    expect(
      made.filter((type) => type === 'vpc'),
      operation,
    ).toHaveLength(1)
    expect(
      made.filter((type) => type === 'file-system'),
      operation,
    ).toHaveLength(1)
    expect(
      made.filter((type) => type === 'eks-cluster'),
      operation,
    ).toHaveLength(1)
    await remove(tenant)
  }
  for (const [i, operation] of calls.entries()) await lost(operation, i)
})

test('every operation of AWS is throttled when it is first called, and every third call after that', async () => {
  const tenant = await createTenant(bench, { name: 'model', region: 'us-east-1' })
  await tenant.ready()
  await remove(tenant)
  const known = await bench.aws.calls(tenant.key)
  const operations = [...new Set(known.map(({ service, operation }) => `${service} ${operation}`))]
  expect(operations.length).toBeGreaterThan(50)
  const first = operations.map((text): FaultInput => {
    const [service = '', operation = ''] = text.split(' ')
    return { match: { service, operation, nth: 1 }, action: throttle }
  })
  await bench.aws.addFaults(...first, { match: { probability: 0.3 }, action: throttle })
  const throttled = await createTenant(bench, { name: 'throttled', region: 'us-east-2' })
  await throttled.ready(300_000)
  await expectMadeOnce(bench, throttled)
  await throttled.delete()
  await throttled.gone(300_000)
  await expectNothingLeft(bench, throttled)
  const rules = await bench.aws.faults()
  const untouched = rules.filter(({ struck }) => struck === 0).map(({ match }) => match.operation)
  expect(untouched).toEqual([])
})

test('a quota that is used up is named, and creation goes on when there is room', async () => {
  const match = { operation: 'CreateVpc' }
  await bench.aws.addFaults({ match, action: { type: 'quota' } })
  const tenant = await createTenant(bench, { name: 'no-room', region: 'us-west-2' })
  const failed = await tenant.until('has failed', ({ status }) => status?.lastError !== undefined)
  expect(failed.status?.lastError).toMatchObject({
    code: 'AWS.Quota.Vpc',
    retryable: true,
    message: expect.stringContaining('VpcLimitExceeded'),
  })
  expect(failed.status?.lastError?.action).toContain('quota')
  await bench.aws.clearFaults()
  await tenant.ready()
  await expectMadeOnce(bench, tenant)
  await remove(tenant)
})

test('machines that AWS has not are told by the node pool, and the pool is made when they are there', async () => {
  const message =
    'Could not launch On-Demand Instances. InsufficientInstanceCapacity - We currently do not have sufficient m6i.large capacity in zones with support for gp3 volumes.'
  const issues = [{ code: 'AsgInstanceLaunchFailures', message }]
  const match = { operation: 'CreateNodegroup' }
  await bench.aws.addFaults({ match, action: { type: 'fail-create', issues }, times: 1 })
  const tenant = await createTenant(bench, { name: 'no-machines', region: 'ap-south-1' })
  const failed = await tenant.until('has failed', ({ status }) => status?.lastError !== undefined)
  expect(failed.status?.lastError).toMatchObject({
    code: 'AWS.InsufficientCapacity',
    inputPath: expect.stringMatching(/^spec\.nodePools/),
    message: expect.stringContaining('default'),
    retryable: true,
  })
  await tenant.ready()
  const groups = (await bench.aws.inventory(tenant.uid)).filter((i) => i.type === 'eks-nodegroup')
  expect(groups).toHaveLength(1)
  await remove(tenant)
})

async function remove(tenant: TenantHandle): Promise<void> {
  await tenant.delete()
  await tenant.gone()
  await expectNothingLeft(bench, tenant)
}
