// Cron expressions of five fields, as the CronJobs of Kubernetes read them: when is the next time after a moment, on
// the clocks of a time zone. A time that the clocks skip in spring does not come; one that comes twice comes once.

export class BadCron extends Error {
  override readonly name = 'BadCron'
}

export type Cron = { next(after: Date): Date | undefined }

type Fields = { minutes: number[]; hours: number[]; days: Set<number>; months: Set<number> }
type Rule = Fields & { weekdays: Set<number>; anyDay: boolean; anyWeekday: boolean }

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs
/** The 29th of February on a given weekday comes at least this often. */
const horizonDays = 366 * 41

/** Throws BadCron. */
export function parseCron(expression: string, timeZone = 'UTC'): Cron {
  const rule = readRule(macros[expression.trim()] ?? expression)
  const clock = wallClock(timeZone)
  return { next: (after) => nextTime(rule, clock, after) }
}

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

function readRule(expression: string): Rule {
  const fields = expression.trim().split(/\s+/)
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields
  if (fields.length !== 5) throw new BadCron(`five fields, or a macro such as @daily`)
  const weekdays = readField(weekday, { from: 0, to: 7, names: dayNames })
  return {
    minutes: readField(minute, { from: 0, to: 59 }),
    hours: readField(hour, { from: 0, to: 23 }),
    days: new Set(readField(day, { from: 1, to: 31 })),
    months: new Set(readField(month, { from: 1, to: 12, names: ['', ...monthNames] })),
    weekdays: new Set(weekdays.map((number) => number % 7)),
    anyDay: /^[*?]/.test(day),
    anyWeekday: /^[*?]/.test(weekday),
  }
}

type Range = { from: number; to: number; names?: string[] }

function readField(text: string, range: Range): number[] {
  const numbers = text.split(',').flatMap((part) => readPart(part, range))
  return [...new Set(numbers)].toSorted((a, b) => a - b)
}

/** "*", "5", "1-5", "mon-fri", each with "/2". */
function readPart(part: string, range: Range): number[] {
  const [span = '', step = '1', ...rest] = part.split('/')
  const every = Number(step)
  if (rest.length > 0 || !/^\d+$/.test(step) || every < 1) throw bad(part, range)
  const [first, last] = readSpan(span, { range, open: part.includes('/') })
  if (first > last) throw bad(part, range)
  return Array.from(
    { length: Math.floor((last - first) / every) + 1 },
    (_, at) => first + at * every,
  )
}

function readSpan(span: string, o: { range: Range; open: boolean }): [number, number] {
  const { range } = o
  if (span === '*' || span === '?') return [range.from, range.to === 7 ? 6 : range.to]
  const [start = '', end, ...rest] = span.split('-')
  if (rest.length > 0) throw bad(span, range)
  const first = readNumber(start, range)
  if (end !== undefined) return [first, readNumber(end, range)]
  return [first, o.open ? range.to : first]
}

function readNumber(text: string, range: Range): number {
  const named = range.names?.indexOf(text.toLowerCase()) ?? -1
  const number = named >= 0 && text !== '' ? named : Number(text)
  if (!/^([a-z]{3}|\d{1,2})$/i.test(text) || !(number >= range.from && number <= range.to))
    throw bad(text, range)
  return number
}

const bad = (part: string, { from, to }: Range) =>
  new BadCron(`numbers from ${from} to ${to} instead of "${part}"`)

function nextTime(rule: Rule, clock: WallClock, after: Date): Date | undefined {
  const begin = clock.wallOf(after.getTime())
  const firstDay = Math.floor(begin / dayMs) * dayMs
  for (let at = 0; at < horizonDays; at += 1) {
    const day = firstDay + at * dayMs
    if (!isDay(rule, new Date(day))) continue
    const found = timesOf(rule, day)
      .map((wall) => clock.instantOf(wall))
      .find((instant) => instant !== undefined && instant > after.getTime())
    if (found !== undefined) return new Date(found)
  }
  return undefined
}

const timesOf = ({ hours, minutes }: Rule, day: number): number[] =>
  hours.flatMap((hour) => minutes.map((minute) => day + (hour * 60 + minute) * minuteMs))

/** Day of the month and weekday: either is enough when both are restricted. */
function isDay(rule: Rule, day: Date): boolean {
  if (!rule.months.has(day.getUTCMonth() + 1)) return false
  const [byDay, byWeekday] = [rule.days.has(day.getUTCDate()), rule.weekdays.has(day.getUTCDay())]
  return rule.anyDay || rule.anyWeekday ? byDay && byWeekday : byDay || byWeekday
}

/** Wall time is written as if it were UTC. */
type WallClock = {
  wallOf(instant: number): number
  /** undefined where the clocks skip the time; the first where it comes twice. */
  instantOf(wall: number): number | undefined
}

function wallClock(timeZone: string): WallClock {
  if (timeZone === 'UTC' || timeZone === 'Etc/UTC')
    return { wallOf: (instant) => instant, instantOf: (wall) => wall }
  const format = formatFor(timeZone)
  const wallOf = (instant: number) => {
    const parts = format.formatToParts(instant)
    const read = (type: string) => Number(parts.find((part) => part.type === type)?.value)
    const [year, month, day] = [read('year'), read('month'), read('day')]
    return Date.UTC(year, month - 1, day, read('hour'), read('minute'), read('second'))
  }
  return {
    wallOf,
    instantOf(wall) {
      const offsets = [wall - dayMs, wall + dayMs].map((about) => wallOf(about) - about)
      const candidates = offsets.map((offset) => wall - offset)
      return candidates.toSorted((a, b) => a - b).find((instant) => wallOf(instant) === wall)
    },
  }
}

function formatFor(timeZone: string): Intl.DateTimeFormat {
  const numeric = 'numeric'
  const [year, month, day, hour, minute, second] = Array<typeof numeric>(6).fill(numeric)
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year,
      month,
      day,
      hour,
      minute,
      second,
    })
  } catch {
    throw new BadCron(`a time zone such as Europe/Berlin instead of "${timeZone}"`) // RangeError
  }
}
