// Runner processes: how one is spawned and ended, and spares that have loaded their modules, and rehearsed, before their
// operation comes. Most of a short operation is the start of its process; each runner still serves one and no other.
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, symlinkSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { DerivedKey } from '../embedded/state/secrets.ts'
import type { EngineSetup, PrepareMessage, RunnerMessage } from '../operation.ts'
import { jailed, type RunnerJail } from './runner-jail.ts'
import { userName } from '../user.ts'

export interface SpareRunners extends Disposable {
  /** A runner that nobody else has, or undefined when none is left; another one is started for the next. */
  take(): ChildProcess | undefined
  /** By stack: the next run need not derive them, which is a quarter of a run that changes nothing. */
  readonly derivedKeys: Map<string, readonly DerivedKey[]>
  /** Resolves when all are there and have nothing more to prepare: the worker is at rest. */
  atRest(): Promise<void>
}

/** One for each of a tenant's two stacks. */
const defaultCount = 2

/** A runner that starts would take the processor from the operation for which the one before it was taken. */
const refillMs = 2_000

/** Keeps `count` runners ready: about 120 MB each, and twice that with the embedded engine, which rehearses. */
export function spareRunners(o: {
  settings: EngineSetup
  runner?: string
  jail?: RunnerJail | undefined
  count?: number
}): SpareRunners {
  const count = o.count ?? defaultCount
  const spares = new Set<ChildProcess>()
  const stop = new AbortController()
  const filling = new Set<Promise<void>>()
  let delayed = 0
  const start = (): Promise<void> => {
    const child = spawnRunner(o)
    spares.add(child)
    const { promise, resolve } = Promise.withResolvers<void>()
    const drop = () => {
      spares.delete(child)
      resolve()
    }
    child.on('error', drop)
    child.on('exit', drop)
    child.on('message', ({ type }: RunnerMessage) => type === 'prepared' && resolve())
    const message: PrepareMessage = { type: 'prepare', settings: o.settings }
    child.send(message, () => undefined) // one that dies before it reads this is dropped by 'exit'
    return promise
  }
  const startLater = async (): Promise<void> => {
    delayed += 1
    await sleep(refillMs, undefined, { signal: stop.signal }).catch(() => undefined)
    delayed -= 1
    if (!stop.signal.aborted) await start()
  }
  const fill = (started: Promise<void>) => {
    const filled = started.finally(() => filling.delete(filled))
    filling.add(filled)
  }
  if (o.jail) fillCompileCache(o)
  // The first operation of a new worker may wait for a runner to start, but not for two.
  for (let at = 0; at < count; at += 1) fill(at === 0 ? start() : startLater())
  return {
    derivedKeys: new Map(),
    take() {
      const [taken] = spares
      if (taken) spares.delete(taken)
      while (spares.size + delayed < count) fill(startLater())
      return taken
    },
    async atRest() {
      while (filling.size > 0) await Promise.all(filling)
    },
    [Symbol.dispose]() {
      stop.abort()
      for (const spare of spares) spare.disconnect()
    },
  }
}

/** A runner in its jail cannot; one outside, which never gets an operation, loads everything once and ends. */
function fillCompileCache({ settings, runner }: { settings: EngineSetup; runner?: string }): void {
  const child = spawnRunner({ runner })
  child.on('message', ({ type }: RunnerMessage) => type === 'loaded' && child.disconnect())
  child.send({ type: 'prepare', settings } satisfies PrepareMessage, () => undefined)
}

const defaultRunner = fileURLToPath(new URL('./entry.ts', import.meta.url))

export type SpawnOptions = {
  /** Its entry file. */
  runner?: string | undefined
  jail?: RunnerJail | undefined
}

export function spawnRunner({ runner = defaultRunner, jail }: SpawnOptions): ChildProcess {
  const dir = mkdtempSync(join(tmpdir(), 'cratekube-run-'))
  const command = [process.execPath, runner, dir]
  const compileCache = process.env['NODE_COMPILE_CACHE'] ?? join(tmpdir(), 'node-compile-cache')
  mkdirSync(compileCache, { recursive: true })
  // What a runner wrote there another one would run.
  const own = { read: [compileCache], write: [dir] }
  const [program, args] = jail ? jailed(jail, own, command) : [process.execPath, command.slice(1)]
  const child = spawn(program, args, {
    detached: true,
    // The official CLI signs its locks with the user, and fails where neither this nor passwd has a name. The SDK hands a
    // state over to it in a temporary file, secrets in the clear: that too belongs into the private directory.
    env: {
      ...runnerEnv(process.env),
      // Node's own default would be in TMPDIR, and gone before another runner could use it.
      NODE_COMPILE_CACHE: compileCache,
      USER: userName(),
      TMPDIR: dir,
      PULUMI_HOME: homeIn(dir),
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const remove = () => {
    // What cannot go now, because something is still writing there, goes with the worker's own temporary folder.
    rm(dir, { recursive: true, force: true, maxRetries: 5 }).catch(() => undefined)
  }
  child.once('error', remove)
  child.once('exit', remove)
  return child
}

/**
 * The official CLI keeps a log of every command in its home, up to 500 MB of them, and a file on every directory that it
 * worked in. A worker's temporary folder is memory: they go with the run. The plugins are those of the worker's own home.
 */
function homeIn(dir: string): string {
  const shared = process.env['PULUMI_HOME'] ?? join(homedir(), '.pulumi')
  const home = join(dir, 'pulumi')
  mkdirSync(home)
  symlinkSync(resolve(shared, 'plugins'), join(home, 'plugins'))
  return home
}

const kept = [
  'PATH',
  'HOME',
  'LANG',
  'NODE_COMPILE_CACHE',
  // Whom to trust, for Node, and for the CLI and its plugins, which are written in Go.
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_DIR',
  'SSL_CERT_FILE',
  'AWS_CA_BUNDLE',
]

/** Nothing of the worker's own environment but what a process needs to start; proxies come with the operation. */
export const runnerEnv = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(
    kept.filter((name) => env[name] !== undefined).map((name) => [name, env[name]]),
  )
