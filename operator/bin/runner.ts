// Entry of the runner, a child process of the worker: one Pulumi operation, then the end. It dies with its parent.
import { enableCompileCache } from 'node:module'
import { leanSdk } from '../engine/lean-sdk.ts'
import type { PrepareMessage, RunnerMessage, StartMessage } from '../engine/operation.ts'

enableCompileCache()
leanSdk()

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
  process.title = `runner ${message.operation.stack}` // whom it works for, in ps
  Object.assign(process.env, message.env)
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
process.on('message', (message: PrepareMessage | StartMessage) => {
  if (message.type === 'start') void run(message)
  else void import('../engine/runner.ts').then(({ prepare }) => prepare(message.settings))
})
