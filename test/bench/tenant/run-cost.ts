// What a piece of work costs in processes: the processor time and the memory of all that it starts, by samples of /proc.
// What this process had started before does not count, nor what that starts.
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { procStat, type ProcStat } from '../../../operator/engine/process/proc-stat.ts'

export type Cost = { cpuSeconds: number; memoryMiB: number }

const everyMs = 50
const ticksPerSecond = 100 // USER_HZ, the same on every Linux that Node runs on

export async function costOf(work: () => Promise<void>): Promise<Cost> {
  const before = new Set(childrenOf(processes(), process.pid))
  const ticks = new Map<number, number>()
  let memory = 0
  const sample = () => {
    const table = processes()
    const found = treeOf(
      table,
      childrenOf(table, process.pid).filter((pid) => !before.has(pid)),
    )
    for (const { pid, ticks: used } of found) ticks.set(pid, used)
    memory = Math.max(
      memory,
      found.reduce((sum, { pid }) => sum + proportionalKiB(pid), 0),
    )
  }
  const ended = new AbortController()
  const sampling = sampleUntil(ended.signal, sample)
  await work().finally(() => ended.abort())
  await sampling
  const used = [...ticks.values()].reduce((sum, one) => sum + one, 0)
  return { cpuSeconds: used / ticksPerSecond, memoryMiB: memory / 1024 }
}

async function sampleUntil(signal: AbortSignal, sample: () => void): Promise<void> {
  while (!signal.aborted) {
    sample()
    await sleep(everyMs, undefined, { signal }).catch(() => undefined) // aborted: the work is done
  }
}

function processes(): ProcStat[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => procStat(Number(name)) ?? [])
}

const childrenOf = (table: readonly ProcStat[], parent: number): number[] =>
  table.filter((one) => one.parent === parent).map(({ pid }) => pid)

function treeOf(table: readonly ProcStat[], roots: readonly number[]): ProcStat[] {
  const own = table.filter(({ pid }) => roots.includes(pid))
  return [...own, ...roots.flatMap((pid) => treeOf(table, childrenOf(table, pid)))]
}

/** Pages that several processes share count once. */
function proportionalKiB(pid: number): number {
  const text = readOrNothing(`/proc/${pid}/smaps_rollup`) ?? ''
  return Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0)
}

function readOrNothing(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // It ended meanwhile.
    return undefined
  }
}
