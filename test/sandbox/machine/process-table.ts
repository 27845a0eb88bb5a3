// Reads /proc: who is alive (pid AND start time, because pids are reused) and which processes carry a sandbox's mark.
import { readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { procStat, type ProcStat } from '../../../operator/engine/process/proc-stat.ts'

export type ProcessRef = { readonly pid: number; readonly startTime: number }
export type ProcessInfo = ProcessRef & { readonly command: string }

export const sandboxMark = 'CRATEKUBE_SANDBOX_ID'

/** Clock ticks since boot at which the process started; undefined when there is none, or only a zombie. */
export function startTimeOf(pid: number): number | undefined {
  const stat = seenStat(pid)
  if (stat === undefined) return undefined
  // The first thread may be a zombie while others still hold the process's ports and files.
  const ended = stat.state === 'X' || (stat.state === 'Z' && stat.threads <= 1)
  return ended ? undefined : stat.startTicks
}

/** The pid of the process that leads its session, dead or alive; undefined when there is no such process. */
export const sessionOf = (pid: number): number | undefined => seenStat(pid)?.session

export function isAlive(ref: ProcessRef): boolean {
  return startTimeOf(ref.pid) === ref.startTime
}

/** Every live process that was started with the sandbox's mark in its environment, whoever its parent is now. */
export const markedProcesses = (id: string): ProcessInfo[] => processesWith(`${sandboxMark}=${id}`)

/** Every live process that was started with the variable (NAME=value) in its environment. */
export function processesWith(variable: string): ProcessInfo[] {
  return allProcesses((pid) => (readProc(pid, 'environ') ?? '').split('\0').includes(variable))
}

/** Every live process in one of the given pid namespaces (as /proc/PID/ns/pid names them). */
export function processesIn(pidNamespaces: ReadonlySet<string>): ProcessInfo[] {
  return allProcesses((pid) => pidNamespaces.has(pidNamespaceOf(pid) ?? ''))
}

export function pidNamespaceOf(pid: number | 'self'): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`)
  } catch {
    return undefined // gone, or somebody else's
  }
}

function allProcesses(wanted: (pid: number) => boolean): ProcessInfo[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && wanted(pid))
    .flatMap((pid) => {
      const startTime = startTimeOf(pid)
      if (startTime === undefined) return []
      const command = (readProc(pid, 'cmdline') ?? '').split('\0').join(' ').trim()
      return [{ pid, startTime, command }]
    })
}

function seenStat(pid: number): ProcStat | undefined {
  try {
    return procStat(pid)
  } catch {
    return undefined // somebody else's, on a machine that hides those
  }
}

function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return undefined // gone, or somebody else's: neither is ours to see
  }
}
