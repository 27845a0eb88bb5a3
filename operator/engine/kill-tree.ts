// Ends processes with all that they started. A process group is not enough: the official CLI gives each of its plugins a
// group of its own, and one that is left alone goes on creating what nobody records.
import { readdirSync, readFileSync } from 'node:fs'

/** SIGKILL to the process group of `leader` and to all descendants. What its parents have left alone is not found. */
export function killTree(leader: number): void {
  // Stopped, it starts nothing more while its descendants are looked up.
  if (!signalGroup(leader, 'SIGSTOP')) return
  killDescendants(leader)
  signalGroup(leader, 'SIGKILL')
}

/** SIGKILL to all descendants of a process, but not to itself. */
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

/** false when there is no such group any more. */
export const signalGroup = (leader: number, name: NodeJS.Signals): boolean => signal(-leader, name)

function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name)
  } catch (error) {
    // ESRCH: it is gone already, which is what is wanted.
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false
    throw error
  }
}

function descendantsOf(ancestor: number): number[] {
  const children = childrenByParent()
  const below = (pid: number): number[] =>
    (children.get(pid) ?? []).flatMap((child) => [child, ...below(child)])
  return below(ancestor)
}

/** Of every process of this machine, by proc(5). */
function childrenByParent(): Map<number, number[]> {
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    const pid = Number(name)
    const parent = Number.isInteger(pid) ? parentOf(pid) : undefined
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), pid])
  }
  return children
}

const ended: ReadonlySet<unknown> = new Set(['ENOENT', 'ESRCH'])

/** undefined when it has ended meanwhile. */
function parentOf(pid: number): number | undefined {
  try {
    // "12 (name, which may hold anything) S 1 ..."
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch (error) {
    if (error instanceof Error && 'code' in error && ended.has(error.code)) return undefined
    throw error
  }
}
