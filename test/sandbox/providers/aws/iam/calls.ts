// What the IAM types share: the client, policies as text.
import { IAM } from '@aws-sdk/client-iam'
import type { AwsContext } from '../context.ts'

export const iam = (ctx: AwsContext): IAM => ctx.client(IAM)

/** Policies arrive as text or as an object; IAM gives them back percent-encoded. */
export const policyText = (policy: unknown): string =>
  typeof policy === 'string' ? policy : JSON.stringify(policy)

export const decodePolicy = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : decodeURIComponent(text)
