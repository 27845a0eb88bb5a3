// A lock file between processes. It names its holder by pid and start time, so that a lock whose holder was killed
// is taken over instead of waited for.
import { mkdir, open, readFile, rename, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isAlive, startTimeOf } from './process-table.ts'

export async function withLock<T>(
  path: string,
  work: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  await mkdir(dirname(path), { recursive: true })
  while (!(await take(path))) {
    signal?.throwIfAborted()
    await sleep(25)
  }
  try {
    return await work()
  } finally {
    await unlink(path)
  }
}

async function take(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx')
    await file.writeFile(JSON.stringify({ pid: process.pid, startTime: startTimeOf(process.pid) }))
    await file.close()
    return true
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
  }
  await clearWhenAbandoned(path)
  return false
}

/** Two waiters may both see a dead holder: each renames first, and only the one whose rename removed the dead lock wins. */
async function clearWhenAbandoned(path: string): Promise<void> {
  const text = await readFile(path, 'utf8').catch(() => '')
  if (text === '') return // its holder is just writing it, or has just left
  const holder = JSON.parse(text) as { pid: number; startTime: number } // written by take() above
  if (isAlive(holder)) return
  const aside = `${path}.${process.pid}.dead`
  await rename(path, aside).catch(() => undefined)
  const moved = await readFile(aside, 'utf8').catch(() => '')
  if (moved !== '' && moved !== text) await rename(aside, path)
  else await unlink(aside).catch(() => undefined)
}

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined
}
