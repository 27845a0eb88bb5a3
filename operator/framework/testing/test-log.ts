// A logger for tests: silent, and remembers what it was told.
import { pino, type Logger } from 'pino'

export type LogLine = { level: number; msg: string; [field: string]: unknown }

export function testLog(): { log: Logger; lines: LogLine[] } {
  const lines: LogLine[] = []
  const stream = { write: (line: string) => void lines.push(JSON.parse(line) as LogLine) }
  return { log: pino({ level: 'debug' }, stream), lines }
}
