// The policy that docs/guides/install.md gives for a tenant's credentials: a caller of the AWS double that is bound to it,
// and the actions that a test called beside it.
import { readFileSync } from 'node:fs'
import { policySchema } from '../sandbox/aws/iam/evaluate.ts'
import type { AwsDouble } from '../sandbox/aws/index.ts'

const file = new URL('../../docs/guides/aws-policy.json', import.meta.url)
export const guidePolicy = policySchema.parse(JSON.parse(readFileSync(file, 'utf8')))

/** A user who may do what the guide allows and nothing more. */
export const boundUser = {
  arn: 'arn:aws:iam::123456789012:user/bound',
  userId: 'AIDABOUND',
  policy: guidePolicy,
}

export const boundToGuide = ({ keys }: Pick<AwsDouble, 'keys'>) => keys.create(boundUser)

/** Actions that were called and that the policy does not allow. */
export function beyondPolicy(calls: { service: string; operation: string }[]): string[] {
  const called = new Set(calls.map(({ service, operation }) => `${service}:${operation}`))
  return [...called].filter((action) => !allowed.some((pattern) => pattern.test(action)))
}

/** The managed policies that roles may be given. */
export const grantablePolicies = (): string[] =>
  guidePolicy.Statement.flatMap(({ Condition }) => Condition?.ArnEquals?.['iam:PolicyARN'] ?? [])

const allowed = guidePolicy.Statement.flatMap(({ Action }) => Action).map(
  (action) => new RegExp(`^${action.replaceAll('*', '.*')}$`),
)
