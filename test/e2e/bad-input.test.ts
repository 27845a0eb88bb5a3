// Input that cannot work is refused before it costs anything: the message names the field, and nothing was made. What the
// API server itself refuses is in test/integration/api/admission.test.ts; this is the rest.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { core } from '../../operator/framework/index.ts'
import { tenantKind } from '../../operator/jobs/queue/tenant-kind.ts'
import { changed } from '../support/tenant-cluster.ts'
import { startBench, type Bench } from './harness.ts'
import {
  createTenant,
  expectNothingLeft,
  isStalled,
  namespace,
  readyCondition,
  specOn,
  type TenantHandle,
} from './tenant.ts'

let bench: Bench
beforeAll(async () => {
  bench = await startBench()
})
afterAll(async () => {
  await bench?.close()
})

const region = 'eu-west-1'
const unusedRegion = 'sa-east-1'

describe.concurrent('against AWS', () => {
  test.each<[name: string, field: string, value: unknown]>([
    ['old-version', 'kubernetesVersion', '1.20'],
    ['far-version', 'kubernetesVersion', '1.99'],
    ['many-zones', 'provider.aws.vpc.availabilityZones', 4],
    ['odd-machine', 'nodePools.0.aws.instanceTypes', ['m6i.huge']],
    ['two-kinds', 'nodePools.0.aws.instanceTypes', ['m6i.large', 'm6g.large']],
    ['no-image', 'nodePools.0.aws.image', { id: 'ami-0123456789abcdef0' }],
    ['no-chart', 'addons.loadTesting.version', '9.9.9'],
  ])('%s: %s', async (name, field, value) => {
    const spec = changed(specOn({ name: 'aws', part: { region } }, `${name}-aws`), field, value)
    const tenant = await createTenant(bench, { name, region, spec })
    const path = `spec.${field.replace('.0.', '[0].')}`
    const { status } = await tenant.until('is stalled', isStalled)
    expect(status?.lastError).toMatchObject({
      code: 'InvalidSpec',
      inputPath: expect.stringContaining(path),
      message: expect.stringContaining(`${path}`),
      retryable: false,
    })
    expect(readyCondition(status)).toMatchObject({ status: 'False', reason: 'InvalidSpec' })
    expect(await bench.aws.calls(tenant.key, { mutating: true })).toEqual([])
    expect(status?.history).toHaveLength(1)
    await remove(tenant)
  })
})

describe('credentials', () => {
  test.each([
    ['no-key-id', 'AWS_ACCESS_KEY_ID', { secretAccessKey: 'x' }],
    ['no-key', 'AWS_SECRET_ACCESS_KEY', { accessKeyId: 'AKIAXXXXXXXXXXXXXXXX' }],
  ])('a Secret without a key: %s', async (name, missing, key) => {
    const tenant = await createWithout(name, async () => undefined, key)
    await expectNoCredentials(tenant, missing)
    await remove(tenant)
  })

  test('a Secret that is missing, and comes later', async () => {
    const tenant = await createWithout('no-secret', async (name) => {
      await bench.kube.delete(core.secret, { namespace, name: `${name}-aws` })
    })
    await expectNoCredentials(tenant, 'no-secret-aws')
    await bench.cratekube.prepareTenant({ namespace, secret: 'no-secret-aws' })
    await tenant.until('begins', ({ status }) => status?.operation !== undefined)
    await remove(tenant)
  })
})

test('a stack of the same name that belongs to another TenantCluster', async () => {
  const name = 'namesake'
  const first = await createTenant(bench, { name, region, spec: { deletionPolicy: 'Orphan' } })
  await first.ready()
  await first.delete()
  await first.gone()
  const second = await createTenant(bench, { name, region, key: first.key })
  const before = await bench.aws.calls(first.key, { mutating: true })
  const { status } = await second.until('is stalled', isStalled)
  expect(status?.lastError).toMatchObject({
    code: 'StackNameClash',
    message: expect.stringMatching(/^metadata\.name: .*team-a\.namesake/),
    retryable: false,
  })
  expect(status?.lastError?.inputPath).toBe('metadata.name')
  expect(await bench.aws.calls(first.key, { mutating: true })).toEqual(before)
  expect(await bench.aws.inventory(second.uid)).toEqual([])
  const orphaned = await bench.aws.inventory(first.uid)
  await second.delete()
  await second.gone()
  expect(await bench.aws.inventory(first.uid), 'the other’s are left alone').toEqual(orphaned)
})

/** A TenantCluster whose Secret is spoilt before the controller can read it. */
async function createWithout(
  name: string,
  spoil: (name: string) => Promise<void>,
  key = { accessKeyId: 'none', secretAccessKey: 'none' } as {
    accessKeyId?: string
    secretAccessKey?: string
  },
): Promise<TenantHandle> {
  // No key says whose calls these would be; the region does, for nobody else is there.
  const whole = { accessKeyId: 'none', secretAccessKey: 'none' }
  const spec = { suspend: true }
  const tenant = await createTenant(bench, { name, region: unusedRegion, spec, key: whole })
  await tenant.setKey(key)
  await spoil(name)
  await tenant.patch({ suspend: false })
  return tenant
}

/** Not one call, though a reading one would do no harm: the Secret is read before anything is queued. */
async function expectNoCredentials(tenant: TenantHandle, missing: string): Promise<void> {
  const field = 'spec.provider.aws.credentialsRef'
  const { status } = await tenant.until(
    'says what is missing',
    (now) => readyCondition(now.status)?.reason === 'CredentialsMissing',
  )
  expect(readyCondition(status)?.message).toContain(field)
  expect(readyCondition(status)?.message).toContain(missing)
  expect(status?.operation).toBeUndefined()
  expect(await bench.aws.callsIn(unusedRegion)).toEqual([])
}

async function remove(tenant: TenantHandle): Promise<void> {
  await tenant.delete()
  await tenant.gone()
  await expectNothingLeft(bench, tenant)
  expect(await bench.kube.get(tenantKind, tenant.name, namespace)).toBeUndefined()
}
