// How a test ended: Locust's exit code, its figures and the thresholds of the spec. Pure.
import type { LocustTestStatus, RequestFigures, Results } from '../../api/locust/locust-types.ts'
import type { Subject } from '../spec/subject.ts'
import type { MasterEnd } from './master-state.ts'
import type { ReasonOf, TestCondition, TestSaid } from './test-said.ts'
import type { Known } from './known.ts'
import { finalResults } from '../results/figures.ts'
import type { Summary } from '../results/summary.ts'
import { breaches } from '../results/verdict.ts'

export type Conclusion = {
  passed: boolean
  reason: ReasonOf<'TestCompleted'>
  message: string
  startedAt?: string | undefined
  finishedAt: string
  results?: Results | undefined
  breaches?: string[]
}

export function conclude(
  { spec }: Subject,
  o: { status: LocustTestStatus; end: MasterEnd; summary: Summary | undefined; now: string },
): Conclusion {
  const { end, summary, status } = o
  const finishedAt = end.finishedAt ?? o.now
  const results = summary ? finalResults(summary, finishedAt) : status.results
  const figures = summary ?? lastSeen(status.results)
  const base = { finishedAt, results, startedAt: end.startedAt ?? status.startTime }
  if (end.reason === 'Lost')
    return { ...base, passed: false, reason: 'InfrastructureFailed', message: end.message }
  if (end.reason === 'DeadlineExceeded')
    return {
      ...base,
      passed: false,
      reason: 'MaxDurationExceeded',
      message: tooLong(spec.maxDurationSeconds),
    }
  const broken = spec.thresholds && brokenThresholds(spec.thresholds, figures)
  const withBreaches = broken ? { ...base, breaches: broken } : base
  if (end.exitCode !== 0)
    return { ...withBreaches, passed: false, reason: 'TestFailed', message: failure(end, results) }
  if (broken && broken.length > 0)
    return {
      ...withBreaches,
      passed: false,
      reason: 'ThresholdsExceeded',
      message: `Load test did not meet its thresholds: ${broken.join('; ')}`,
    }
  return {
    ...withBreaches,
    passed: true,
    reason: 'TestSucceeded',
    message: 'Load test completed successfully',
  }
}

const tooLong = (seconds: number | undefined) =>
  seconds === undefined
    ? 'the test ran longer than this operator allows'
    : `the test ran longer than spec.maxDurationSeconds (${seconds} s)`

type Figures = { total: RequestFigures; requests: RequestFigures[] }

const brokenThresholds = (
  thresholds: NonNullable<Subject['spec']['thresholds']>,
  figures: Figures | undefined,
) =>
  figures ? breaches(thresholds, figures) : ['thresholds: the figures of the test are not known']

/** Live figures show at most the ten worst requests, so the log's are preferred. */
const lastSeen = (results: Results | undefined): Figures | undefined =>
  results && { total: { name: 'Aggregated', ...results }, requests: results.worst ?? [] }

function failure({ message }: MasterEnd, results: Results | undefined): string {
  const counts = results ? `: ${results.failures} of ${results.requests} requests failed` : ''
  return `Load test execution failed: ${message}${counts}`
}

/** The status when it is over. */
export function concluded({ generation }: Known, end: Conclusion): TestSaid {
  const { passed, reason, message } = end
  return {
    fields: {
      phase: passed ? 'Succeeded' : 'Failed',
      verdict: passed ? 'Passed' : 'Failed',
      observedGeneration: generation,
      completionTime: end.finishedAt,
      ...(end.startedAt && { startTime: end.startedAt }),
      ...(end.results && { results: { ...end.results, users: 0, final: true } }),
    },
    conditions: [
      ['TestCompleted', true, reason, message],
      // The last look may have come when the master was quitting.
      ['WorkersConnected', false, 'TestEnded', 'The test is over'],
      ...thresholds(end.breaches),
    ],
    events: [passed ? ['Normal', 'TestCompleted', message] : ['Warning', 'TestFailed', message]],
  }
}

function thresholds(breaches: string[] | undefined): TestCondition[] {
  if (!breaches) return []
  const met = breaches.length === 0
  const detail = met ? 'All thresholds are met' : breaches.join('; ')
  return [['ThresholdsMet', met, met ? 'Met' : 'Exceeded', detail]]
}
