// Cron expressions come at the times that Kubernetes gives CronJobs: by the recording, which
// test/integration/loadtest/schedule/cron.test.ts holds to the original.
import { expect, test } from 'vitest'
import { BadCron } from '../../../../operator/loadtest/schedule/cron-rule.ts'
import { parseCron } from '../../../../operator/loadtest/schedule/cron.ts'
import { recorded, timesAsked, type Answered } from '../../../support/cron/recording.ts'

/** null: refused. */
function timesOf({ expression, timeZone, after }: Answered): string[] | null {
  try {
    const cron = parseCron(expression, timeZone)
    const times: string[] = []
    for (let at = cron.next(new Date(after)); at && times.length < timesAsked; at = cron.next(at))
      times.push(at.toISOString().replace('.000Z', 'Z'))
    return times
  } catch (error) {
    if (!(error instanceof BadCron)) throw error
    return null
  }
}

test('every recorded expression comes when Kubernetes has it come, or is refused as it is there', async () => {
  const answers = await recorded()
  expect(answers.length).toBeGreaterThan(1000)
  for (const answer of answers) {
    const { expression, timeZone, after, times } = answer
    // The package would take it; the API server does not, for it has a field of its own.
    const expected = expression.includes('TZ') ? null : times
    expect.soft(timesOf(answer), `${expression} in ${timeZone} after ${after}`).toEqual(expected)
  }
})

test('what can never come is known at once', () => {
  const begin = performance.now()
  for (const expression of [', * * * *', '* , * * *', '* * * , *', '* * , * *', '59 23 31 2 *'])
    expect(parseCron(expression, 'Europe/Berlin').next(new Date(0))).toBe(undefined)
  expect(performance.now() - begin).toBeLessThan(5_000)
})

test('a day that a zone leaves out does not hold it up', () => {
  // Samoa went from the 29th to the 31st of December.
  const cron = parseCron('0 12 31 * *', 'Pacific/Apia')
  expect(cron.next(new Date('2011-12-28T00:00:00Z'))?.toISOString()).toMatch(
    /^2011-12-30T2[12]|^2012-01-30T/,
  )
})

test('intervals are counted from the time before, whenever one looks', () => {
  const since = new Date('2026-01-01T00:00:10Z')
  const cron = parseCron('@every 1h30m', 'UTC', since)
  const next = (after: string) => cron.next(new Date(after))?.toISOString()
  expect(next('2025-12-31T00:00:00Z')).toBe('2026-01-01T01:30:10.000Z')
  expect(next('2026-01-01T00:00:10Z')).toBe('2026-01-01T01:30:10.000Z')
  expect(next('2026-01-01T01:30:09.999Z')).toBe('2026-01-01T01:30:10.000Z')
  expect(next('2026-01-01T01:30:10Z')).toBe('2026-01-01T03:00:10.000Z')
})

test.each([
  ['@every 1d', 'a duration as in @every 1h30m instead of "@every 1d"'],
  ['TZ=UTC 0 3 * * *', 'spec.timeZone says the time zone'],
  ['0 0 * * 7', 'numbers from 0 to 6 instead of "7"'],
])('%s is refused in words that help', (expression, words) =>
  expect(() => parseCron(expression)).toThrow(words),
)
