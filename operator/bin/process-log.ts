// The log of manager and worker, on standard output. Errors of Redis carry the command that failed, and that of a refused
// login is the password: commands stay out, whoever logs the error.
import { pino, type DestinationStream, type Logger } from 'pino'

const commands = ['err.command', 'err.previousErrors[*].command', 'err.aggregateErrors[*].command']

export function processLog(name: string, level: string, to?: DestinationStream): Logger {
  const options = { name, level, redact: { paths: commands, remove: true } }
  return to ? pino(options, to) : pino(options)
}
