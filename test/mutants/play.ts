// Plays mutants of one file against tests, one after the other. One that hangs, or ends the process, is noticed.
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** What noticed it. */
export type Played = { by?: string }

export type Stage = {
  readonly root: string
  /** Relative to the root, as the tests are. */
  readonly file: string
  readonly tests: readonly string[]
}

/** What a mutant may take: three times what all began with, within bounds. A loop that never ends costs the whole of it. */
const limitMs = { least: 20_000, most: 60_000 }

export async function* play(stage: Stage, texts: Iterable<string>): AsyncGenerator<Played> {
  let player = await start(stage)
  try {
    for (const text of texts) {
      if (!isAlive(player.process)) player = await start(stage)
      player.process.send(text)
      yield await answer(player.process, limitFor(player))
    }
  } finally {
    player.process.kill('SIGKILL')
  }
}

type Player = { process: ChildProcess; tookMs: number }

async function start({ root, file, tests }: Stage): Promise<Player> {
  const startedAt = performance.now()
  const process_ = fork(join(import.meta.dirname, 'player.ts'), [root, file, ...tests], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
  })
  const { by } = await answer(process_, 600_000)
  if (by === undefined)
    return { process: process_, tookMs: Math.ceil(performance.now() - startedAt) }
  process_.kill('SIGKILL')
  throw new Error(`${file}: its tests fail as it is, by ${by}`)
}

const limitFor = ({ tookMs }: Player) => Math.min(limitMs.most, Math.max(limitMs.least, tookMs * 3))

async function answer(player: ChildProcess, withinMs: number): Promise<Played> {
  const over = new AbortController()
  const signal = AbortSignal.any([over.signal, AbortSignal.timeout(withinMs)])
  try {
    return await Promise.race([
      once(player, 'message', { signal }).then(([played]: Played[]) => played ?? {}),
      once(player, 'exit', { signal }).then(() => ({ by: 'the end of the process' })),
    ])
  } catch (error) {
    if (!signal.aborted) throw error
    player.kill('SIGKILL')
    await once(player, 'exit')
    return { by: `${withinMs / 1000} s without an answer` }
  } finally {
    over.abort()
  }
}

const isAlive = ({ exitCode, signalCode }: ChildProcess) => exitCode === null && signalCode === null
