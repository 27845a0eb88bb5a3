// What becomes of a TenantCluster whose operation fails or cannot begin, with a real API server and a real Redis.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { core } from '../../../../operator/framework/index.ts'
import { tenantKind } from '../../../../operator/jobs/queue/tenant-kind.ts'
import {
  awsKeys,
  conditionOf,
  isReady,
  plainSpec,
  succeededWith,
} from '../../../support/control-bench.ts'
import { startScriptedBench, type ScriptedBench } from './scripted-bench.ts'

let bench: ScriptedBench
beforeAll(async () => {
  bench = await startScriptedBench()
})
afterAll(() => bench.stop())
afterEach(() => bench.seen.splice(0))

const key = (name: string) => ({ namespace: 'default', name })

test('tries again after a failure that may pass, and says when', async () => {
  let attempts = 0
  bench.execute = async (run) => {
    attempts++
    if (attempts > 1) return succeededWith(run)
    return {
      result: 'Failed',
      fault: { code: 'AWS.Throttled', message: 'slow down', retryable: true },
    }
  }
  await bench.createTenant('retry')
  const failed = await bench.until('retry', ({ status }) => status?.lastError)
  expect(failed.status).toMatchObject({
    lastError: { code: 'AWS.Throttled', message: 'slow down' },
    retry: { attempts: 1, generation: 1, at: expect.any(String) as string },
    history: [{ result: 'Failed', message: 'slow down' }],
  })
  const ready = await bench.until('retry', isReady)
  expect(ready.status?.lastError).toBeUndefined()
  expect(ready.status?.retry).toBeUndefined()
  expect(ready.status?.history?.map(({ result }) => result)).toEqual(['Succeeded', 'Failed'])
})

test('stalls on a mistake of the user, naming the field, until the spec changes', async () => {
  bench.execute = async (run) => {
    if (run.tenant.metadata.generation !== 1) return succeededWith(run)
    const message =
      'spec.nodePools[0].aws.instanceTypes: expected a type that eu-west-1 offers, got m6i.huge'
    const inputPath = 'spec.nodePools[0].aws.instanceTypes'
    return {
      result: 'Failed',
      fault: { code: 'InvalidSpec', inputPath, message, retryable: false },
    }
  }
  await bench.createTenant('stall')
  const stalled = await bench.until('stall', (tenant) => conditionOf(tenant, 'Stalled'))
  expect(conditionOf(stalled, 'Stalled')).toMatchObject({ status: 'True', reason: 'InvalidSpec' })
  expect(conditionOf(stalled, 'Ready')?.message).toContain('spec.nodePools[0].aws.instanceTypes')
  expect(stalled.status).toMatchObject({
    observedGeneration: 1,
    lastError: {
      inputPath: 'spec.nodePools[0].aws.instanceTypes',
      action: expect.any(String) as string,
    },
  })
  expect(bench.seen).toEqual(['Create stall'])
  await bench.kube.patch(
    tenantKind,
    key('stall'),
    { spec: { provider: { aws: { tags: { a: 'b' } } } } },
    { type: 'merge' },
  )
  await bench.until('stall', isReady)
})

test('tries a stalled one again when a person asks by annotation', async () => {
  let asked = false
  bench.execute = async (run) =>
    asked
      ? succeededWith(run)
      : { result: 'Failed', fault: { code: 'CredentialsInvalid', message: 'no', retryable: false } }
  await bench.createTenant('asked')
  await bench.until('asked', (tenant) => conditionOf(tenant, 'Stalled'))
  asked = true
  const metadata = { annotations: { 'reconcile.fluxcd.io/requestedAt': 'now' } }
  await bench.kube.patch(tenantKind, key('asked'), { metadata }, { type: 'merge' })
  const ready = await bench.until('asked', isReady)
  expect(ready.status?.lastHandledReconcileAt).toBe('now')
})

test('tries a stalled one again once its credentials are replaced', async () => {
  const metadata = { name: 'refused', namespace: 'default' }
  await bench.kube.create(core.secret, { metadata, data: awsKeys })
  bench.execute = async (run) => {
    const secret = await bench.kube.get(core.secret, 'refused', 'default')
    const credentialsVersion = secret?.metadata.resourceVersion ?? ''
    if (secret?.data?.['AWS_SESSION_TOKEN']) return { ...succeededWith(run), credentialsVersion }
    const fault = { code: 'CredentialsInvalid', message: 'no', retryable: false }
    return { result: 'Failed', fault, credentialsVersion }
  }
  const aws = { ...plainSpec.provider.aws, credentialsRef: { name: 'refused' } }
  await bench.createTenant('renewed', { ...plainSpec, provider: { aws } })
  await bench.until('renewed', (tenant) => conditionOf(tenant, 'Stalled'))
  const data = { ...awsKeys, AWS_SESSION_TOKEN: 'dG9rZW4=' }
  const key = { name: 'refused', namespace: 'default' }
  await bench.kube.patch(core.secret, key, { data }, { type: 'merge' })
  await bench.until('renewed', isReady, 60_000)
  expect(bench.seen).toEqual(['Create renewed', 'Create renewed'])
})

test('waits for credentials without a job, and begins once they are there', async () => {
  bench.execute = async (run) => succeededWith(run)
  const credentialsRef = { name: 'later' }
  const aws = { ...plainSpec.provider.aws, credentialsRef }
  await bench.createTenant('poor', { ...plainSpec, provider: { aws } })
  const waiting = await bench.until('poor', ({ status }) => status?.lastError)
  expect(waiting.status?.lastError).toMatchObject({
    code: 'CredentialsMissing',
    inputPath: 'spec.provider.aws.credentialsRef.name',
    value: 'later',
  })
  expect(bench.seen).toEqual([])
  const data = awsKeys
  await bench.kube.create(core.secret, { metadata: { name: 'later', namespace: 'default' }, data })
  await bench.until('poor', isReady)
})
