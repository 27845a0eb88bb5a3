// The parent side of an operation: spawns the runner in a process group of its own, feeds it over IPC,
// passes on progress, and makes sure that nothing of the group outlives the operation. A spare runner saves the start.
import type { ChildProcess } from 'node:child_process'
import type { Logger } from 'pino'
import { killTree, signalGroup } from './process/kill-tree.ts'
import type { RunnerJail } from './process/runner-jail.ts'
import { spawnRunner, type SpareRunners } from './process/spare-runners.ts'
import type {
  EngineSettings,
  OperationResult,
  Progress,
  RunnerMessage,
  StackOperation,
  StartMessage,
} from './operation.ts'

export type RunOptions = {
  settings: EngineSettings
  /** Credentials, the place in the cloud, proxies: only these reach the runner. */
  env: Record<string, string>
  /** By variable, such as KUBECONFIG: content of a file of the runner's own, whose path the variable gets. */
  files?: Record<string, string>
  /** Cancels: SIGINT, after graceMs again, after graceMs more SIGKILL of the group. */
  signal: AbortSignal
  graceMs?: number
  /** Kills the group at once, also where the ladder has begun: another may soon work on the stack. */
  kill?: AbortSignal
  onProgress: (progress: Progress) => void
  log: Logger
  /** Entry file of the runner; another one only where the sources are bundled. */
  runner?: string
  /** What it may reach; everything that this process may, without one. */
  jail?: RunnerJail | undefined
  /** Runners that are started already, and what earlier ones have left. */
  spares?: SpareRunners
}

const defaultGraceMs = 60_000
const stderrKept = 4_000

export async function runOperation(
  operation: StackOperation,
  options: RunOptions,
): Promise<OperationResult> {
  if (isCancelled(options)) return { status: 'cancelled' }
  const child = options.spares?.take() ?? spawnRunner(options)
  using _cancel = cancelLadder(child, options.signal, options.graceMs ?? defaultGraceMs)
  using _kill = onAbort(options.kill, () => kill(child))
  const stderr = tail(child)
  const result = await converse(child, { operation, options })
  kill(child)
  if (result.status !== 'crashed') return result
  if (isCancelled(options)) return { status: 'cancelled' }
  options.log.error(
    { stack: operation.stack, exit: result.how, stderr: stderr() },
    'runner crashed',
  )
  return {
    status: 'failed',
    fault: {
      code: 'RunnerCrashed',
      message: `The process that ran ${operation.kind} on stack ${operation.stack} ended with ${result.how}.`,
      action: 'The operation is run again; see the worker’s log when it keeps failing.',
      retryable: true,
    },
  }
}

const kill = ({ pid }: ChildProcess) => pid !== undefined && killTree(pid)

const isCancelled = ({ signal, kill }: RunOptions) => signal.aborted || kill?.aborted === true

type Conversation = OperationResult | { status: 'crashed'; how: string }

function converse(
  child: ChildProcess,
  o: { operation: StackOperation; options: RunOptions },
): Promise<Conversation> {
  const { promise, resolve } = Promise.withResolvers<Conversation>()
  child.on('message', (message: RunnerMessage) => {
    if (message.type === 'progress') o.options.onProgress(message.progress)
    else if (message.type === 'log')
      o.options.log[message.level]({ stack: o.operation.stack }, message.message)
    else if (message.type === 'derivedKeys')
      o.options.spares?.derivedKeys.set(o.operation.stack, message.keys)
    // All is done, and it is killed now; giving its memory back takes the kernel a while.
    else if (message.type === 'result') resolve(message.result)
  })
  child.once('error', (error) => resolve({ status: 'crashed', how: error.message }))
  child.once('exit', (code, signal) =>
    resolve({ status: 'crashed', how: signal ?? `exit code ${code}` }),
  )
  const start: StartMessage = {
    type: 'start',
    operation: o.operation,
    settings: o.options.settings,
    env: o.options.env,
    files: o.options.files ?? {},
    derivedKeys: o.options.spares?.derivedKeys.get(o.operation.stack) ?? [],
  }
  // A runner that dies before it reads this is reported by 'exit'.
  child.send(start, () => undefined)
  return promise
}

function cancelLadder(child: ChildProcess, signal: AbortSignal, graceMs: number): Disposable {
  let timer: NodeJS.Timeout | undefined
  const cancel = () => {
    child.kill('SIGINT')
    timer = setTimeout(() => {
      if (child.pid !== undefined) signalGroup(child.pid, 'SIGINT')
      timer = setTimeout(() => kill(child), graceMs)
    }, graceMs)
  }
  const listening = onAbort(signal, cancel)
  return {
    [Symbol.dispose]() {
      clearTimeout(timer)
      listening[Symbol.dispose]()
    },
  }
}

function onAbort(signal: AbortSignal | undefined, run: () => void): Disposable {
  signal?.addEventListener('abort', run, { once: true })
  return { [Symbol.dispose]: () => signal?.removeEventListener('abort', run) }
}

/** The end of what the runner wrote; stdout is drained too, or a chatty program would block on a full pipe. */
function tail(child: ChildProcess): () => string {
  let text = ''
  child.stdout?.resume()
  child.stderr?.on('data', (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-stderrKept)
  })
  return () => text
}
