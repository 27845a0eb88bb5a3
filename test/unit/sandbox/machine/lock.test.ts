// The lock between processes: exclusive, and taken over from a dead holder.
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { withLock } from '../../../sandbox/machine/lock.ts'

let dir: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ck-lock-'))
})

afterEach(() => rm(dir, { recursive: true }))

test('never lets two in at once, and lets everybody in', async () => {
  const path = join(dir, 'lock')
  let inside = 0
  let most = 0
  const visits = Array.from({ length: 8 }, () =>
    withLock(path, async () => {
      inside += 1
      most = Math.max(most, inside)
      await readdir(dir)
      inside -= 1
    }),
  )
  await Promise.all(visits)
  expect(most).toBe(1)
  expect(await readdir(dir)).toEqual([])
})

test('is taken over when its holder was killed, and given back when the work throws', async () => {
  const path = join(dir, 'lock')
  await writeFile(path, JSON.stringify({ pid: process.pid, startTime: 1 })) // an earlier process of this pid
  expect(await withLock(path, () => Promise.resolve('in'))).toBe('in')
  await expect(withLock(path, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await readdir(dir)).toEqual([])
})
