// The LocustSchedule kind, version v2 of group locust.io: load tests at times of a cron expression. Types only.
import type { LocustCondition, LocustTestSpec } from './locust-test-types.ts'

export type LocustScheduleSpec = {
  schedule: string
  timeZone?: string
  suspend?: boolean
  concurrencyPolicy?: 'Allow' | 'Forbid' | 'Replace'
  startingDeadlineSeconds?: number
  successfulTestsHistoryLimit?: number
  failedTestsHistoryLimit?: number
  testTemplate: {
    metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> }
    spec: LocustTestSpec
  }
}

export type LocustScheduleStatus = {
  observedGeneration?: number
  lastScheduleTime?: string
  nextScheduleTime?: string
  lastSuccessfulTime?: string
  /** Names of the tests that are not over. */
  active?: string[]
  conditions?: LocustCondition[]
}

export const locustSchedule = {
  group: 'locust.io',
  version: 'v2',
  kind: 'LocustSchedule',
  plural: 'locustschedules',
  namespaced: true,
} as const

/** With a dash and the minutes since 1970, the name of a test may have 56. */
export const longestScheduleName = 47
