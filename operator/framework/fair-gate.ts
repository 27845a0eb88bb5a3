// Lets a bounded number of tasks run at a time, each on behalf of somebody: next is whoever has the fewest running, or else
// waited longest for a turn, and nobody has more than a share. So one who asks for much holds up itself alone.

type Party = { waiting: (() => void)[]; running: number; hadTurn: number }

export class FairGate {
  readonly #places: number
  readonly #share: number
  readonly #parties = new Map<string, Party>()
  #running = 0
  #turns = 0

  /** `share` is how many of the places one may have. */
  constructor({ places, share }: { places: number; share: number }) {
    this.#places = places
    this.#share = share
  }

  /** Runs the task when there is a place for it; one whose signal is aborted while it waits is not run, and waits no longer. */
  async run<T>(whose: string, signal: AbortSignal, task: () => Promise<T>): Promise<T> {
    const party = this.#parties.get(whose) ?? { waiting: [], running: 0, hadTurn: 0 }
    this.#parties.set(whose, party)
    try {
      await this.#turn(party, signal)
    } catch (error) {
      this.#leave(whose, party)
      throw error
    }
    try {
      signal.throwIfAborted()
      return await task()
    } finally {
      this.#running -= 1
      party.running -= 1
      this.#leave(whose, party)
      this.#admit()
    }
  }

  #turn(party: Party, signal: AbortSignal): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error) // reasons in this code base are Errors
      const begin = () => {
        signal.removeEventListener('abort', giveUp)
        resolve()
      }
      const giveUp = () => {
        party.waiting.splice(party.waiting.indexOf(begin), 1)
        reject(signal.reason as Error)
      }
      signal.addEventListener('abort', giveUp, { once: true })
      party.waiting.push(begin)
      this.#admit()
    })
  }

  #leave(whose: string, party: Party): void {
    if (party.running === 0 && party.waiting.length === 0) this.#parties.delete(whose)
  }

  #admit(): void {
    while (this.#running < this.#places) {
      const party = this.#next()
      const begin = party?.waiting.shift()
      if (!party || !begin) return
      this.#running += 1
      party.running += 1
      party.hadTurn = this.#turns += 1
      begin()
    }
  }

  #next(): Party | undefined {
    let next: Party | undefined
    for (const party of this.#parties.values()) {
      if (party.waiting.length === 0 || party.running >= this.#share) continue
      const first =
        !next ||
        party.running < next.running ||
        (party.running === next.running && party.hadTurn < next.hadTurn)
      if (first) next = party
    }
    return next
  }
}
