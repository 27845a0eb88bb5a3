import { hostname } from 'node:os'
import { expect, test } from 'vitest'
import { holdersIn, startOf } from '../../../../operator/engine/recovery/stale-locks.ts'
import { StackLocked } from '../../../../operator/engine/embedded/state/locks.ts'

test('reads the holders that the lock error names', () => {
  const holder = {
    pid: 4711,
    username: 'root',
    hostname: 'worker-0',
    timestamp: '2026-11-21T05:00:00.000Z',
  }
  const error = new StackLocked([
    { path: '/x/1.json', holder },
    { path: '/x/2.json', holder: { ...holder, pid: 2 } },
  ])
  expect(holdersIn(error.message)).toEqual([
    { host: 'worker-0', pid: 4711, at: Date.parse(holder.timestamp) },
    { host: 'worker-0', pid: 2, at: Date.parse(holder.timestamp) },
  ])
})

test('knows when a process began, and that a process is gone', () => {
  expect(hostname()).not.toBe('')
  const started = startOf(process.pid) ?? 0
  expect(Math.abs(started - (Date.now() - process.uptime() * 1000))).toBeLessThan(5_000)
  expect(startOf(2 ** 22 + 1)).toBeUndefined()
})
