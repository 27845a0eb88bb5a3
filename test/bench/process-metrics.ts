// What a process says of itself over /metrics, and what the kernel says of its memory.
import { readFile } from 'node:fs/promises'

/** Sum over all label sets of a counter or gauge. */
export async function metricSum(port: number, name: string, label = ''): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
  return text
    .split('\n')
    .filter((line) => new RegExp(`^${name}[{ ]`).test(line) && line.includes(label))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
}

/** Resident memory now, and the most it ever was, in bytes. */
export async function residentBytes(pid: number): Promise<{ now: number; peak: number }> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8')
  const of = (field: string) =>
    Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(text)?.[1]) * 1024
  return { now: of('VmRSS'), peak: of('VmHWM') }
}
