// IAM's evaluation of an identity's policy, as far as docs/guides/aws-policy.json uses it: what is not allowed is denied,
// a Deny wins. A condition or an element that is not known here throws, for it must not be passed over.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
import { z } from 'zod'

const texts = z.union([z.string().transform((one) => [one]), z.array(z.string())])
const operators = ['StringEquals', 'StringLike', 'ArnEquals', 'ArnLike', 'Bool', 'Null'] as const
type Operator = (typeof operators)[number]

export const policySchema = z.strictObject({
  Version: z.literal('2012-10-17'),
  Statement: z.array(
    z.strictObject({
      Sid: z.string().optional(),
      Effect: z.enum(['Allow', 'Deny']),
      Action: texts,
      Resource: texts,
      Condition: z.partialRecord(z.enum(operators), z.record(z.string(), texts)).optional(),
    }),
  ),
})
export type Policy = z.infer<typeof policySchema>
type Statement = Policy['Statement'][number]

/** One check of one action on one resource. Keys of the context in the case of AWS's reference. */
export type Demand = { action: string; resource: string; context: Record<string, string> }

export function allows(policy: Policy, demand: Demand): boolean {
  const fitting = policy.Statement.filter((statement) => fits(statement, demand))
  return fitting.length > 0 && fitting.every(({ Effect }) => Effect === 'Allow')
}

function fits(statement: Statement, { action, resource, context }: Demand): boolean {
  const { Action, Resource, Condition = {} } = statement
  return (
    Action.some((pattern) => matches(pattern.toLowerCase(), action.toLowerCase())) &&
    Resource.some((pattern) => matches(pattern, resource)) &&
    Object.entries(Condition).every(([operator, keys]) =>
      // zod has made sure that it is one of them.
      Object.entries(keys).every(([key, wanted]) =>
        holds(operator as Operator, context[key], wanted),
      ),
    )
  )
}

/** A key that the request has not is a condition that does not hold, but for Null. */
function holds(operator: Operator, value: string | undefined, wanted: readonly string[]): boolean {
  if (operator === 'Null')
    return wanted.some((absent) => (absent === 'true') === (value === undefined))
  if (value === undefined) return false
  if (operator === 'StringLike' || operator === 'ArnLike' || operator === 'ArnEquals')
    return wanted.some((pattern) => matches(pattern, value))
  return wanted.includes(value)
}

function matches(pattern: string, text: string): boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, 's').test(text)
}
