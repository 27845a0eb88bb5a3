// Real processes: a runner, a CLI in its group and a plugin in a group of its own, played by Node and bash.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { killDescendants, killTree } from '../../../operator/engine/process/kill-tree.ts'
import { until } from './operation-harness.ts'

const forEver = 'setInterval(() => undefined, 1000)'
const plugin = `process.stdout.write(process.pid + "\\n"); ${forEver}`
const cli = start(plugin, { detached: true })
const runner = start(cli, { detached: false })

/** A program that starts another one and says what that one says. */
function start(program: string, { detached }: { detached: boolean }): string {
  const o = JSON.stringify({ detached, stdio: ['ignore', 'inherit', 'ignore'] })
  const args = JSON.stringify(['-e', program])
  return `process.stdout.write(process.pid + "\\n")
    require('node:child_process').spawn(process.execPath, ${args}, ${o}); ${forEver}`
}

/** Job control gives the plugin a group and leaves it in the session, as the official CLI does. */
const jobs = JSON.stringify([
  '-c',
  'echo $$; set -m; "$0" -e "$1" & wait',
  process.execPath,
  plugin,
])
const runnerOfJobs = `process.stdout.write(process.pid + "\\n")
  require('node:child_process').spawn('bash', ${jobs}, { stdio: ['ignore', 'inherit', 'ignore'] }); ${forEver}`

async function family(program = runner): Promise<{ child: ChildProcess; pids: number[] }> {
  const stdio = ['ignore', 'pipe', 'inherit'] as const
  const child = spawn(process.execPath, ['-e', program], { detached: true, stdio: [...stdio] })
  let text = ''
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()))
  await until('three processes', () => text.split('\n').length > 3)
  return { child, pids: text.trim().split('\n').map(Number) }
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('a runner is killed with the plugins that its CLI has given groups of their own', async () => {
  const { child, pids } = await family()
  expect(pids.map(isThere)).toEqual([true, true, true])
  const ended = once(child, 'exit')
  killTree(pids[0] ?? Number.NaN)
  expect(await ended).toEqual([null, 'SIGKILL'])
  await until('the others to go', () => !pids.some(isThere))
})

const first = ([runnerPid = Number.NaN]: number[]) => runnerPid
test.each([
  { dies: 'their runner with its group', target: (pids: number[]) => -first(pids) },
  { dies: 'their runner', target: first },
  { dies: 'their CLI', target: (pids: number[]) => first(pids.slice(1)) },
])('plugins are killed when $dies has died before', async ({ target }) => {
  const { pids } = await family(runnerOfJobs)
  const [dead, plugins] = [target(pids), pids.slice(-1)]
  process.kill(dead, 'SIGKILL')
  await until('the death', () => !isThere(Math.abs(dead)))
  expect(plugins.map(isThere)).toEqual([true])
  killTree(first(pids))
  await until('the others to go', () => !pids.some(isThere))
})

test('all that a process has started can be killed without itself', async () => {
  const { child, pids } = await family()
  const [leader = Number.NaN, ...others] = pids
  killDescendants(leader)
  await until('the others to go', () => !others.some(isThere))
  expect([isThere(leader), child.exitCode, child.signalCode]).toEqual([true, null, null])
  killTree(leader)
  await until('the last one to go', () => !isThere(leader))
})

test('nothing is done where the process is gone', async () => {
  const child = spawn(process.execPath, ['-e', ''], { detached: true, stdio: 'ignore' })
  await once(child, 'exit')
  expect(() => killTree(child.pid ?? Number.NaN)).not.toThrow()
})
