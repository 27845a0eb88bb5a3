// Everything a sandbox holds on this machine, found from its root alone: by the mark in its processes' environment and
// by the prefix of its names in the kernel. What `status` shows and what `down` must leave empty.
import { readFile } from 'node:fs/promises'
import { cgroupPaths } from './box/cgroups.ts'
import { linkNames, netnsNames, shieldTables } from './box/network.ts'
import { sandboxId, sandboxPrefix } from './machine/paths.ts'
import {
  markedProcesses,
  pidNamespaceOf,
  processesIn,
  processesWith,
  type ProcessInfo,
} from './machine/process-table.ts'

export type Holdings = {
  readonly processes: readonly ProcessInfo[]
  /** Mount points on the host below the root; those inside boxes go with their box. */
  readonly mounts: readonly string[]
  readonly networkNamespaces: readonly string[]
  readonly links: readonly string[]
  readonly cgroups: readonly string[]
  readonly firewallTables: readonly string[]
}

export async function holdingsOf(root: string): Promise<Holdings> {
  const prefix = sandboxPrefix(root)
  const privileged = process.getuid?.() === 0
  return {
    processes: sandboxProcesses(root),
    mounts: mountsBelow(root, await readFile('/proc/self/mountinfo', 'utf8')),
    networkNamespaces: privileged ? await netnsNames(prefix) : [],
    links: privileged ? await linkNames(prefix) : [],
    cgroups: privileged ? await cgroupPaths(prefix) : [],
    firewallTables: privileged ? await shieldTables(prefix) : [],
  }
}

export function isEmpty(found: Holdings): boolean {
  return Object.values(found).every((list) => list.length === 0)
}

/** Deepest first, as they must be unmounted. */
export function mountsBelow(root: string, mountinfo: string): string[] {
  return mountinfo
    .split('\n')
    .map((line) => unescapePath(line.split(' ')[4] ?? ''))
    .filter((path) => path.startsWith(`${root}/`))
    .sort((a, b) => b.length - a.length)
}

/**
 * Those that carry the mark, whatever runs in the pid namespace of one of them (the pods of its boxes), and the runners: a
 * worker hands them no mark, but its home, which is the root.
 */
function sandboxProcesses(root: string): ProcessInfo[] {
  const marked = markedProcesses(sandboxId(root))
  const own = pidNamespaceOf('self')
  const boxes = new Set(
    marked.flatMap(({ pid }) => pidNamespaceOf(pid) ?? []).filter((ns) => ns !== own),
  )
  const inside = boxes.size === 0 ? [] : processesIn(boxes)
  const runners = processesWith(`HOME=${root}`)
  const all = new Map([...marked, ...inside, ...runners].map((found) => [found.pid, found]))
  all.delete(process.pid)
  return [...all.values()].sort((a, b) => a.pid - b.pid)
}

/** mountinfo writes space, tab, newline and backslash as three octal digits. */
function unescapePath(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(parseInt(digits, 8)),
  )
}
