// The policy that docs/guides/install.md gives for a tenant's credentials, held against the calls of a test.
import { readFileSync } from 'node:fs'

type Statement = { Action: string[]; Condition?: { ArnEquals: { 'iam:PolicyARN': string[] } } }

const file = new URL('../../docs/guides/aws-policy.json', import.meta.url)
const { Statement: statements } = JSON.parse(readFileSync(file, 'utf8')) as {
  Statement: Statement[]
}

/** Actions that were called and that the policy does not allow. */
export function beyondPolicy(calls: { service: string; operation: string }[]): string[] {
  const called = new Set(calls.map(({ service, operation }) => `${service}:${operation}`))
  return [...called].filter((action) => !allowed.some((pattern) => pattern.test(action)))
}

/** The managed policies that roles may be given. */
export const grantablePolicies = (): string[] =>
  statements.flatMap(({ Condition }) => Condition?.ArnEquals['iam:PolicyARN'] ?? [])

const allowed = statements
  .flatMap(({ Action }) => Action)
  .map((action) => new RegExp(`^${action.replaceAll('*', '.*')}$`))
