// Runner processes: how one is spawned and ended, and a spare that has loaded its modules before its operation comes.
// Half of a short operation is the start of its process; each runner still serves one operation and no other.
import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { EngineSettings, PrepareMessage } from './operation.ts'
import { userName } from './user.ts'

export interface SpareRunners extends Disposable {
  /** A runner that nobody else has, or undefined when none is left; another one is started for the next. */
  take(): ChildProcess | undefined
}

/** Keeps one runner ready: it costs its memory, about 110 MB, and is loaded while the operation before it runs. */
export function spareRunners(o: { settings: EngineSettings; runner?: string }): SpareRunners {
  let spare: ChildProcess | undefined
  let disposed = false
  const start = () => {
    const child = spawnRunner(o.runner)
    const message: PrepareMessage = { type: 'prepare', settings: o.settings }
    child.send(message, () => undefined) // one that dies before it reads this is dropped by 'exit'
    child.on('error', drop)
    child.on('exit', drop)
    spare = child
    function drop() {
      if (spare === child) spare = undefined
    }
  }
  start()
  return {
    take() {
      const taken = spare
      spare = undefined
      if (!disposed) start()
      return taken
    },
    [Symbol.dispose]() {
      disposed = true
      if (spare) killGroup(spare, 'SIGKILL')
    },
  }
}

const defaultRunner = fileURLToPath(new URL('../bin/runner.ts', import.meta.url))

export function spawnRunner(runner = defaultRunner): ChildProcess {
  return spawn(process.execPath, [runner], {
    detached: true,
    // The official CLI signs its locks with the user, and fails where neither this nor passwd has a name.
    env: { ...runnerEnv(process.env), USER: userName() },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
}

const kept = [
  'PATH',
  'HOME',
  'LANG',
  'TMPDIR',
  'PULUMI_HOME',
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

export function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, signal)
  } catch (error) {
    // ESRCH: the whole group is gone already, which is what is wanted.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
