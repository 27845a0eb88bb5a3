// Log lines for who reads them on a terminal: time, level, the object, what happened.
import type { DestinationStream } from 'pino'

const levels: Record<number, string> = {
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'ERROR',
  60: 'FATAL',
}

type Line = {
  level: number
  time: number
  msg?: string
  kind?: string
  ns?: string
  name?: string
  err?: { message?: string; stack?: string }
}

export const plainLog = (write: (text: string) => void): DestinationStream => ({
  write: (line) => write(`${plain(JSON.parse(line) as Line)}\n`),
})

function plain({ level, time, msg = '', kind, ns, name, err }: Line): string {
  const at = new Date(time).toISOString().slice(11, 23)
  const object = kind && name ? `[${kind} ${ns ? `${ns}/` : ''}${name}] ` : ''
  const head = `${at} ${(levels[level] ?? String(level)).padEnd(5)} ${object}${msg}`
  return err ? `${head}\n${err.stack ?? err.message ?? ''}` : head
}
