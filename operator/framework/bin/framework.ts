#!/usr/bin/env node
// The `framework` command: arguments and environment in, an operator that runs until it is told to stop. Wiring only.
import { homedir } from 'node:os'
import process from 'node:process'
import { readCommandLine, usage, UsageError } from '../run/command-line.ts'
import { run } from '../run/run.ts'
import { runWatching, watchedVariable } from '../run/watch.ts'

const wrongUsage = 2

async function main([command, ...args]: string[]): Promise<number> {
  if (command !== 'run' || args.includes('--help') || args.includes('-h')) {
    const asked =
      command === 'help' || [command, ...args].some((arg) => arg === '--help' || arg === '-h')
    process[asked ? 'stdout' : 'stderr'].write(usage)
    return asked ? 0 : wrongUsage
  }
  const stop = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => stop.abort(new Error(signal)))
  const plan = readCommandLine(args, { terminal: process.stdout.isTTY })
  if (plan.watch && !process.env[watchedVariable])
    return runWatching([import.meta.filename, 'run', ...args], process.env, stop.signal)
  await run(plan, { env: process.env, home: homedir() }, stop.signal)
  return 0
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  const wrong = error instanceof UsageError
  console.error(wrong ? `framework: ${error.message}\n\n${usage}` : error)
  process.exitCode = wrong ? wrongUsage : 1
}
