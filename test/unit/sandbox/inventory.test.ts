// What is read from the kernel's own tables.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { mountsBelow } from '../../sandbox/inventory.ts'
import {
  isAlive,
  markedProcesses,
  sandboxMark,
  startTimeOf,
} from '../../sandbox/machine/process-table.ts'

test('mounts below the root come deepest first, with their spaces, and no others', () => {
  const mountinfo = `22 1 254:0 / / rw - ext4 /dev/vda rw
40 22 0:40 / /srv/root rw - tmpfs tmpfs rw
41 22 0:41 / /srv/root/a rw - tmpfs tmpfs rw
42 41 0:42 / /srv/root/a/b\\040c rw shared:3 - tmpfs tmpfs rw
43 22 0:43 / /srv/root-other/x rw - tmpfs tmpfs rw
`
  expect(mountsBelow('/srv/root', mountinfo)).toEqual(['/srv/root/a/b c', '/srv/root/a'])
})

test('a process is known by pid and start time, and found by the mark in its environment', async () => {
  const id = `unit-${process.pid}`
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000); console.log("up")'], {
    env: { [sandboxMark]: id },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  await once(child.stdout, 'data')
  const pid = child.pid ?? 0
  const startTime = startTimeOf(pid) ?? -1
  expect(markedProcesses(id).map((found) => found.pid)).toEqual([pid])
  expect(isAlive({ pid, startTime })).toBe(true)
  expect(isAlive({ pid, startTime: startTime - 1 })).toBe(false)
  const closed = once(child, 'close')
  child.kill('SIGKILL')
  await closed
  expect(isAlive({ pid, startTime })).toBe(false)
  expect(markedProcesses(id)).toEqual([])
})
