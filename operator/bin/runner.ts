// Entry of the runner, a child process of the worker: one Pulumi operation, then the end. It dies with its parent.
import { enableCompileCache, registerHooks } from 'node:module'
import type { RunnerMessage, StartMessage } from '../engine/operation.ts'

enableCompileCache()
// The SDK loads npm's dependency resolver to serialise closures, which our programs do not have: a fifth of the start.
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === '@npmcli/arborist'
      ? { url: 'cratekube:no-arborist', format: 'commonjs', shortCircuit: true }
      : next(specifier, context),
  load: (url, context, next) =>
    url === 'cratekube:no-arborist'
      ? { format: 'commonjs', source: 'module.exports = class Arborist {}', shortCircuit: true }
      : next(url, context),
})

const cancel = new AbortController()

/** SIGKILL to the whole group: engine plugins and the official CLI must not go on alone. */
function dieWithParent(): never {
  process.kill(-process.pid, 'SIGKILL')
  process.exit(1)
}

function send(message: RunnerMessage): Promise<void> {
  return new Promise((resolve) => {
    // An error means that the parent is gone, which 'disconnect' handles.
    if (process.send) process.send(message, () => resolve())
    else resolve()
  })
}

async function run(message: StartMessage): Promise<void> {
  const { runInThisProcess } = await import('../engine/runner.ts')
  const result = await runInThisProcess({
    operation: message.operation,
    settings: message.settings,
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
process.once('message', (message: StartMessage) => void run(message))
