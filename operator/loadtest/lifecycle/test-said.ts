// What there is to say of a LocustTest, and what a step comes to.
import type { locustTestReasons } from '../../api/locust/locust-reasons.ts'
import type {
  LocustTestSpec,
  LocustTestStatus,
  LocustTestV1Spec,
} from '../../api/locust/locust-types.ts'
import type { Context, Outcome } from '../../framework/index.ts'
import type { Said, SaidCondition } from '../said.ts'

export type TestContext = Context<LocustTestSpec | LocustTestV1Spec | undefined, LocustTestStatus>

type Reasons = typeof locustTestReasons
export type ReasonOf<Type extends keyof Reasons> = keyof Reasons[Type]
export type TestCondition = SaidCondition<Reasons>
export type TestSaid = Said<LocustTestStatus, Reasons>

export type Done = { outcome: Outcome; change: TestSaid }

/** Of what they say twice the later holds. */
export const joined = (...said: TestSaid[]): TestSaid => ({
  fields: Object.assign({}, ...said.map(({ fields }) => fields)) as NonNullable<TestSaid['fields']>, // each is of them
  conditions: said.flatMap(({ conditions = [] }) => conditions),
  events: said.flatMap(({ events = [] }) => events),
})
