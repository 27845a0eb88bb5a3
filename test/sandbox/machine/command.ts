// Runs a command to its end and returns what it printed; a failure carries the command and the end of its output.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export type CommandOptions = {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  readonly input?: string
  readonly signal?: AbortSignal
  /** Told of every line on standard error as it comes. */
  readonly onErrorLine?: (line: string) => void
}

export class CommandFailed extends Error {
  readonly output: string
  constructor(command: readonly string[], outcome: string, output: string) {
    super(`${command.join(' ')}: ${outcome}\n${output.slice(-3000).trim()}`)
    this.name = 'CommandFailed'
    this.output = output
  }
}

export function run(
  command: string,
  args: readonly string[],
  o: CommandOptions = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: o.cwd,
      env: o.env ?? process.env,
      signal: o.signal,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    let stdout = ''
    let all = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => ((stdout += text), (all += text)))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (all += text))
    if (o.onErrorLine) createInterface({ input: child.stderr }).on('line', o.onErrorLine)
    child.once('error', reject)
    child.once('close', (code, signal) => {
      if (code === 0) resolve(stdout)
      else reject(new CommandFailed([command, ...args], signal ?? `exit code ${code}`, all))
    })
    child.stdin.on('error', () => undefined) // a command that never reads its input is no failure
    child.stdin.end(o.input ?? '')
  })
}
