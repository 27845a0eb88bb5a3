// What a LocustSchedule owes at a moment: which test to begin, which to delete, when to look again. Pure.
import type { LocustScheduleSpec, LocustScheduleStatus } from '../../api/locust/locust-types.ts'
import type { LocustTest } from '../spec/subject.ts'
import { parseCron, type Cron } from './cron.ts'

export type Plan = {
  /** The time that a test is begun for. */
  begin?: Date
  /** A test is due, and waits for one that is not over. */
  waits: boolean
  remove: LocustTest[]
  active: LocustTest[]
  next?: Date
}

export type KnownSchedule = {
  spec: LocustScheduleSpec
  status: LocustScheduleStatus
  generation?: number | undefined
  createdAt: string
  tests: LocustTest[]
  now: Date
}

const minuteMs = 60_000

/** Throws BadCron. */
export function plan(known: KnownSchedule): Plan {
  const { spec, tests, now } = known
  const cron = parseCron(spec.schedule, spec.timeZone, lastTime(known))
  const active = tests.filter((test) => !isOver(test) && !test.metadata.deletionTimestamp)
  const next = cron.next(now)
  const due = spec.suspend ? undefined : dueTime(cron, known)
  const policy = spec.concurrencyPolicy ?? 'Forbid'
  const waits = due !== undefined && policy === 'Forbid' && active.length > 0
  const begin = waits ? undefined : due
  const replaced = begin && policy === 'Replace' ? active : []
  return {
    ...(begin && { begin }),
    waits,
    remove: [...replaced, ...outdated(known)],
    active,
    ...(next && !spec.suspend && { next }),
  }
}

/** The same for the same time, so that no test is begun twice. */
export const testName = (schedule: string, time: Date): string =>
  `${schedule}-${Math.floor(time.getTime() / minuteMs)}`

const isOver = ({ status }: LocustTest) =>
  status?.phase === 'Succeeded' || status?.phase === 'Failed'

/** What the next time comes after. */
const lastTime = ({ status, createdAt }: KnownSchedule) =>
  new Date(status.lastScheduleTime ?? createdAt)

/** The latest time that has come, has had no test, and is not too long ago. */
function dueTime(cron: Cron, known: KnownSchedule): Date | undefined {
  const { spec, now } = known
  const deadlineMs = (spec.startingDeadlineSeconds ?? 300) * 1000
  const since = Math.max(lastTime(known).getTime(), now.getTime() - deadlineMs - 1)
  let due: Date | undefined
  for (let at = cron.next(new Date(since)); at && at <= now; at = cron.next(at)) due = at
  return due
}

/** Of those that are over, the oldest beyond what the limits keep. */
function outdated({ spec, tests }: KnownSchedule): LocustTest[] {
  const beyond = (phase: 'Succeeded' | 'Failed', limit: number) =>
    tests
      .filter(({ status, metadata }) => status?.phase === phase && !metadata.deletionTimestamp)
      .toSorted((a, b) => created(b).localeCompare(created(a)))
      .slice(limit)
  return [
    ...beyond('Succeeded', spec.successfulTestsHistoryLimit ?? 3),
    ...beyond('Failed', spec.failedTestsHistoryLimit ?? 1),
  ]
}

const created = ({ metadata }: LocustTest) => metadata.creationTimestamp ?? ''
