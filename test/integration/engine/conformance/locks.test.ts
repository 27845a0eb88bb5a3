// Locks that others left on a stack: which are cleared, and which are kept.
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { hostname, userInfo } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openHarness, type Harness } from '../operation-harness.ts'

async function leaveLock(harness: Harness, holder: { hostname: string; pid: number }) {
  const root = harness.settings.backendUrl.slice('file://'.length)
  const folder = join(root, '.pulumi/locks/organization/cratekube/team-a.payments')
  await mkdir(folder, { recursive: true })
  const { username } = userInfo()
  const lock = { ...holder, username, timestamp: new Date().toISOString() }
  await writeFile(join(folder, '0a1b2c3d.json'), JSON.stringify(lock))
  return folder
}

test('a lock of another machine is cleared: the tenant’s lease says that nobody there works on it', async () => {
  await using harness = await openHarness()
  await harness.plan({ resources: [{ name: 'one' }] })
  await harness.run()
  // The number of a process that lives here says nothing of another machine.
  const folder = await leaveLock(harness, { hostname: `not-${hostname()}`, pid: process.pid })
  expect(await harness.run()).toMatchObject({ status: 'succeeded', changes: { same: 2 } })
  expect(await readdir(folder)).toEqual([])
})

test('a lock of a process that lives on this machine is kept', async () => {
  await using harness = await openHarness()
  await harness.plan({ resources: [{ name: 'one' }] })
  await harness.run()
  const folder = await leaveLock(harness, { hostname: hostname(), pid: process.pid })
  expect(await harness.run()).toMatchObject({ fault: { code: 'ConcurrentUpdate' } })
  expect(await readdir(folder)).toHaveLength(1)
})

test('a lock on a stack that is not there goes when its holder is dead: it died while it made or removed the stack', async () => {
  await using harness = await openHarness()
  await harness.plan({ resources: [{ name: 'one' }] })
  const folder = await leaveLock(harness, { hostname: hostname(), pid: 2 ** 22 + 1 })
  expect(await harness.run()).toMatchObject({ status: 'succeeded' })
  expect(await readdir(folder)).toEqual([])
})

test('a lock on a stack that is not there is kept while its holder lives', async () => {
  await using harness = await openHarness()
  await harness.plan({ resources: [{ name: 'one' }] })
  const folder = await leaveLock(harness, { hostname: hostname(), pid: process.pid })
  expect(await harness.run()).toMatchObject({ fault: { code: 'ConcurrentUpdate' } })
  expect(await readdir(folder)).toHaveLength(1)
})
