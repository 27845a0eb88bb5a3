// A file that `framework run` runs: its default export declares handlers on the operator that it is given, the same function
// that embeds it in a process of one's own or runs it in a test. It must not run anything when it is loaded.
import { existsSync } from 'node:fs'
import { basename, extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Logger } from 'pino'
import type { Operator, OperatorOptions } from '../operator.ts'
import { UsageError } from './command-line.ts'

/** What `framework run` gives a program beside the operator. */
export type Surroundings = { log: Logger; signal: AbortSignal }

export type Declare = (op: Operator, around: Surroundings) => void | Promise<void>

/** What a program may export as `options`: all that is not the command line's to say. */
export type ProgramOptions = Partial<Omit<OperatorOptions, 'kube' | 'log' | 'metrics'>>

export type Program = { name: string; declare: Declare; options: ProgramOptions }

export async function loadProgram(file: string): Promise<Program> {
  const path = resolve(file)
  if (!existsSync(path))
    throw new UsageError(`FILE: expected a program, got ${file}, which is not there`)
  const { default: declare, options = {} } = (await import(pathToFileURL(path).href)) as {
    default?: unknown
    options?: ProgramOptions
  }
  if (typeof declare !== 'function')
    throw new UsageError(
      `${file}: expected a default export (op) => { … } that declares handlers, got ${typeof declare}`,
    )
  const name = options.name ?? basename(path, extname(path))
  return { name, declare: declare as Declare, options }
}
