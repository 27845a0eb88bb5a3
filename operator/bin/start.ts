// How a process of the product ends: asked to by a signal, or by what it cannot go on with. Called by the processes' own files.
import { once } from 'node:events'
import process from 'node:process'

/** What `main` throws is the last that the process says. */
export async function start(
  main: () => Promise<void>,
  say: (error: unknown) => void = sayInALine,
): Promise<void> {
  try {
    await main()
  } catch (error) {
    say(error)
    process.exitCode = 1
  }
}

const sayInALine = (error: unknown) =>
  console.error(error instanceof Error ? `${error.name}: ${error.message}` : error)

/** Aborted by the first SIGTERM or SIGINT from now on; a process that has nothing to let go of yet dies of one. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => stop.abort(new Error(signal)))
  return stop.signal
}

export async function askedToStop(): Promise<void> {
  await once(stopSignal(), 'abort')
}
