// The runners that work for a tenant: they say so in their titles, and have the sandbox's root for their home.
import { errorCode } from '../sandbox/machine/lock.ts'
import { processesWith } from '../sandbox/machine/process-table.ts'

export type Runner = { readonly pid: number }

/** Those that work on one of the stacks, for the sandbox with that root. */
export const runnersOf = (root: string, stacks: readonly string[]): Runner[] =>
  processesWith(`HOME=${root}`).filter(({ command }) =>
    stacks.some((stack) => command === `runner ${stack}`),
  )

/** kill -9 of the whole process group: plugins go with it. */
export function killRunner({ pid }: Runner): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error // it ended by itself
  }
}
