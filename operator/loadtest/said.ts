// What a reconcile has to say of its object: fields, conditions and events. Collected as data, and told in one place. The
// compiler holds conditions to the reasons of the kind's catalogue, of which a process loads nothing.
import type { ConditionReasons } from '../api/faults/reason.ts'
import type { Context, StatusPatch } from '../framework/index.ts'

export type SaidCondition<Reasons extends ConditionReasons> = {
  [Type in keyof Reasons & string]: [
    type: Type,
    status: boolean | 'Unknown',
    reason: keyof Reasons[Type] & string,
    message: string,
  ]
}[keyof Reasons & string]
export type SaidEvent = [type: 'Normal' | 'Warning', reason: string, note: string]
export type Said<Status, Reasons extends ConditionReasons> = {
  /** undefined: the field goes. */
  fields?: StatusPatch<Status>
  conditions?: SaidCondition<Reasons>[]
  events?: SaidEvent[]
}

export function tell<Spec, Status, Reasons extends ConditionReasons>(
  c: Context<Spec, Status>,
  { fields = {}, conditions = [], events = [] }: Said<Status, Reasons>,
): void {
  c.status(fields)
  for (const [type, status, reason, message] of conditions)
    c.condition(type, status, reason, message)
  for (const event of events) c.event(...event)
}
