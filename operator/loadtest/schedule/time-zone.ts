// What the clocks of a time zone show at an instant, and which instant is meant by what they show.

export type Wall = {
  year: number
  /** From 1. */
  month: number
  day: number
  /** 0 is Sunday. */
  weekday: number
  hour: number
  minute: number
  second: number
}

export type TimeZone = {
  wallOf: (instant: number) => Wall
  /**
   * Numbers beyond their range carry over. A time that the clocks skip is the same distance before the gap or behind it, one
   * that comes twice is either, in both cases as Go's time.Date has it: by the offset that holds about then.
   */
  instantOf: (wall: Omit<Wall, 'weekday'>) => number
}

/** undefined where there is no such zone. */
export function timeZoneNamed(name: string): TimeZone | undefined {
  const offsetAt = offsetsOf(name)
  return (
    offsetAt && {
      wallOf: (instant) => read(new Date(instant + offsetAt(instant))),
      instantOf({ year, month, day, hour, minute, second }) {
        const asUtc = Date.UTC(year, month - 1, day, hour, minute, second)
        return asUtc - offsetAt(asUtc - offsetAt(asUtc))
      },
    }
  )
}

const read = (date: Date): Wall => ({
  year: date.getUTCFullYear(),
  month: date.getUTCMonth() + 1,
  day: date.getUTCDate(),
  weekday: date.getUTCDay(),
  hour: date.getUTCHours(),
  minute: date.getUTCMinutes(),
  second: date.getUTCSeconds(),
})

/** As Kubernetes has them; Intl would take offsets such as +01:00 as well. */
const isName = (name: string) =>
  name.split('/').every((part) => /^[A-Za-z._0-9+][-A-Za-z._0-9+]{0,13}$/.test(part))

/** Clocks change at whole quarters of an hour, and Intl is slow. */
const quarterMs = 15 * 60_000

function offsetsOf(timeZone: string): ((instant: number) => number) | undefined {
  if (timeZone === 'UTC' || timeZone === 'Etc/UTC') return () => 0
  const format = isName(timeZone) ? formatOf(timeZone) : undefined
  if (!format) return undefined
  const known = new Map<number, number>()
  return (instant) => {
    const quarter = Math.floor(instant / quarterMs)
    const offset = known.get(quarter) ?? measure(format, quarter * quarterMs)
    known.set(quarter, offset)
    return offset
  }
}

function measure(format: Intl.DateTimeFormat, instant: number): number {
  const parts = format.formatToParts(instant)
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value)
  const [year, month, day] = [part('year'), part('month'), part('day')]
  return Date.UTC(year, month - 1, day, part('hour'), part('minute'), part('second')) - instant
}

function formatOf(timeZone: string): Intl.DateTimeFormat | undefined {
  const numeric = 'numeric'
  const [year, month, day, hour, minute, second] = Array<typeof numeric>(6).fill(numeric)
  const clock = { hourCycle: 'h23', hour, minute, second } as const
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone, year, month, day, ...clock })
  } catch {
    return undefined // RangeError
  }
}
