// The runners on this machine. One that works for a tenant says so in its title; the others wait for work.
import { readdirSync, readFileSync } from 'node:fs'
import { errorCode } from '../sandbox/machine/lock.ts'

export type Runner = { readonly pid: number }

/** Those that work on one of the stacks, for the sandbox with that root. */
export const runnersOf = (root: string, stacks: readonly string[]): Runner[] =>
  runnersIn(root).filter(({ title }) => stacks.some((stack) => title === `runner ${stack}`))

/** All of a sandbox, which gives them its root as home; they do not carry its mark. */
export function runnersIn(root: string): (Runner & { title: string })[] {
  return readdirSync('/proc')
    .map(Number)
    .filter(Number.isInteger)
    .map((pid) => ({ pid, title: (read(pid, 'cmdline') ?? '').split('\0').join(' ').trim() }))
    .filter(({ title }) => /^runner |operator\/bin\/runner\.ts$/.test(title))
    .filter(({ pid }) => (read(pid, 'environ') ?? '').split('\0').includes(`HOME=${root}`))
}

/** kill -9 of the whole process group: plugins go with it. */
export function killRunner({ pid }: Runner): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error // it ended by itself
  }
}

function read(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ESRCH') return undefined
    throw error
  }
}
