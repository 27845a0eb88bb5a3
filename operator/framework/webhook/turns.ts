// Who may be served now: so many at a time, and of one caller a part of them, so that nobody keeps the others out alone.
// Who finds no place waits for one, in the order of coming.

export type Turns = {
  /** Resolves when it is `caller`'s turn, to what gives the place back. Rejects with the signal's reason. */
  take(caller: string, signal: AbortSignal): Promise<Disposable>
}

type Waiting = { caller: string; begin: () => void }

export function turns(o: { atOnce: number; ofOneCaller: number }): Turns {
  const served = new Map<string, number>()
  const waiting: Waiting[] = []
  let free = o.atOnce
  const share = (caller: string) => served.get(caller) ?? 0
  const admit = () => {
    while (free > 0) {
      const at = waiting.findIndex(({ caller }) => share(caller) < o.ofOneCaller)
      const [next] = at < 0 ? [] : waiting.splice(at, 1)
      if (!next) return
      free -= 1
      served.set(next.caller, share(next.caller) + 1)
      next.begin()
    }
  }
  const giveBack = (caller: string) => {
    free += 1
    if (share(caller) > 1) served.set(caller, share(caller) - 1)
    else served.delete(caller)
    admit()
  }
  return {
    async take(caller, signal) {
      await new Promise<void>((resolve, reject) => {
        const leave = () => {
          waiting.splice(waiting.indexOf(one), 1)
          reject(signal.reason as Error) // reasons in this code base are Errors
        }
        const begin = () => {
          signal.removeEventListener('abort', leave)
          resolve()
        }
        const one = { caller, begin }
        waiting.push(one)
        if (signal.aborted) return leave()
        signal.addEventListener('abort', leave, { once: true })
        admit()
      })
      return { [Symbol.dispose]: () => giveBack(caller) }
    },
  }
}
