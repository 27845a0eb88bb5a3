// What a reconcile has to say of a test: fields, conditions and events. Collected as data, and told in one place.
import type { LocustTestSpec, LocustTestStatus } from '../../api/locust/locust-test-types.ts'
import type { LocustTestV1Spec } from '../../api/locust/locust-test-types.ts'
import type { Context, Outcome, StatusPatch } from '../../framework/index.ts'

export type TestContext = Context<LocustTestSpec | LocustTestV1Spec | undefined, LocustTestStatus>

export type SaidCondition = [
  type: string,
  status: boolean | 'Unknown',
  reason: string,
  message: string,
]
export type SaidEvent = [type: 'Normal' | 'Warning', reason: string, note: string]
export type Said = {
  /** undefined: the field goes. */
  fields?: StatusPatch<LocustTestStatus>
  conditions?: SaidCondition[]
  events?: SaidEvent[]
}

/** What a step comes to. */
export type Done = { outcome: Outcome; change: Said }

/** Of what they say twice the later holds. */
export const joined = (...changes: Said[]): Said => ({
  fields: Object.assign({}, ...changes.map(({ fields }) => fields)) as NonNullable<Said['fields']>, // each is of them
  conditions: changes.flatMap(({ conditions = [] }) => conditions),
  events: changes.flatMap(({ events = [] }) => events),
})

export function tell(c: TestContext, { fields = {}, conditions = [], events = [] }: Said): void {
  c.status(fields)
  for (const condition of conditions) c.condition(...condition)
  for (const event of events) c.event(...event)
}
