// Cron expressions as the CronJobs of Kubernetes read them, that is, as robfig/cron v3 does: when is the next time after a
// moment, on the clocks of a time zone. Its order of steps is kept, for it decides what comes of times that the clocks
// skip or have twice. test/fixtures/cron holds what the original says.
import { readEvery } from './every.ts'
import { BadCron, readRule, type Rule } from './cron-rule.ts'
import { timeZoneNamed, type TimeZone, type Wall } from './time-zone.ts'

export type Cron = { next(after: Date): Date | undefined }

/** `since`: what the times of `@every` are counted from; without, from the moment that is asked about. Throws BadCron. */
export function parseCron(expression: string, timeZone = 'UTC', since?: Date): Cron {
  const zone = timeZoneNamed(timeZone)
  if (!zone) throw new BadCron(`a time zone such as Europe/Berlin instead of "${timeZone}"`)
  if (expression.includes('TZ')) throw new BadCron('no TZ in it; spec.timeZone says the time zone')
  const everyMs = readEvery(expression)
  if (everyMs !== undefined)
    return { next: (after) => nextInterval(everyMs, since ?? after, after) }
  const rule = readRule(expression)
  const hands = handsOf(rule, zone)
  return { next: (after) => (isEver(rule) ? nextTime(hands, zone, after) : undefined) }
}

const secondMs = 1000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs
/** What does not come within five years does not come. */
const horizonYears = 5

function nextInterval(everyMs: number, since: Date, after: Date): Date {
  const start = Math.floor(since.getTime() / secondMs) * secondMs
  const passed = Math.max(0, Math.floor((after.getTime() - start) / everyMs))
  return new Date(start + (passed + 1) * everyMs)
}

/** Days are found to be none within a few steps a month; minutes would take millions. */
const isEver = ({ minutes, hours, months }: Rule) =>
  [minutes, hours, months].every(({ size }) => size > 0)

/** A part of the time, from the month to the second. */
type Hand = {
  fits(wall: Wall): boolean
  /** Where it began. */
  floor(at: number): number
  advance(at: number): number
  /** It has come round: what is above it must be looked at again. */
  isRound(wall: Wall): boolean
}

function nextTime(hands: Hand[], zone: TimeZone, after: Date): Date | undefined {
  let at = Math.floor(after.getTime() / secondMs) * secondMs + secondMs
  const lastYear = zone.wallOf(at).year + horizonYears
  let floored = false
  let index = 0
  while (zone.wallOf(at).year <= lastYear) {
    const hand = hands[index]
    if (!hand) return new Date(at)
    if (hand.fits(zone.wallOf(at))) {
      index += 1
      continue
    }
    if (!floored) at = hand.floor(at)
    floored = true
    const ahead = hand.advance(at)
    // Where a zone leaves out a whole day, which robfig/cron never gets past.
    at = ahead > at ? ahead : at + 24 * hourMs
    if (hand.isRound(zone.wallOf(at))) index = 0
  }
  return undefined
}

function handsOf(rule: Rule, zone: TimeZone): Hand[] {
  const { wallOf, instantOf } = zone
  return [
    {
      fits: ({ month }) => rule.months.has(month),
      floor: (at) => instantOf({ ...wallOf(at), day: 1, hour: 0, minute: 0, second: 0 }),
      advance: (at) => instantOf({ ...wallOf(at), month: wallOf(at).month + 1 }),
      isRound: ({ month }) => month === 1,
    },
    {
      fits: (wall) => isDay(rule, wall),
      floor: (at) => instantOf({ ...wallOf(at), hour: 0, minute: 0, second: 0 }),
      advance: (at) => midnightOf(instantOf({ ...wallOf(at), day: wallOf(at).day + 1 }), zone),
      isRound: ({ day }) => day === 1,
    },
    {
      fits: ({ hour }) => rule.hours.has(hour),
      floor: (at) => instantOf({ ...wallOf(at), minute: 0, second: 0 }),
      advance: (at) => at + hourMs,
      isRound: ({ hour }) => hour === 0,
    },
    {
      fits: ({ minute }) => rule.minutes.has(minute),
      floor: (at) => at - (at % minuteMs),
      advance: (at) => at + minuteMs,
      isRound: ({ minute }) => minute === 0,
    },
    {
      fits: ({ second }) => second === 0,
      floor: (at) => at,
      advance: (at) => at + (60 - wallOf(at).second) * secondMs,
      isRound: () => true,
    },
  ]
}

/** Day of the month and weekday: either is enough when both are restricted. */
function isDay({ days, weekdays, anyDay, anyWeekday }: Rule, { day, weekday }: Wall): boolean {
  const [byDay, byWeekday] = [days.has(day), weekdays.has(weekday)]
  return anyDay || anyWeekday ? byDay && byWeekday : byDay || byWeekday
}

/** A day whose midnight the clocks skip begins an hour early or late. */
function midnightOf(at: number, { wallOf }: TimeZone): number {
  const { hour } = wallOf(at)
  return at + (hour > 12 ? 24 - hour : -hour) * hourMs
}
