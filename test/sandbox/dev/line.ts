// A line of a process's log as `npm run dev` shows it: short, with the name of the process in front.

type Entry = { level?: number; time?: number; msg?: string; err?: { stack?: string } }

const levels: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'WARN',
  50: 'ERROR',
  60: 'FATAL',
}

/** What says the same in every line of a process. */
const known = new Set(['level', 'time', 'msg', 'err', 'pid', 'hostname', 'name'])

/** What is no JSON, as a stack trace, stays as it is. */
export function shownLine(process: string, line: string): string {
  const entry = entryOf(line)
  if (!entry) return `${process.padEnd(7)} | ${line}`
  const { level = 30, time = 0, msg = '', err } = entry
  const rest = Object.entries(entry)
    .filter(([key]) => !known.has(key))
    .map(([key, value]) => ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  const at = new Date(time).toISOString().slice(11, 23)
  const first = `${process.padEnd(7)} | ${at} ${(levels[level] ?? `${level}`).padEnd(5)} ${msg}${rest.join('')}`
  return err?.stack === undefined ? first : `${first}\n${err.stack}`
}

function entryOf(line: string): Entry | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    return JSON.parse(line) as Entry // pino's
  } catch {
    return undefined // cut off by a kill
  }
}
