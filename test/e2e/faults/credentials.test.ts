// Credentials that AWS refuses: from the start, in the middle of a creation, and in the middle of a deletion. Each tenant has
// its own.
// Takes minutes: refused credentials are tried again after half a minute.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startBench, type Bench } from '../harness.ts'
import type { TenantObject } from '../../../operator/jobs/queue/tenant-kind.ts'
import {
  createTenant,
  expectMadeOnce,
  expectNothingLeft,
  isReady,
  isStalled,
  readyCondition,
} from '../tenant.ts'

let bench: Bench
beforeAll(async () => {
  bench = await startBench()
})
afterAll(async () => {
  await bench?.close()
})

const field = 'spec.provider.aws.credentialsRef'
const isRefused = (tenant: TenantObject) =>
  isStalled(tenant) && tenant.status?.lastError?.code === 'CredentialsInvalid'

describe.concurrent('credentials that AWS refuses', () => {
  test('wrong ones stall the tenant, which goes on when the Secret is corrected', async () => {
    const good = await bench.aws.createKey('mistyped')
    const wrong = { ...good, secretAccessKey: 'x'.repeat(40) }
    const tenant = await createTenant(bench, {
      name: 'mistyped',
      region: 'eu-west-1',
      key: wrong,
    })
    const refused = await tenant.until('is stalled', isRefused)
    expect(refused.status?.lastError).toMatchObject({
      inputPath: field,
      message: expect.stringContaining(field),
      retryable: false,
    })
    expect(readyCondition(refused.status)).toMatchObject({
      status: 'False',
      reason: 'CredentialsInvalid',
      message: expect.stringContaining(field),
    })
    expect(await bench.aws.calls(wrong, { mutating: true })).toEqual([])
    await tenant.setKey(good)
    await tenant.until('is Ready', isReady)
    await expectMadeOnce(bench, tenant)
    await tenant.delete()
    await tenant.gone()
    await expectNothingLeft(bench, tenant)
  })

  test('revoked while a cluster is made, the tenant waits and ends Ready when they work again', async () => {
    const tenant = await createTenant(bench, { name: 'revoked', region: 'eu-west-2' })
    await tenant.until(
      'makes things',
      ({ status }) => (status?.operation?.resources?.done ?? 0) > 10,
    )
    await bench.aws.revoke(tenant.key)
    const refused = await tenant.until('is refused', ({ status }) =>
      /Credentials/.test(status?.lastError?.code ?? ''),
    )
    expect(refused.status?.lastError?.inputPath).toContain(field)
    expect(refused.metadata.finalizers).toHaveLength(1)
    await bench.aws.restore(tenant.key)
    await tenant.until('is Ready', isReady)
    await expectMadeOnce(bench, tenant)
  })

  test('revoked while it is deleted, nothing is let go, and deletion ends when they work again', async () => {
    const name = 'revoked-late'
    const tenant = await createTenant(bench, { name, region: 'us-east-1' })
    await tenant.ready()
    await tenant.delete()
    await tenant.until('is destroyed', ({ status }) => status?.operation?.step === 'Destroy')
    await bench.aws.revoke(tenant.key)
    const refused = await tenant.until('is stalled', isRefused)
    expect(refused.metadata.finalizers).toHaveLength(1)
    expect(refused.status?.lastError?.inputPath).toContain(field)
    expect((await bench.aws.inventory(tenant.uid)).length).toBeGreaterThan(0)
    await bench.aws.restore(tenant.key)
    await tenant.gone()
    await expectNothingLeft(bench, tenant)
  })
})
