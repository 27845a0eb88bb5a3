// Lock files of the DIY backend: check, write, check again; both of two racers may lose. A lock has no expiry, so
// whoever runs stacks must clear the locks of the dead (`cancel`), and only when it knows that they are dead.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'
import { missingAs } from './file-backend.ts'
import { userName } from '../../user.ts'

export type LockHolder = { pid: number; username: string; hostname: string; timestamp: string }

/** Its text is what the SDK recognises as ConcurrentUpdateError, in both engines. */
export class StackLocked extends Error {
  override readonly name = 'StackLocked'
  constructor(holders: { path: string; holder: LockHolder }[]) {
    const lines = holders.map(
      ({ path, holder }) =>
        `  file://${path}: created by ${holder.username}@${holder.hostname} (pid ${holder.pid}) at ${holder.timestamp}`,
    )
    super(
      `the stack is currently locked by ${holders.length} lock(s). Either wait for the other process(es) to end or delete the lock file with \`pulumi cancel\`.\n${lines.join('\n')}`,
    )
  }
}

export async function lock(folder: string): Promise<AsyncDisposable> {
  await mkdir(folder, { recursive: true })
  const path = join(folder, `${randomUUID()}.json`)
  await refuseWhenHeld(folder, path)
  const holder: LockHolder = {
    pid: process.pid,
    username: userName(),
    hostname: hostname(),
    timestamp: new Date().toISOString(),
  }
  await writeFile(path, JSON.stringify(holder))
  try {
    await refuseWhenHeld(folder, path)
  } catch (error) {
    await rm(path, { force: true })
    throw error
  }
  return { [Symbol.asyncDispose]: () => rm(path, { force: true }) }
}

/** Frees the stack; stops nobody. */
export async function clearLocks(folder: string): Promise<void> {
  for (const path of await lockFiles(folder)) await rm(path, { force: true })
}

async function refuseWhenHeld(folder: string, own: string): Promise<void> {
  const holders = []
  for (const path of await lockFiles(folder)) {
    if (path === own) continue
    const text = await readFile(path, 'utf8').catch(missingAs(undefined))
    if (text !== undefined) holders.push({ path, holder: parseHolder(text) })
  }
  if (holders.length > 0) throw new StackLocked(holders)
}

function parseHolder(text: string): LockHolder {
  try {
    // Written by one of the two engines.
    return JSON.parse(text) as LockHolder
  } catch {
    // A file that its writer has not finished yet is a lock all the same.
    return { pid: 0, username: 'unknown', hostname: 'unknown', timestamp: 'unknown' }
  }
}

async function lockFiles(folder: string): Promise<string[]> {
  const files = await readdir(folder).catch(missingAs<string[]>([]))
  return files.filter((name) => name.endsWith('.json')).map((name) => join(folder, name))
}
