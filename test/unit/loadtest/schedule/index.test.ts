// When the tests of a schedule begin, wait, are replaced and are deleted.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type {
  LocustScheduleSpec,
  LocustScheduleStatus,
} from '../../../../operator/api/locust/locust-types.ts'
import { BadCron } from '../../../../operator/loadtest/schedule/cron-rule.ts'
import { parseCron } from '../../../../operator/loadtest/schedule/cron.ts'
import { plan, testName } from '../../../../operator/loadtest/schedule/plan.ts'
import type { LocustTest } from '../../../../operator/loadtest/spec/subject.ts'
import { spec } from '../../../support/loadtest/subjects.ts'

const next = (expression: string, after: string, zone?: string) =>
  parseCron(expression, zone).next(new Date(after))?.toISOString().replace(':00.000Z', 'Z')

describe('cron', () => {
  test.each([
    ['* * * * *', '2026-03-01T10:00:30Z', '2026-03-01T10:01Z'],
    ['* * * * *', '2026-03-01T10:00:00Z', '2026-03-01T10:01Z'],
    ['*/20 * * * *', '2026-03-01T10:41:00Z', '2026-03-01T11:00Z'],
    ['5-20/5 3 * * *', '2026-03-01T03:10:00Z', '2026-03-01T03:15Z'],
    ['7/25 * * * *', '2026-03-01T10:08:00Z', '2026-03-01T10:32Z'],
    ['0 3 * * mon-fri', '2026-02-27T04:00:00Z', '2026-03-02T03:00Z'],
    ['0 0 * * 0', '2026-03-02T00:00:00Z', '2026-03-08T00:00Z'],
    ['0 0 13 * fri', '2026-03-01T00:00:00Z', '2026-03-06T00:00Z'],
    ['0 0 31 * *', '2026-04-01T00:00:00Z', '2026-05-31T00:00Z'],
    ['0 0 29 feb *', '2026-03-01T00:00:00Z', '2028-02-29T00:00Z'],
    ['@daily', '2026-12-31T12:00:00Z', '2027-01-01T00:00Z'],
  ])('%s after %s is %s', (expression, after, expected) =>
    expect(next(expression, after)).toBe(expected),
  )

  test('a time zone has its own clocks, in summer and in winter', () => {
    expect(next('0 3 * * *', '2026-01-10T00:00:00Z', 'Europe/Berlin')).toBe('2026-01-10T02:00Z')
    expect(next('0 3 * * *', '2026-07-10T00:00:00Z', 'Europe/Berlin')).toBe('2026-07-10T01:00Z')
  })

  test('a time that the clocks skip does not come, one that comes twice comes twice', () => {
    const zone = 'Europe/Berlin'
    expect(next('30 2 * * *', '2026-03-29T00:00:00Z', zone)).toBe('2026-03-30T00:30Z')
    expect(next('30 2 * * *', '2026-10-24T12:00:00Z', zone)).toBe('2026-10-25T00:30Z')
    expect(next('30 2 * * *', '2026-10-25T00:30:00Z', zone)).toBe('2026-10-25T01:30Z')
    expect(next('30 2 * * *', '2026-10-25T01:30:00Z', zone)).toBe('2026-10-26T01:30Z')
  })

  test('a day that never comes is never due', () =>
    expect(next('0 0 31 2 *', '2026-01-01T00:00:00Z')).toBe(undefined))

  test.each([
    ['* * * *', 'five fields'],
    ['60 * * * *', 'numbers from 0 to 59 instead of "60"'],
    ['* * 0 * *', 'numbers from 1 to 31 instead of "0"'],
    ['5-1 * * * *', 'numbers from 0 to 59 instead of "5-1"'],
    ['*/0 * * * *', 'numbers from 0 to 59 instead of "*/0"'],
    ['* * * foo *', 'numbers from 1 to 12 instead of "foo"'],
  ])('%s is refused', (expression, message) => expect(() => parseCron(expression)).toThrow(message))
  test('an unknown time zone is refused', () =>
    expect(() => parseCron('* * * * *', 'Mars/Olympus')).toThrow('instead of "Mars/Olympus"'))

  test('whatever is written: a time in the future, none, or BadCron', () => {
    const part = fc.constantFrom('*', '1', '*/7', '2-5', 'mon', 'x', '99', '-', '/', ',', '1,2')
    const expressions = fc.tuple(part, part, part, part, part)
    fc.assert(
      fc.property(expressions, (fields) => {
        const now = new Date('2026-01-01T00:00:00Z')
        try {
          const found = parseCron(fields.join(' ')).next(now)
          return found === undefined || found > now
        } catch (error) {
          return error instanceof BadCron
        }
      }),
      { seed: 7, numRuns: 500 },
    )
  })
})

describe('plan', () => {
  const now = new Date('2026-01-01T03:02:00Z')
  const known = (
    more: Partial<LocustScheduleSpec> = {},
    tests: LocustTest[] = [],
    status: LocustScheduleStatus = {},
  ) => ({
    spec: { schedule: '0 3 * * *', testTemplate: { spec: spec() }, ...more },
    status,
    createdAt: '2025-12-01T00:00:00Z',
    tests,
    now,
  })
  const run = (name: string, phase: string) =>
    ({
      metadata: {
        name,
        uid: name,
        resourceVersion: '1',
        creationTimestamp: `2025-12-${name}T00:00:00Z`,
      },
      status: { phase },
    }) as unknown as LocustTest
  const due = new Date('2026-01-01T03:00:00Z')
  const names = (tests: LocustTest[]) => tests.map(({ metadata }) => metadata.name)

  test('begins a test that is due, once, under a name of its time', () => {
    const first = plan(known())
    expect(first).toMatchObject({
      begin: due,
      waits: false,
      next: new Date('2026-01-02T03:00:00Z'),
    })
    expect(testName('nightly', due)).toBe('nightly-29453940')
    expect(plan(known({}, [], { lastScheduleTime: due.toISOString() })).begin).toBe(undefined)
  })
  test('nothing while suspended, nothing that is too late', () => {
    expect(plan(known({ suspend: true }))).toEqual({ waits: false, remove: [], active: [] })
    expect(plan(known({ startingDeadlineSeconds: 60 })).begin).toBe(undefined)
  })
  test('an interval goes on from the test before, however long it is and however soon a test is too late', () => {
    const hourly = { schedule: '@every 1h', startingDeadlineSeconds: 300 }
    const after = (time: string) =>
      plan(known(hourly, [], { lastScheduleTime: `2026-01-01T${time}Z` }))
    expect(after('02:03:00')).toMatchObject({ next: new Date('2026-01-01T03:03:00Z') })
    expect(after('02:03:00').begin).toBe(undefined)
    expect(after('02:01:00')).toMatchObject({
      begin: new Date('2026-01-01T03:01:00Z'),
      next: new Date('2026-01-01T04:01:00Z'),
    })
    // Two were missed; the latest is not too late.
    expect(after('00:01:00').begin).toEqual(new Date('2026-01-01T03:01:00Z'))
    expect(after('01:50:00').begin).toBe(undefined)
    // The first of all comes an interval after the schedule was made.
    expect(plan({ ...known(hourly), createdAt: '2026-01-01T02:02:00Z' }).begin).toEqual(now)
  })
  test('a test that is not over: waits, is replaced, or stays', () => {
    const tests = [run('01', 'Running')]
    expect(plan(known({}, tests))).toMatchObject({ waits: true, remove: [] })
    expect(plan(known({}, tests)).begin).toBe(undefined)
    const replaced = plan(known({ concurrencyPolicy: 'Replace' }, tests))
    expect([replaced.begin, names(replaced.remove)]).toEqual([due, ['01']])
    const both = plan(known({ concurrencyPolicy: 'Allow' }, tests))
    expect([both.begin, names(both.remove)]).toEqual([due, []])
  })
  test('keeps the latest, as many as the limits say', () => {
    const tests = ['01', '02', '03', '04', '05'].map((name) => run(name, 'Succeeded'))
    const failed = ['06', '07'].map((name) => run(name, 'Failed'))
    expect(names(plan(known({}, [...tests, ...failed])).remove)).toEqual(['02', '01', '06'])
    expect(names(plan(known({ failedTestsHistoryLimit: 0 }, failed)).remove)).toEqual(['07', '06'])
  })
  test('a wrong time zone is told apart', () =>
    expect(() => plan(known({ timeZone: 'x' }))).toThrow(BadCron))
})
