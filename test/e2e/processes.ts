// The runners on this machine, told apart by their environment. A runner holds one tenant's credentials and nothing else
// says whose it is: it does not carry the mark of the sandbox.
import { readdirSync, readFileSync } from 'node:fs'
import { errorCode } from '../sandbox/machine/lock.ts'

export type Runner = { readonly pid: number }
type Env = Readonly<Record<string, string>>

export function runnersOf(isWanted: (env: Env) => boolean): Runner[] {
  return readdirSync('/proc')
    .map(Number)
    .filter(Number.isInteger)
    .filter((pid) => (read(pid, 'cmdline') ?? '').includes('operator/bin/runner.ts'))
    .filter((pid) => isWanted(environmentOf(pid)))
    .map((pid) => ({ pid }))
}

/** kill -9 of the whole process group: plugins go with it. */
export function killRunner({ pid }: Runner): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error // it ended by itself
  }
}

function environmentOf(pid: number): Env {
  const pairs = (read(pid, 'environ') ?? '').split('\0').filter((text) => text.includes('='))
  return Object.fromEntries(
    pairs.map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]),
  )
}

function read(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ESRCH') return undefined
    throw error
  }
}
