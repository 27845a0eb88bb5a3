// runOperation with a real runner process: results, progress, secrets, foreign stacks, locks.
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { openHarness, until } from './operation-harness.ts'
import { runnersOfThisProcess } from './runner-processes.ts'

test('creates, sees no change, updates, deletes and removes the stack', async () => {
  await using harness = await openHarness()
  await harness.plan({ resources: [{ name: 'one' }, { name: 'two' }] })
  expect(await harness.run()).toEqual({
    status: 'succeeded',
    changes: { create: 3 },
    outputs: { one: join(harness.cloud, 'one.resource'), two: join(harness.cloud, 'two.resource') },
  })
  expect(harness.progress.at(-1)).toMatchObject({ running: [] })
  expect(harness.progress.some(({ step }) => step === 'dir:index:File')).toBe(true)
  expect(await harness.run()).toMatchObject({ status: 'succeeded', changes: { same: 3 } })
  await harness.plan({ resources: [{ name: 'one', size: 2 }] })
  expect(await harness.run({ kind: 'preview' })).toMatchObject({
    changes: { same: 1, update: 1, delete: 1 },
  })
  expect(await harness.run()).toMatchObject({ changes: { same: 1, update: 1, delete: 1 } })
  expect(await harness.run({ kind: 'refresh' })).toMatchObject({ changes: { same: 2 } })
  expect(await harness.run({ kind: 'outputs' })).toMatchObject({
    outputs: { one: join(harness.cloud, 'one.resource') },
  })
  expect(await harness.run({ kind: 'destroy' })).toMatchObject({ changes: { delete: 2 } })
  expect(await harness.run({ kind: 'remove' })).toMatchObject({ status: 'succeeded' })
  expect(await harness.stateFiles()).toEqual(['.pulumi/meta.yaml'])
  expect(await harness.calls()).toEqual([
    'create one',
    'create two',
    'update one',
    'delete two',
    'delete one',
  ])
})

test('hands extra config to the program', async () => {
  await using harness = await openHarness()
  const result = await harness.run({
    program: 'addons',
    stack: 'team-a.payments.addons',
    config: { 'cratekube:cloud': '{"vpcId":"vpc-1"}' },
  })
  expect(result).toMatchObject({ status: 'succeeded', outputs: { cloud: '{"vpcId":"vpc-1"}' } })
})

test('keeps secret outputs out of the result and out of the state’s clear text', async () => {
  await using harness = await openHarness()
  await harness.plan({ resources: [{ name: 'one', secret: 'hunter2' }] })
  const result = await harness.run()
  expect(result.status).toBe('succeeded')
  expect(JSON.stringify([result, harness.progress])).not.toContain('hunter2')
  expect(JSON.stringify(await harness.state())).not.toContain('hunter2')
})

test('names the resource and the cause of a failure, and keeps what was made', async () => {
  await using harness = await openHarness()
  await harness.plan({
    resources: [
      { name: 'good' },
      { name: 'bad', fails: 'api error Throttling: Rate exceeded, request id: 1a2b3c4d-0000' },
    ],
  })
  const result = await harness.run()
  expect(result).toMatchObject({
    status: 'failed',
    fault: {
      code: 'AWS.Throttled',
      retryable: true,
      requestId: '1a2b3c4d-0000',
      message: expect.stringContaining('dir:index:File bad'),
    },
  })
  await harness.plan({ resources: [{ name: 'good' }, { name: 'bad' }] })
  expect(await harness.run()).toMatchObject({
    status: 'succeeded',
    changes: { create: 1, same: 2 },
  })
})

test('refuses the stack of another uid before anything runs', async () => {
  await using harness = await openHarness()
  await harness.plan({ resources: [{ name: 'one' }] })
  await harness.run()
  const { tenant } = harness.operation()
  const result = await harness.run({
    kind: 'destroy',
    tenant: { ...tenant, uid: '99999999-2222-3333-4444-555555555555' },
  })
  expect(result).toMatchObject({
    status: 'failed',
    fault: { code: 'StackNameClash', retryable: false },
  })
  expect(await harness.calls()).toEqual(['create one'])
})

test('of two runs at once the second is refused and the first goes on', async () => {
  await using harness = await openHarness()
  const release = join(harness.cloud, 'release')
  await harness.plan({ resources: [{ name: 'slow', waitsFor: release }] })
  const first = harness.run()
  await until('the resource', () => existsSync(join(harness.cloud, 'slow.resource')))
  expect(await harness.run()).toMatchObject({
    status: 'failed',
    fault: { code: 'ConcurrentUpdate', retryable: true },
  })
  await writeFile(release, '')
  expect(await first).toMatchObject({ status: 'succeeded' })
})

test('the worker’s environment, the tenant’s and the passphrase do not reach the runner’s environment or command line', async () => {
  await using harness = await openHarness()
  vi.stubEnv('LEAKED_SECRET', 'leak')
  const release = join(harness.cloud, 'release')
  await harness.plan({ resources: [{ name: 'slow', waitsFor: release }] })
  const running = harness.run()
  await until('the resource', () => existsSync(join(harness.cloud, 'slow.resource')))
  const texts = (await runnersOfThisProcess()).map(({ text }) => text).join('\n')
  await writeFile(release, '')
  await running
  expect(texts).toContain('runner')
  expect(texts).not.toContain('LEAKED_SECRET')
  expect(texts).not.toContain(harness.cloud)
  expect(texts).not.toContain('correct horse')
})
