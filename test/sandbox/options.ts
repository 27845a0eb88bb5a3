// Options of a command line; a wrong one is told in a line, with the usage, instead of by a stack trace.
import { parseArgs, type ParseArgsConfig } from 'node:util'

/** Ends the process with status 2 when the options are not those of `config`. */
export function optionsOr<T extends ParseArgsConfig>(usage: string, config: T) {
  try {
    return parseArgs(config)
  } catch (error) {
    const wanted = process.argv.some((argument) => argument === '--help' || argument === '-h')
    if (wanted) console.log(usage)
    else console.error(`${error instanceof Error ? error.message : String(error)}\n${usage}`)
    process.exit(wanted ? 0 : 2)
  }
}
