// The runners that work for a tenant: they say so in their titles, and have the sandbox's root for their home.
import { errorCode } from '../sandbox/machine/lock.ts'
import { processesWith, sessionOf } from '../sandbox/machine/process-table.ts'

export type Runner = { readonly pid: number }

/** Those that work on one of the stacks, for the sandbox with that root. */
export const runnersOf = (root: string, stacks: readonly string[]): Runner[] =>
  processesWith(`HOME=${root}`).filter(({ command }) =>
    stacks.some((stack) => command === `runner ${stack}`),
  )

/** What is left of a runner: itself, the CLI that it started, and that one's plugins. */
export const leftOf = (root: string, { pid }: Runner): string[] =>
  processesWith(`HOME=${root}`)
    .filter((found) => sessionOf(found.pid) === pid)
    .map(({ command }) => command)

/** kill -9 of its process group, in which the CLI is; plugins have groups of their own. */
export function killRunner({ pid }: Runner): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error // it ended by itself
  }
}
