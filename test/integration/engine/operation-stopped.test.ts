// runOperation that is cancelled, killed or left alone in the middle of a step.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { StartMessage } from '../../../operator/engine/operation.ts'
import { openHarness, until } from './operation-harness.ts'
import { runnersOfThisProcess } from './runner-processes.ts'

const runner = fileURLToPath(new URL('../../../operator/engine/process/entry.ts', import.meta.url))
const runners = async () => (await runnersOfThisProcess()).map(({ pid }) => pid)

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
  const dir = await mkdtemp(join(tmpdir(), 'cratekube-run-'))
  const child = spawn(process.execPath, [runner, dir], {
    detached: true,
    env: { PATH: process.env['PATH'], ...harness.env },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  const ended = new Promise<NodeJS.Signals | number | null>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? code))
  })
  child.send({
    type: 'start',
    operation: harness.operation(),
    settings: harness.settings,
    env: {},
    files: {},
    derivedKeys: [],
  } satisfies StartMessage)
  return { child, ended, dir }
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
  const { child, ended, dir } = await startRunner(harness)
  await until('the resource', () => existsSync(join(harness.cloud, 'stuck.resource')))
  child.disconnect()
  expect(await ended).toBe('SIGKILL')
  expect(existsSync(dir)).toBe(false)
})
