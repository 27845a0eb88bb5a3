// Runners that are started before their operation comes, and what one run leaves for the next.
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { spareRunners } from '../../../operator/engine/index.ts'
import { openHarness, until } from './operation-harness.ts'

afterEach(() => void vi.unstubAllEnvs())

/** Where runners make their private directories. */
async function runDirs(harness: { cloud: string }) {
  const folder = join(harness.cloud, '../tmp')
  await mkdir(folder)
  vi.stubEnv('NODE_COMPILE_CACHE', join(tmpdir(), 'node-compile-cache'))
  vi.stubEnv('TMPDIR', folder)
  return () => readdir(folder)
}

test('a runner that has rehearsed does its own operation, and each only one', async () => {
  await using harness = await openHarness()
  const dirs = await runDirs(harness)
  await harness.plan({ resources: [{ name: 'one' }] })
  using spares = spareRunners({ settings: harness.settings, count: 2 })
  await spares.atRest()
  const before = await dirs()
  expect(before).toHaveLength(2)
  expect(await harness.run({}, { spares })).toMatchObject({ changes: { create: 2 } })
  expect(await harness.run({}, { spares })).toMatchObject({ changes: { same: 2 } })
  const stillThere = async () => (await dirs()).filter((dir) => before.includes(dir))
  await until('their directories to go', async () => (await stillThere()).length === 0)
  await spares.atRest()
  expect(await dirs()).toHaveLength(2)
})

test('spares go with whoever keeps them, and leave nothing', async () => {
  await using harness = await openHarness()
  const dirs = await runDirs(harness)
  const spares = spareRunners({ settings: harness.settings, count: 1 })
  await spares.atRest()
  const runner = spares.take()
  expect(await dirs()).toHaveLength(1)
  const ended = new Promise((resolve) => runner?.once('exit', resolve))
  runner?.disconnect()
  await ended
  await spares.atRest()
  spares[Symbol.dispose]()
  await until('their directories to go', async () => (await dirs()).length === 0)
})

test('the directory of a killed runner goes too, with the state in the clear that the SDK hands over in it', async () => {
  await using harness = await openHarness()
  const dirs = await runDirs(harness)
  vi.stubEnv('NODE_COMPILE_CACHE', undefined)
  using spares = spareRunners({ settings: harness.settings, count: 1 })
  await spares.atRest()
  const runner = spares.take()
  const [dir = ''] = await dirs()
  const environment = await readFile(`/proc/${runner?.pid}/environ`, 'utf8')
  expect(environment.split('\0')).toEqual(
    expect.arrayContaining([
      `TMPDIR=${join(tmpdir(), dir)}`,
      `NODE_COMPILE_CACHE=${join(tmpdir(), 'node-compile-cache')}`, // for all runners
    ]),
  )
  runner?.kill('SIGKILL')
  await until('its directory to go', async () => !(await dirs()).includes(dir))
})

test('a runner has a home of Pulumi to itself, with the plugins of the worker’s', async () => {
  await using harness = await openHarness()
  const dirs = await runDirs(harness)
  const plugins = join(harness.cloud, '../home/plugins')
  await mkdir(join(plugins, 'resource-aws-v1.2.3'), { recursive: true })
  vi.stubEnv('PULUMI_HOME', join(plugins, '..'))
  using spares = spareRunners({ settings: harness.settings, count: 1 })
  await spares.atRest()
  const [dir = ''] = await dirs()
  const home = join(tmpdir(), dir, 'pulumi')
  const runner = spares.take()
  const environment = await readFile(`/proc/${runner?.pid}/environ`, 'utf8')
  expect(environment.split('\0')).toContain(`PULUMI_HOME=${home}`)
  expect(await readdir(join(home, 'plugins'))).toEqual(['resource-aws-v1.2.3'])
  runner?.disconnect()
  await until('its home to go', async () => !(await dirs()).includes(dir))
  expect(await readdir(plugins)).toHaveLength(1)
})

test('secrets are opened by the key that an earlier run has derived', async () => {
  await using harness = await openHarness()
  await harness.plan({ resources: [{ name: 'one', secret: 'hunter2' }] })
  using spares = spareRunners({ settings: harness.settings, count: 0 })
  await harness.run({}, { spares })
  expect([...spares.derivedKeys.keys()]).toEqual(['team-a.payments'])
  // Nothing can be derived from a passphrase that is wrong.
  const settings = { ...harness.settings, passphrase: 'wrong' }
  const opened = await harness.run({}, { settings, spares })
  expect(opened).toMatchObject({ status: 'succeeded', changes: { same: 2 } })
  expect(await harness.run({}, { settings })).toMatchObject({ status: 'failed' })
})
