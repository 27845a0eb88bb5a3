// What Linux tells of a process in /proc/PID/stat (proc(5)), by the names of its fields.
import { readFileSync } from 'node:fs'

export type ProcStat = {
  pid: number
  /** R runs, S sleeps, Z has ended and nobody has asked how, X is gone. */
  state: string
  parent: number
  session: number
  /** Of processor time, in user and kernel mode. */
  ticks: number
  threads: number
  /** Ticks since boot at which it started. A pid comes again, a pid with its start does not. */
  startTicks: number
}

const ended: ReadonlySet<unknown> = new Set(['ENOENT', 'ESRCH'])

/** Undefined when there is no such process, or it ended meanwhile. */
export function procStat(pid: number): ProcStat | undefined {
  try {
    return parsed(pid, readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch (error) {
    if (error instanceof Error && 'code' in error && ended.has(error.code)) return undefined
    throw error
  }
}

/** "12 (a name, which may hold anything) S 1 …": the third field, the state, is the first after the name. */
function parsed(pid: number, text: string): ProcStat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const number = (field: number) => Number(fields[field - 3])
  return {
    pid,
    state: fields[0] ?? '',
    parent: number(4),
    session: number(6),
    ticks: number(14) + number(15),
    threads: number(20),
    startTicks: number(22),
  }
}
