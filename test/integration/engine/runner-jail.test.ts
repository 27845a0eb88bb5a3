// A runner in its jail, as a plugin that was taken over would be: what it can read, change and send. On this kernel's Landlock.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runnerJail, spareRunners, type RunnerJail } from '../../../operator/engine/index.ts'
import { jailed } from '../../../operator/engine/process/runner-jail.ts'
import { ensureTools } from '../../sandbox/tools/ensure.ts'
import { spawnRunner } from '../../../operator/engine/process/spare-runners.ts'
import type { StartMessage } from '../../../operator/engine/operation.ts'
import { openHarness, until } from './operation-harness.ts'

let program: string
let root: string
const places: Record<'own' | 'state' | 'secrets' | 'compiled', string> = {
  own: '',
  state: '',
  secrets: '',
  compiled: '',
}
let jail: RunnerJail

beforeAll(async () => {
  program = (await ensureTools(['jail'])).path('jail')
  root = await mkdtemp(join(tmpdir(), 'cratekube-jail-'))
  for (const name of ['own', 'state', 'secrets', 'compiled'] as const) {
    places[name] = join(root, name)
    await mkdir(places[name])
  }
  await writeFile(join(places.secrets, 'token'), 'of the service account')
  await writeFile(join(places.compiled, 'code'), 'compiled')
  const settings = {
    backendUrl: `file://${places.state}`,
    engine: 'embedded',
    programsModule: join(import.meta.dirname, 'directory-cloud.ts'),
  } as const
  jail = runnerJail({ program, settings, env: process.env })
})

afterAll(() => rm(root, { recursive: true, force: true }))

/** What a shell in the jail of a runner says. */
function inJail(script: string): string {
  const own = { read: [places.compiled], write: [places.own] }
  const [command, args] = jailed(jail, own, ['/bin/sh', '-c', script])
  const { stdout, stderr } = spawnSync(command, args, { cwd: places.own, encoding: 'utf8' })
  return stdout + stderr
}

test('reads neither the environment nor the memory of a process outside, and sends it no signal', async () => {
  await using other = child({ AWS_SECRET_ACCESS_KEY: 'of another tenant' })
  expect(await readFile(`/proc/${other.pid}/environ`, 'utf8')).toContain('of another tenant')
  for (const file of ['environ', 'mem', 'maps', 'root/etc/hostname', 'cwd/package.json', 'fd/0'])
    expect(inJail(`head -c 4096 /proc/${other.pid}/${file}`), file).toMatch(/denied|not permitted/)
  expect(inJail(`kill -9 ${other.pid}`)).toMatch(/not permitted/)
})

test('cannot see the processes of another runner', async () => {
  const [command, args] = jailed(jail, { read: [], write: [] }, ['/bin/sleep', '60'])
  await using other = child({ AWS_SECRET_ACCESS_KEY: 'of another tenant' }, [command, ...args])
  expect(inJail(`cat /proc/${other.pid}/environ; kill -9 ${other.pid}`)).not.toContain('tenant')
  expect(other.ended()).toBe(false)
})

test('reads no file of the worker: tokens, passphrase, temporary folders, state of nobody', () => {
  const token = join(places.secrets, 'token')
  expect(inJail(`cat ${token}`)).toMatch(/Permission denied/)
  expect(inJail(`ls ${root}`)).toMatch(/Permission denied/)
  expect(inJail(`ln -s ${token} link; cat link`)).toMatch(/Permission denied/)
  expect(inJail(`ln ${token} hard && cat hard`)).toMatch(/Invalid cross-device link|denied/)
})

test('changes what is its own, and nothing that others run', () => {
  expect(inJail(`echo mine > file && cat file`)).toBe('mine\n')
  expect(inJail(`echo mine > ${places.state}/stack.json && cat ${places.state}/stack.json`)).toBe(
    'mine\n',
  )
  expect(inJail(`cat ${places.compiled}/code`)).toBe('compiled')
  for (const place of [`${places.compiled}/code`, join(import.meta.dirname, 'directory-cloud.ts')])
    expect(inJail(`echo bad >> ${place}`), place).toMatch(/Permission denied/)
  expect(inJail(`rm ${places.compiled}/code; mv ${places.compiled} gone`)).toMatch(/denied/)
})

test('no process below it is free, root or not', () => {
  const token = join(places.secrets, 'token')
  expect(inJail(`${program} -read / -- cat ${token}`)).toMatch(/Permission denied/)
  expect(inJail(`setsid cat ${token}; (sleep 0; cat ${token})`)).not.toContain('account')
  expect(inJail('grep CapBnd /proc/self/status')).toBe('CapBnd:\t0000000000000000\n')
})

test('a kernel that cannot keep runners apart is said, and not passed over', () => {
  const settings = {
    backendUrl: 's3://stacks',
    engine: 'cli',
    programsModule: '/app/p.ts',
  } as const
  expect(() => runnerJail({ program: '/bin/false', settings, env: {} })).toThrow('Command failed')
})

test('a folder for the state that is not there yet is made for the jail', async () => {
  await using harness = await openHarness()
  const settings = { ...harness.settings, backendUrl: `${harness.settings.backendUrl}/new/place` }
  const own = runnerJail({ program, settings, env: process.env })
  await harness.plan({ resources: [] })
  const open = { ...own, write: [...own.write, harness.cloud] }
  expect(await harness.run({}, { settings, jail: open })).toMatchObject({ status: 'succeeded' })
})

test('an operation runs in its jail, on a runner that waited and on a new one', async () => {
  await using harness = await openHarness()
  const own = runnerJail({ program, settings: harness.settings, env: process.env })
  const open = { ...own, write: [...own.write, harness.cloud] } // the double’s cloud is a folder
  await harness.plan({ resources: [{ name: 'one', secret: 'hunter2' }] })
  using spares = spareRunners({ settings: harness.settings, jail: open, count: 1 })
  const first = await harness.run({}, { spares, jail: open })
  expect(first).toMatchObject({ status: 'succeeded', changes: { create: 2 } })
  expect(await harness.run({}, { jail: open })).toMatchObject({ changes: { same: 2 } })
  expect(await harness.run({ kind: 'destroy' }, { jail: own })).toMatchObject({ status: 'failed' })
})

test('it dies with its worker, in a folder that it cannot take away', async () => {
  await using harness = await openHarness()
  await harness.plan({ resources: [{ name: 'stuck', hangs: true }] })
  const own = runnerJail({ program, settings: harness.settings, env: process.env })
  const runner = spawnRunner({ jail: { ...own, write: [...own.write, harness.cloud] } })
  const ended = once(runner, 'exit')
  const { settings, env } = harness
  const operation = harness.operation()
  runner.send({
    type: 'start',
    operation,
    settings,
    env,
    files: {},
    derivedKeys: [],
  } satisfies StartMessage)
  await until('the resource', () => existsSync(join(harness.cloud, 'stuck.resource')))
  runner.disconnect()
  expect(await ended).toEqual([null, 'SIGKILL'])
})

function child(env: Record<string, string>, command: readonly string[] = ['/bin/sleep', '60']) {
  const [file = '', ...args] = command
  const started = spawn(file, args, { env: { ...process.env, ...env }, stdio: 'ignore' })
  return {
    pid: started.pid ?? 0,
    ended: () => started.exitCode !== null || started.signalCode !== null,
    async [Symbol.asyncDispose]() {
      if (!started.kill()) return
      await once(started, 'exit')
    },
  }
}
