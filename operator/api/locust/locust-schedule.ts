// The LocustSchedule kind, version v2 of group locust.io: load tests at times of a cron expression. Its schemas, and the types
// made of them, are beside this file.

export const locustSchedule = {
  group: 'locust.io',
  version: 'v2',
  kind: 'LocustSchedule',
  plural: 'locustschedules',
  namespaced: true,
} as const

/** With a dash and the minutes since 1970, the name of a test may have 56. */
export const longestScheduleName = 47
