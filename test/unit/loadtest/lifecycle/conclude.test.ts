// How a test ended, by Locust's exit code, its figures and the thresholds.
import { expect, test } from 'vitest'
import type {
  LocustTestSpec,
  LocustTestStatus,
  RequestFigures,
} from '../../../../operator/api/locust/locust-types.ts'
import {
  conclude,
  concluded,
  type Conclusion,
} from '../../../../operator/loadtest/lifecycle/conclude.ts'
import type { MasterEnd } from '../../../../operator/loadtest/lifecycle/master-state.ts'
import type { Known } from '../../../../operator/loadtest/lifecycle/known.ts'
import { finalResults } from '../../../../operator/loadtest/results/figures.ts'
import { subject } from '../../../support/loadtest/subjects.ts'

const now = 'now'
const exited = (more: Partial<MasterEnd> = {}): MasterEnd => ({
  reason: 'Exited',
  exitCode: 0,
  message: 'exit code 0',
  startedAt: 'began',
  finishedAt: 'ended',
  ...more,
})
const figures = (failures: number): RequestFigures => ({
  name: 'Aggregated',
  requests: 100,
  failures,
  requestsPerSecond: '10',
  failureRatio: String(failures / 100),
  averageMs: 5,
  medianMs: 5,
  p95Ms: 9,
  p99Ms: 12,
})
const summary = (failures: number) => ({ total: figures(failures), requests: [] })
const strict: Partial<LocustTestSpec> = { thresholds: { failureRatio: '0.01' } }

const end = (
  o: {
    spec?: Partial<LocustTestSpec>
    status?: LocustTestStatus
    end?: Partial<MasterEnd>
    failures?: number | undefined
  } = {},
) =>
  conclude(subject(o.spec), {
    status: o.status ?? {},
    end: exited(o.end),
    summary: o.failures === undefined ? undefined : summary(o.failures),
    now,
  })

test('Locust’s word is the verdict where nothing is asked of the figures', () => {
  expect(end({ failures: 50 })).toEqual({
    passed: true,
    reason: 'TestSucceeded',
    message: 'Load test completed successfully',
    startedAt: 'began',
    finishedAt: 'ended',
    results: finalResults(summary(50), 'ended'),
  })
  expect(end({ end: { exitCode: 1, message: 'exit code 1' }, failures: 3 })).toMatchObject({
    passed: false,
    reason: 'TestFailed',
    message: 'Load test execution failed: exit code 1: 3 of 100 requests failed',
  })
})

test('a failure without figures is told without', () => {
  expect(end({ end: { exitCode: 2, message: 'exit code 2' } }).message).toBe(
    'Load test execution failed: exit code 2',
  )
})

test('figures within the thresholds pass, others do not, and say which', () => {
  expect(end({ spec: strict, failures: 0 })).toMatchObject({ passed: true, breaches: [] })
  const failed = end({ spec: strict, failures: 50 })
  expect(failed).toMatchObject({ passed: false, reason: 'ThresholdsExceeded' })
  expect(failed.breaches).toHaveLength(1)
  expect(failed.message).toBe(
    `Load test did not meet its thresholds: ${failed.breaches?.join('; ')}`,
  )
})

test('a failure of Locust comes before the thresholds, which are told all the same', () => {
  const conclusion = end({ spec: strict, failures: 50, end: { exitCode: 1 } })
  expect(conclusion.reason).toBe('TestFailed')
  expect(conclusion.breaches).toHaveLength(1)
})

test('without a summary the figures seen last count, and none fail', () => {
  const { name: _, ...live } = figures(0)
  const results = { ...live, state: 'running', users: 3, observedAt: 'before' }
  const seen = end({ spec: strict, status: { results } })
  expect(seen).toMatchObject({ passed: true, results, breaches: [] })
  const unseen = end({ spec: strict })
  expect(unseen).toMatchObject({ passed: false, reason: 'ThresholdsExceeded' })
  expect(unseen.breaches).toEqual(['thresholds: the figures of the test are not known'])
})

test.each([
  [{}, {}, 'began', 'ended'],
  [{ startedAt: undefined }, { startTime: 'before' }, 'before', 'ended'],
  [{}, { startTime: 'before' }, 'began', 'ended'],
  [{ finishedAt: undefined }, {}, 'began', 'now'],
])('the times are those of the master, then what is known: %j, %j', (of, status, began, ended) => {
  const { startedAt, finishedAt, ...rest } = { ...exited(), ...of }
  const master = { ...rest, ...(startedAt && { startedAt }), ...(finishedAt && { finishedAt }) }
  const conclusion = conclude(subject(), { status, end: master, summary: undefined, now })
  expect([conclusion.startedAt, conclusion.finishedAt]).toEqual([began, ended])
})

test('what was lost is no verdict of Locust, nor of the thresholds', () => {
  const lost = end({ spec: strict, end: { reason: 'Lost', message: 'the node is gone' } })
  expect(lost).toMatchObject({
    passed: false,
    reason: 'InfrastructureFailed',
    message: 'the node is gone',
  })
  expect(lost).not.toHaveProperty('breaches')
})

test.each([
  [60, 'the test ran longer than spec.maxDurationSeconds (60 s)'],
  [undefined, 'the test ran longer than this operator allows'],
])('one that took too long is told by who set the limit: %s', (seconds, message) => {
  const spec = { ...strict, ...(seconds !== undefined && { maxDurationSeconds: seconds }) }
  const late = end({ spec, end: { reason: 'DeadlineExceeded' } })
  expect(late).toMatchObject({ passed: false, reason: 'MaxDurationExceeded', message })
  expect(late).not.toHaveProperty('breaches')
})

const over = (change: Partial<Conclusion>) =>
  concluded({ generation: 4 } as Known, {
    passed: true,
    reason: 'TestSucceeded',
    message: 'm',
    finishedAt: 'ended',
    ...change,
  })

test('the status says how it ended, and when', () => {
  expect(over({})).toEqual({
    fields: {
      phase: 'Succeeded',
      verdict: 'Passed',
      observedGeneration: 4,
      completionTime: 'ended',
    },
    conditions: [
      ['TestCompleted', true, 'TestSucceeded', 'm'],
      ['WorkersConnected', false, 'TestEnded', 'The test is over'],
    ],
    events: [['Normal', 'TestCompleted', 'm']],
  })
})

test('a failure is one, and a warning', () => {
  const { fields, events } = over({ passed: false, startedAt: 'began' })
  expect(fields).toMatchObject({ phase: 'Failed', verdict: 'Failed', startTime: 'began' })
  expect(events).toEqual([['Warning', 'TestFailed', 'm']])
})

test('the last figures are final, of no users', () => {
  const { name: _, ...live } = figures(1)
  const results = { ...live, state: 'running', users: 3, observedAt: 'before' }
  expect(over({ results }).fields?.results).toEqual({ ...results, users: 0, final: true })
})

test.each([
  [[], ['ThresholdsMet', true, 'Met', 'All thresholds are met']],
  [
    ['a', 'b'],
    ['ThresholdsMet', false, 'Exceeded', 'a; b'],
  ],
])('thresholds have their condition: %j', (breaches, condition) => {
  expect(over({ breaches }).conditions).toContainEqual(condition)
})
