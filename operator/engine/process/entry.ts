// Entry of the runner, a child process of the worker: one Pulumi operation, then the end. It dies with its parent. Its one
// argument is its private directory, which its parent makes and removes.
import { rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { enableCompileCache, flushCompileCache } from 'node:module'
import { join } from 'node:path'
import { killDescendants } from './kill-tree.ts'
import { leanSdk } from './lean-sdk.ts'
import type { PrepareMessage, RunnerMessage, StartMessage } from '../operation.ts'

enableCompileCache()
leanSdk()

const [, , dir = missing()] = process.argv
const cancel = new AbortController()
const called = new AbortController()
let preparing: Promise<void> | undefined

function missing(): never {
  throw new Error('runner needs one argument: its private directory')
}

/** The official CLI and its plugins must not go on alone. */
function dieWithParent(): never {
  try {
    killDescendants(process.pid)
    rmSync(dir, { recursive: true, force: true })
  } catch (error) {
    // In a jail the folder itself stays, empty. Whatever it is, this process must not.
    console.error(error)
  } finally {
    process.kill(-process.pid, 'SIGKILL')
  }
  process.exit(1)
}

function send(message: RunnerMessage): Promise<void> {
  return new Promise((resolve) => {
    // An error means that the parent is gone, which 'disconnect' handles.
    if (process.send) process.send(message, () => resolve())
    else resolve()
  })
}

async function prepare({ settings }: PrepareMessage): Promise<void> {
  const runner = await import('../runner.ts')
  await runner.load(settings)
  flushCompileCache()
  await send({ type: 'loaded' })
  await runner.rehearse({ settings, dir, signal: called.signal })
  await send({ type: 'prepared' })
}

async function privateFiles(files: Record<string, string>): Promise<Record<string, string>> {
  const written = Object.entries(files).map(async ([variable, content]) => {
    const path = join(dir, variable.toLowerCase())
    await writeFile(path, content, { mode: 0o600 })
    return [variable, path] as const
  })
  return Object.fromEntries(await Promise.all(written))
}

async function run(message: StartMessage): Promise<void> {
  called.abort()
  await preparing
  process.title = `runner ${message.operation.stack}` // whom it works for, in ps
  Object.assign(process.env, message.env, await privateFiles(message.files))
  const { runInThisProcess } = await import('../runner.ts')
  const result = await runInThisProcess({
    operation: message.operation,
    settings: message.settings,
    dir,
    derivedKeys: message.derivedKeys,
    onDerivedKeys: (keys) => void send({ type: 'derivedKeys', keys }),
    signal: cancel.signal,
    onProgress: (progress) => void send({ type: 'progress', progress }),
    log: (level, text) => void send({ type: 'log', level, message: text }),
  })
  await send({ type: 'result', result })
  process.exit(0)
}

process.on('disconnect', dieWithParent)
process.on('SIGINT', () => {
  // The second one means at once: the state on disk says what was under way.
  if (cancel.signal.aborted)
    void send({ type: 'result', result: { status: 'cancelled' } }).then(() => process.exit(0))
  cancel.abort()
})
process.on('message', (message: PrepareMessage | StartMessage) => {
  if (message.type === 'start') void run(message)
  // What fails here fails again when the operation comes, or only made it faster.
  else preparing = prepare(message).catch((error: unknown) => console.error(error))
})
