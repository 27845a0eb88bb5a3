// What a reconcile has to say of a test: fields, conditions and events. Collected as data, and told in one place.
import type { LocustTestSpec, LocustTestStatus } from '../../api/locust/locust-test-types.ts'
import type { LocustTestV1Spec } from '../../api/locust/locust-test-types.ts'
import type { Context, Outcome, StatusPatch } from '../../framework/index.ts'

export type TestContext = Context<LocustTestSpec | LocustTestV1Spec | undefined, LocustTestStatus>

export type ConditionChange = [
  type: string,
  status: boolean | 'Unknown',
  reason: string,
  message: string,
]
export type EventChange = [type: 'Normal' | 'Warning', reason: string, note: string]
export type Change = {
  /** undefined: the field goes. */
  fields?: StatusPatch<LocustTestStatus>
  conditions?: ConditionChange[]
  events?: EventChange[]
}

/** What a step comes to. */
export type Done = { outcome: Outcome; change: Change }

/** Of what they say twice the later holds. */
export const joined = (...changes: Change[]): Change => ({
  fields: Object.assign({}, ...changes.map(({ fields }) => fields)) as NonNullable<
    Change['fields']
  >, // of Changes
  conditions: changes.flatMap(({ conditions = [] }) => conditions),
  events: changes.flatMap(({ events = [] }) => events),
})

export function tell(c: TestContext, { fields = {}, conditions = [], events = [] }: Change): void {
  c.status(fields)
  for (const condition of conditions) c.condition(...condition)
  for (const event of events) c.event(...event)
}
