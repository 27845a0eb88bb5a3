// Figures from what a real Locust 2.47 said of itself (fixtures/), and the verdict on them.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { conclude } from '../../../../operator/loadtest/lifecycle/conclude.ts'
import { liveResults } from '../../../../operator/loadtest/results/figures.ts'
import { parseStats } from '../../../../operator/loadtest/results/stats.ts'
import { parseSummary } from '../../../../operator/loadtest/results/summary.ts'
import { breaches } from '../../../../operator/loadtest/results/verdict.ts'
import { subject } from '../../../support/loadtest/subjects.ts'

const fixture = (name: string) =>
  readFileSync(join(import.meta.dirname, '../../../fixtures/loadtest', name), 'utf8')
const now = '2026-11-21T06:00:00Z'

describe('live statistics', () => {
  const stats = parseStats(JSON.parse(fixture('stats-running.json')))
  test('are read from /stats/requests', () => {
    expect(stats).toMatchObject({ state: 'running', users: 5, workers: 2 })
    expect(stats?.total).toMatchObject({
      requests: 195,
      failures: 26,
      failureRatio: '0.1333',
      averageMs: 4,
      p95Ms: 6,
      p99Ms: 11,
    })
  })

  test('the worst requests come first', () => {
    const results = stats && liveResults(stats, now)
    expect(results?.worst?.map(({ name }) => name)).toEqual(['GET missing | thing', '/ok%20path'])
  })

  test('whatever a master answers, parsing does not throw and figures are whole', () => {
    const body = fc.oneof(
      fc.anything(),
      fc.record({ stats: fc.array(fc.anything()), workers: fc.anything(), state: fc.anything() }),
    )
    fc.assert(
      fc.property(body, (answer) => {
        const total = parseStats(answer)?.total
        if (total) expect(Number.isSafeInteger(total.requests)).toBe(true)
      }),
    )
  })

  test('a worker that Locust misses does not count', () => {
    expect(
      parseStats({ stats: [], workers: [{ state: 'missing' }, { state: 'ready' }] })?.workers,
    ).toBe(1)
  })
})

describe('the summary in the log', () => {
  const summary = parseSummary(fixture('master.log'))
  test('has the final figures with percentiles', () => {
    expect(summary?.total).toEqual({
      name: 'Aggregated',
      requests: 595,
      failures: 88,
      requestsPerSecond: '99.19',
      failureRatio: '0.1479',
      averageMs: 3,
      medianMs: 3,
      p95Ms: 5,
      p99Ms: 9,
    })
    expect(summary?.requests).toEqual([
      expect.objectContaining({ name: '/ok%20path', method: 'GET', requests: 507, p99Ms: 9 }),
      expect.objectContaining({ name: 'GET missing | thing', failures: 88, p99Ms: 8 }),
    ])
  })

  test('a log without one gives nothing', () => {
    expect(parseSummary('Type     Name   # reqs\nnothing')).toBe(undefined)
    expect(parseSummary('')).toBe(undefined)
  })
})

describe('thresholds', () => {
  const figures = parseSummary(fixture('master.log'))
  if (!figures) throw new Error('no summary')
  test('that are met break nothing', () => {
    const met = {
      failureRatio: '0.15',
      p95Ms: 5,
      p99Ms: 9,
      averageMs: 3,
      minRequestsPerSecond: '99',
    }
    expect(breaches(met, figures)).toEqual([])
  })

  test.each([
    [{ failureRatio: '0.147' }, 'thresholds.failureRatio: at most 0.147, was 0.147899'],
    [{ p95Ms: 4 }, 'thresholds.p95Ms: at most 4, was 5'],
    [{ p99Ms: 8 }, 'thresholds.p99Ms: at most 8, was 9'],
    [{ averageMs: 2 }, 'thresholds.averageMs: at most 2, was 3'],
    [{ minRequestsPerSecond: '99.2' }, 'thresholds.minRequestsPerSecond: at least 99.2, was 99.19'],
    [
      { requests: [{ name: 'GET missing | thing', failureRatio: '0.5' }] },
      'thresholds.requests[0].failureRatio: at most 0.5, was 1',
    ],
    [{ requests: [{ name: '/no' }] }, 'thresholds.requests[0]: no request was named /no'],
  ])('%j', (thresholds, message) => expect(breaches(thresholds, figures)).toEqual([message]))

  test('a test without a request meets none', () => {
    const total = { ...figures.total, requests: 0 }
    expect(breaches({}, { total, requests: [] })).toEqual(['thresholds: no request was made'])
  })
})

describe('the end of a test', () => {
  const summary = parseSummary(fixture('master.log'))
  const exited = (exitCode: number) => ({
    reason: 'Exited' as const,
    exitCode,
    message: `Locust exited with ${exitCode}`,
  })
  const base = { status: {}, summary, now }
  test.each([
    ['exit 0', subject(), exited(0), true, 'TestSucceeded'],
    ['exit 1', subject(), exited(1), false, 'TestFailed'],
    ['thresholds met', subject({ thresholds: { p95Ms: 50 } }), exited(0), true, 'TestSucceeded'],
    [
      'thresholds broken',
      subject({ thresholds: { p95Ms: 1 } }),
      exited(0),
      false,
      'ThresholdsExceeded',
    ],
    [
      'lost',
      subject(),
      { reason: 'Lost' as const, message: 'Evicted' },
      false,
      'InfrastructureFailed',
    ],
    [
      'too long',
      subject(),
      { reason: 'DeadlineExceeded' as const, message: '' },
      false,
      'MaxDurationExceeded',
    ],
  ] as const)('%s', (...[, given, end, passed, reason]) => {
    expect(conclude(given, { ...base, end })).toMatchObject({ passed, reason })
  })

  test('says how many requests failed and keeps the final figures', () => {
    expect(conclude(subject(), { ...base, end: exited(1) })).toMatchObject({
      message: 'Load test execution failed: Locust exited with 1: 88 of 595 requests failed',
      results: { requests: 595, final: true },
      finishedAt: now,
    })
  })

  test('thresholds without figures are not met', () => {
    const given = subject({ thresholds: { p95Ms: 50 } })
    expect(conclude(given, { ...base, summary: undefined, end: exited(0) })).toMatchObject({
      passed: false,
      breaches: ['thresholds: the figures of the test are not known'],
    })
  })
})
