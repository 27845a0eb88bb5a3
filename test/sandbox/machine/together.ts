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
