// The status of a LocustSchedule after a look at it. Pure: from what is known, owed and done, what the status is to say.
import type { locustScheduleReasons } from '../../api/locust/locust-reasons.ts'
import type { LocustScheduleStatus } from '../../api/locust/locust-types.ts'
import { metaTime } from '../../framework/index.ts'
import type { Said, SaidCondition } from '../said.ts'
import type { KnownSchedule, Plan } from './plan.ts'

type Reasons = typeof locustScheduleReasons
type Condition = SaidCondition<Reasons>
export type ScheduleSaid = Said<LocustScheduleStatus, Reasons>

/** The test of a time, and what became of it. */
export type Begun = { name: string; outcome: 'created' | 'there' | { refused: string } }

/** Nothing is owed of a schedule that cannot be read. */
export const illTimed = (message: string): ScheduleSaid => ({
  conditions: [['Ready', false, 'InvalidSpec', message]],
})

export function scheduled(
  known: KnownSchedule,
  todo: Plan,
  begun: Begun | undefined,
): ScheduleSaid {
  const succeeded = known.tests
    .filter(({ status }) => status?.phase === 'Succeeded')
    .map(({ status }) => status?.completionTime ?? '')
    .toSorted()
    .at(-1)
  return {
    fields: {
      observedGeneration: known.generation,
      active: activeOf(todo, begun),
      nextScheduleTime: todo.next && metaTime(todo.next),
      ...(todo.begin && { lastScheduleTime: metaTime(todo.begin) }),
      ...(succeeded && { lastSuccessfulTime: succeeded }),
    },
    conditions: [readiness(known, todo, begun)],
    events: eventsOf(begun),
  }
}

const refusalOf = (begun: Begun | undefined) =>
  typeof begun?.outcome === 'object' ? begun.outcome.refused : undefined

function activeOf(todo: Plan, begun: Begun | undefined): string[] {
  const removed = new Set(todo.remove.map(({ metadata }) => metadata.name))
  const kept = todo.active.map(({ metadata }) => metadata.name).filter((name) => !removed.has(name))
  const added = begun && refusalOf(begun) === undefined ? [begun.name] : []
  return [...new Set([...kept, ...added])].toSorted()
}

function eventsOf(begun: Begun | undefined): NonNullable<ScheduleSaid['events']> {
  if (begun?.outcome === 'created')
    return [['Normal', 'Created', `Created LocustTest ${begun.name}`]]
  const refused = refusalOf(begun)
  return refused === undefined ? [] : [['Warning', 'TestRefused', refused]]
}

function readiness(
  { spec, status, generation }: KnownSchedule,
  todo: Plan,
  begun?: Begun,
): Condition {
  const refused = refusalOf(begun)
  if (refused !== undefined) return ['Ready', false, 'TestRefused', refused]
  if (spec.suspend) return ['Ready', true, 'Suspended', 'spec.suspend is true']
  if (todo.waits) return ['Ready', true, 'Waiting', 'The test before is not over yet']
  if (!todo.next) return ['Ready', false, 'NeverDue', 'spec.schedule: that time never comes']
  const said = status.conditions?.find(({ type }) => type === 'Ready')
  // A refusal stays until a test could be begun, or the spec has changed.
  if (said?.reason === 'TestRefused' && !begun && status.observedGeneration === generation)
    return ['Ready', false, said.reason, said.message]
  return ['Ready', true, 'Scheduled', 'Tests begin at their times']
}
