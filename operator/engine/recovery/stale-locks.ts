// Locks that a crashed run left. The caller holds the tenant's lease, so nobody else works on the stack; but a lock is
// cleared only when its holder is provably gone: another host's, or a process that is dead or younger than the lock.
import { readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { procStat } from '../process/proc-stat.ts'
import type { UnderWay } from '../under-way.ts'

export type Holder = { host: string; pid: number; at: number }

export async function withStaleLocksCleared<T>(o: UnderWay, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (!(error instanceof o.automation.ConcurrentUpdateError)) throw error
    const holders = holdersIn(error.message)
    if (holders.length === 0 || holders.some(isAlive)) throw error
    o.log(
      'warn',
      `clearing ${holders.length} lock(s) that a crashed run left on stack ${o.operation.stack}`,
    )
    await o.stack.cancel()
    return run()
  }
}

/**
 * A run that died while it made or removed a stack leaves a lock on a stack that is not there, where `cancel` finds
 * nothing. The files of the dead go, in a file backend; elsewhere the error stands.
 */
export async function withLocksOfTheDeadRemoved<T>(
  makeOrSelect: () => Promise<T>,
  isLocked: (error: unknown) => error is Error,
): Promise<T> {
  try {
    return await makeOrSelect()
  } catch (error) {
    if (!isLocked(error) || holdersIn(error.message).some(isAlive)) throw error
    const files = [...error.message.matchAll(/file:\/\/(\S+\.json): created by/g)]
    if (files.length === 0) throw error
    for (const [, file = ''] of files) await rm(file, { force: true })
    return makeOrSelect()
  }
}

/** Both engines name the holders in the same words. */
export function holdersIn(text: string): Holder[] {
  const lines = text.matchAll(/created by \S*@(\S+) \(pid (\d+)\) at (\S+)/g)
  return [...lines].map(([, host = '', pid = '', at = '']) => ({
    host,
    pid: Number(pid),
    at: Date.parse(at),
  }))
}

function isAlive(holder: Holder): boolean {
  if (holder.host !== hostname()) return false
  const started = startOf(holder.pid)
  // A process that began after the lock was taken only has the same number.
  return started !== undefined && !(started > holder.at + clockSlackMs)
}

const clockSlackMs = 2_000
const ticksPerSecond = 100

/** Start of a process in Unix milliseconds; undefined when there is none. */
export function startOf(pid: number): number | undefined {
  const stat = procStat(pid)
  if (!stat) return undefined
  const boot = Number(/^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1])
  return (boot + stat.startTicks / ticksPerSecond) * 1000
}
