// A cloud that misbehaves: answers that are lost, calls that are throttled, quotas and capacity that run out. Faults strike the
// calls of one tenant, so that tenants live side by side.
// Takes minutes: eight tenants are made and deleted.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FaultInput } from '../../sandbox/aws/index.ts'
import { waitFor } from '../../sandbox/machine/wait.ts'
import { startBench, type Bench } from '../harness.ts'
import { killRunner } from '../processes.ts'
import {
  createTenant,
  expectMadeOnce,
  expectNothingLeft,
  type TenantHandle,
  type TenantOptions,
} from '../tenant.ts'

let bench: Bench
beforeAll(async () => {
  bench = await startBench()
})
afterAll(async () => {
  await bench?.close()
})

const throttle = { type: 'throttle' } as const
/** It pauses after each of more than a hundred calls. */
const throttledMs = 600_000

describe.concurrent('a cloud that misbehaves', () => {
  test('every operation of AWS is throttled when it is first called, and every third call after that', async () => {
    const tenant = await createTenant(bench, { name: 'model', region: 'us-east-1' })
    await tenant.ready()
    await remove(tenant)
    const known = await bench.aws.calls(tenant.key)
    const operations = [
      ...new Set(known.map(({ service, operation }) => `${service} ${operation}`)),
    ]
    expect(operations.length).toBeGreaterThan(50)
    const first = operations.map((text): FaultInput => {
      const [service = '', operation = ''] = text.split(' ')
      return { match: { service, operation, nth: 1 }, action: throttle }
    })
    const { tenant: throttled, faults } = await createStruck(
      { name: 'throttled', region: 'us-east-2' },
      ...first,
      { match: { probability: 0.3 }, action: throttle },
    )
    await throttled.ready(throttledMs)
    await expectMadeOnce(bench, throttled)
    await throttled.delete()
    await throttled.gone(throttledMs)
    await expectNothingLeft(bench, throttled)
    const rules = await faults.list()
    const untouched = rules.filter(({ struck }) => struck === 0).map(({ match }) => match.operation)
    expect(untouched).toEqual([])
  })

  test('the answer to CreateCluster is lost', async () => {
    const match = { operation: 'CreateCluster' }
    const { tenant } = await createStruck(
      { name: 'lost-answer', region: 'eu-west-1' },
      { match, action: { type: 'drop-after' }, times: 1 },
    )
    await tenant.ready()
    const [cut, ...more] = await bench.aws.calls(tenant.key, { operation: 'CreateCluster' })
    expect([cut?.status, more.length]).toEqual([0, 1])
    await expectMadeOnce(bench, tenant)
    await remove(tenant)
  })

  test.each(['CreateCluster', 'CreateVpc', 'CreateFileSystem'])(
    'the answer to %s is lost, and the runner with it',
    async (operation) => {
      const name = `lost-${operation.toLowerCase()}`
      // The SDK tries again at once: held up, it is killed before it can.
      const { tenant, faults } = await createStruck(
        { name, region: 'eu-west-2' },
        { match: { operation }, action: { type: 'drop-after' }, times: 1 },
        { match: { operation }, action: throttle, times: 20 },
      )
      const cut = async () => (await bench.aws.calls(tenant.key, { operation })).length > 0
      await waitFor(cut, { what: `${operation} was cut off`, timeoutMs: 300_000, everyMs: 10 })
      for (const runner of tenant.runners()) killRunner(runner)
      const rules = await faults.list()
      expect(rules.some((rule) => rule.match.operation === operation && rule.struck > 0)).toBe(true)
      await faults.clear()
      await tenant.ready()
      const made = (await bench.aws.inventory(tenant.uid)).map(({ type }) => type)
      for (const once of ['vpc', 'file-system', 'eks-cluster']) {
        expect(
          made.filter((type) => type === once),
          once,
        ).toHaveLength(1)
      }
      await remove(tenant)
    },
  )

  test('a quota that is used up is named, and creation goes on when there is room', async () => {
    const match = { operation: 'CreateVpc' }
    const { tenant, faults } = await createStruck(
      { name: 'no-room', region: 'us-west-2' },
      { match, action: { type: 'quota' } },
    )
    const failed = await tenant.until('has failed', ({ status }) => status?.lastError !== undefined)
    expect(failed.status?.lastError).toMatchObject({
      code: 'AWS.Quota.Vpc',
      retryable: true,
      message: expect.stringContaining('VpcLimitExceeded'),
    })
    expect(failed.status?.lastError?.action).toContain('quota')
    await faults.clear()
    await tenant.ready()
    await expectMadeOnce(bench, tenant)
    await remove(tenant)
  })

  test('machines that AWS has not are told by the node pool, and the pool is made when they are there', async () => {
    const message =
      'Could not launch On-Demand Instances. InsufficientInstanceCapacity - We currently do not have sufficient m6i.large capacity in zones with support for gp3 volumes.'
    const issues = [{ code: 'AsgInstanceLaunchFailures', message }]
    const match = { operation: 'CreateNodegroup' }
    const { tenant } = await createStruck(
      { name: 'no-machines', region: 'ap-south-1' },
      { match, action: { type: 'fail-create', issues }, times: 1 },
    )
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
})

/** Its calls are struck from the first. */
async function createStruck(o: TenantOptions, ...rules: FaultInput[]) {
  const key = await bench.aws.createKey(o.name)
  const faults = bench.aws.faultsOf(key)
  await faults.add(...rules)
  return { faults, tenant: await createTenant(bench, { ...o, key }) }
}

async function remove(tenant: TenantHandle): Promise<void> {
  await tenant.delete()
  await tenant.gone()
  await expectNothingLeft(bench, tenant)
}
