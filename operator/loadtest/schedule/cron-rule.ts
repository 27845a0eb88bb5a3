// What the five fields of a cron expression, or its macro, say. It takes what the API server takes in a CronJob, odd as some
// of it is ("1,", "*-9"), and refuses the rest in words of its own.

export class BadCron extends Error {
  override readonly name = 'BadCron'
}

export type Rule = {
  minutes: Set<number>
  hours: Set<number>
  days: Set<number>
  months: Set<number>
  weekdays: Set<number>
  /** A star, or a star with the step 1: one with another step restricts, as numbers do. */
  anyDay: boolean
  anyWeekday: boolean
}

/** Throws BadCron. */
export function readRule(expression: string): Rule {
  const fields = (macros[expression] ?? expression).split(space).filter(Boolean)
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields
  if (fields.length !== 5) throw new BadCron('five fields, or a macro such as @daily')
  const dayField = readField(day, { from: 1, to: 31 })
  const weekdayField = readField(weekday, { from: 0, to: 6, names: dayNames })
  return {
    minutes: readField(minute, { from: 0, to: 59 }).numbers,
    hours: readField(hour, { from: 0, to: 23 }).numbers,
    days: dayField.numbers,
    months: readField(month, { from: 1, to: 12, names: ['', ...monthNames] }).numbers,
    weekdays: weekdayField.numbers,
    anyDay: dayField.any,
    anyWeekday: weekdayField.any,
  }
}

/** Of Unicode; JavaScript's \s has a byte order mark and not U+0085. */
const space = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/u

const macros: Record<string, string> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
}
const monthNames = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')
const dayNames = 'sun mon tue wed thu fri sat'.split(' ')

type Range = { from: number; to: number; names?: string[] }

function readField(text: string, range: Range): { numbers: Set<number>; any: boolean } {
  const parts = text
    .split(',')
    .filter(Boolean)
    .map((part) => readPart(part, range))
  return {
    numbers: new Set(parts.flatMap(({ numbers }) => numbers)),
    any: parts.some(({ any }) => any),
  }
}

/** "*", "5", "1-5", "mon-fri", each with "/2". */
function readPart(part: string, range: Range): { numbers: number[]; any: boolean } {
  const [span = '', step, ...rest] = part.split('/')
  const every = step === undefined ? 1 : readNumber(step)
  const { first, last, star } = readSpan(span, { range, open: step !== undefined })
  if (
    rest.length > 0 ||
    !(every >= 1) ||
    !(first >= range.from && last <= range.to && first <= last)
  )
    throw new BadCron(`numbers from ${range.from} to ${range.to} instead of "${part}"`)
  const count = Math.floor((last - first) / every) + 1
  const numbers = Array.from({ length: count }, (_, at) => first + at * every)
  return { numbers, any: star && every === 1 }
}

/** What cannot be read is NaN, which is in no range. */
function readSpan(span: string, { range, open }: { range: Range; open: boolean }) {
  const [start = '', end, ...rest] = span.split('-')
  if (start === '*' || start === '?') return { first: range.from, last: range.to, star: true }
  const read = (text: string) => readNamed(text, range.names)
  const first = rest.length > 0 ? Number.NaN : read(start)
  if (end !== undefined) return { first, last: read(end), star: false }
  return { first, last: open ? range.to : first, star: false }
}

function readNamed(text: string, names: string[] = []): number {
  const named = text === '' ? -1 : names.indexOf(text.toLowerCase())
  return named >= 0 ? named : readNumber(text)
}

const readNumber = (text: string): number =>
  /^[+-]?\d+$/.test(text) && BigInt(text.replace('+', '')) < 2n ** 63n ? Number(text) : Number.NaN
