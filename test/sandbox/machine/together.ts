// How several pieces of work of one process go on beside one another.

/** Runs all at once. When one fails the others are told to stop, and its error is thrown when all have ended. */
export async function together(
  tasks: readonly ((signal: AbortSignal) => Promise<unknown>)[],
): Promise<void> {
  const stop = new AbortController()
  const failures: unknown[] = []
  await Promise.all(
    tasks.map((task) =>
      task(stop.signal).catch((error: unknown) => {
        failures.push(error)
        stop.abort(error)
      }),
    ),
  )
  if (failures.length > 0) throw failures[0]
}

/** Lets one piece of work go on at a time, in the order in which they come. */
export function inTurn(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const result = last.then(work)
    last = result.catch(() => undefined) // whoever asked for it is told
    return result
  }
}
