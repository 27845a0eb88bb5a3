// runOperation with a real runner process: results, progress, secrets, foreign stacks, cancel, crash, locks.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { openHarness, until } from './operation-harness.ts'

const runner = fileURLToPath(new URL('../../../operator/bin/runner.ts', import.meta.url))

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

test('cancel waits for the step under way, records it and starts nothing new', async () => {
  await using harness = await openHarness()
  const release = join(harness.cloud, 'release')
  await harness.plan({ resources: [{ name: 'slow', waitsFor: release }] })
  const cancel = new AbortController()
  const running = harness.run({}, { signal: cancel.signal })
  await until('the resource', () => existsSync(join(harness.cloud, 'slow.resource')))
  cancel.abort()
  await until('the provider to be told', async () => (await harness.calls()).includes('cancel'))
  await writeFile(release, '')
  expect(await running).toEqual({ status: 'cancelled' })
  const { resources, pending_operations } = await harness.state()
  expect(resources?.map(({ id }) => id)).toContain('slow')
  expect(pending_operations).toBeUndefined()
})

test('a step that never ends is killed after the grace period, and the next run finds what it made', async () => {
  await using harness = await openHarness()
  await harness.plan({ resources: [{ name: 'stuck', hangs: true }] })
  const cancel = new AbortController()
  const running = harness.run({}, { signal: cancel.signal, graceMs: 200 })
  await until('the resource', () => existsSync(join(harness.cloud, 'stuck.resource')))
  cancel.abort()
  expect(await running).toEqual({ status: 'cancelled' })
  // Beside it there may be the first one, which is made at the same time.
  expect((await harness.state()).pending_operations).toContainEqual(
    expect.objectContaining({
      type: 'creating',
      resource: expect.objectContaining({ urn: expect.stringMatching(/::stuck$/) as string }),
    }),
  )
  await harness.plan({ resources: [{ name: 'stuck' }] })
  expect(await harness.run()).toMatchObject({ status: 'succeeded' })
  expect((await harness.calls()).filter((call) => call === 'create stuck')).toHaveLength(1)
  expect((await harness.state()).pending_operations).toBeUndefined()
})

test('told to kill, nothing of a run is left at once, though it was only asked to end before', async () => {
  await using harness = await openHarness()
  await harness.plan({ resources: [{ name: 'stuck', hangs: true }] })
  const [cancel, kill] = [new AbortController(), new AbortController()]
  const o = { signal: cancel.signal, kill: kill.signal, graceMs: 3_600_000 }
  const running = harness.run({}, o)
  await until('the resource', () => existsSync(join(harness.cloud, 'stuck.resource')))
  const [runner, ...others] = await runners()
  expect(others).toEqual([])
  cancel.abort()
  await until('the provider to be told', async () => (await harness.calls()).includes('cancel'))
  expect(await runners()).toEqual([runner])
  kill.abort()
  expect(await running).toEqual({ status: 'cancelled' })
  expect(await runners()).toEqual([])
  await harness.plan({ resources: [{ name: 'stuck' }] })
  expect(await harness.run()).toMatchObject({ status: 'succeeded' })
  expect((await harness.calls()).filter((call) => call === 'create stuck')).toHaveLength(1)
})

/** A runner whose parent is this process's child, so that the parent can be killed. */
async function startRunner(harness: Awaited<ReturnType<typeof openHarness>>) {
  const child = spawn(process.execPath, [runner], {
    detached: true,
    env: { PATH: process.env['PATH'], ...harness.env },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  const ended = new Promise<NodeJS.Signals | number | null>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? code))
  })
  child.send({ type: 'start', operation: harness.operation(), settings: harness.settings })
  return { child, ended }
}

test('kill -9 in the middle of a create: the next run takes over what exists and creates nothing twice', async () => {
  await using harness = await openHarness()
  await harness.plan({ resources: [{ name: 'first' }, { name: 'stuck', hangs: true }] })
  const { child, ended } = await startRunner(harness)
  await until('the resource', () => existsSync(join(harness.cloud, 'stuck.resource')))
  child.kill('SIGKILL')
  expect(await ended).toBe('SIGKILL')
  // Beside it there may be the first one, which is made at the same time.
  expect((await harness.state()).pending_operations).toContainEqual(
    expect.objectContaining({
      type: 'creating',
      resource: expect.objectContaining({ urn: expect.stringMatching(/::stuck$/) as string }),
    }),
  )
  await harness.plan({ resources: [{ name: 'first' }, { name: 'stuck' }] })
  expect(await harness.run()).toMatchObject({ status: 'succeeded' })
  const calls = await harness.calls()
  expect(calls).toContain('find dir:index:File stuck')
  expect(calls.filter((call) => call === 'create stuck')).toHaveLength(1)
  expect((await harness.state()).resources?.map(({ id }) => id)).toContain('stuck')
})

test('the runner dies with its parent’s channel', async () => {
  await using harness = await openHarness()
  await harness.plan({ resources: [{ name: 'stuck', hangs: true }] })
  const { child, ended } = await startRunner(harness)
  await until('the resource', () => existsSync(join(harness.cloud, 'stuck.resource')))
  child.disconnect()
  expect(await ended).toBe('SIGKILL')
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
  process.env['LEAKED_SECRET'] = 'leak'
  const release = join(harness.cloud, 'release')
  await harness.plan({ resources: [{ name: 'slow', waitsFor: release }] })
  const running = harness.run()
  await until('the resource', () => existsSync(join(harness.cloud, 'slow.resource')))
  const texts = await runnerTexts()
  await writeFile(release, '')
  await running
  delete process.env['LEAKED_SECRET']
  expect(texts).toContain('runner')
  expect(texts).not.toContain('LEAKED_SECRET')
  expect(texts).not.toContain(harness.cloud)
  expect(texts).not.toContain('correct horse')
})

const runners = async () => (await runnersOfThisProcess()).map(({ pid }) => pid)

/** Environment and command line of the runners of this process. */
const runnerTexts = async () => (await runnersOfThisProcess()).map(({ text }) => text).join('\n')

async function runnersOfThisProcess() {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const texts = await Promise.all(
    pids.map(async (pid) => {
      try {
        const parent = /^PPid:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]
        if (Number(parent) !== process.pid) return { pid, text: '' }
        const environment = await readFile(`/proc/${pid}/environ`, 'utf8')
        return { pid, text: environment + (await readFile(`/proc/${pid}/cmdline`, 'utf8')) }
      } catch {
        // Ended meanwhile, or not ours to read.
        return { pid, text: '' }
      }
    }),
  )
  return texts.filter(({ text }) => text.includes('runner'))
}
