// Ends processes with all that they started. A process group is not enough: the official CLI gives each of its plugins a
// group of its own, and one that is left alone goes on creating what nobody records.
import { readdirSync } from 'node:fs'
import { procStat, type ProcStat } from './proc-stat.ts'

/**
 * SIGKILL to the session of `leader`, which spawn with `detached` begins, and to all descendants. Plugins stay in the
 * session when the leader, or a CLI between, has died and left them alone.
 */
export function killTree(leader: number): void {
  // Stopped, it starts nothing more while the others are looked up.
  signalGroup(leader, 'SIGSTOP')
  killDescendants(leader)
  signalGroup(leader, 'SIGKILL')
}

/** SIGKILL to all descendants of a process and to the rest of the session that it leads, but not to itself. */
export function killDescendants(ancestor: number): void {
  const found = new Set<number>()
  for (;;) {
    const fresh = descendantsOf(ancestor).filter((pid) => !found.has(pid))
    if (fresh.length === 0) break
    for (const pid of fresh) {
      found.add(pid)
      signal(pid, 'SIGSTOP')
    }
  }
  for (const pid of found) signal(pid, 'SIGKILL')
}

export const signalGroup = (leader: number, name: NodeJS.Signals): void => signal(-leader, name)

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    // ESRCH: it is gone already, which is what is wanted.
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return
    throw error
  }
}

/** With the rest of its session. */
function descendantsOf(ancestor: number): number[] {
  const kin = allProcesses()
  const found = new Set([ancestor])
  let known: number
  do {
    known = found.size
    for (const { pid, parent, session } of kin)
      if (session === ancestor || found.has(parent)) found.add(pid)
  } while (found.size > known)
  found.delete(ancestor)
  return [...found]
}

const allProcesses = (): ProcStat[] =>
  readdirSync('/proc')
    .map(Number)
    .filter(Number.isInteger)
    .flatMap((pid) => procStat(pid) ?? [])
