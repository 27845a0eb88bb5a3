// What the EKS types share: the client, updates that are awaited one by one, roles that IAM has yet to spread.
import { EKS, type Update } from '@aws-sdk/client-eks'
import type { AwsContext } from '../context.ts'
import { isCode } from '../errors.ts'
import type { TagChange } from '../type.ts'

export const eks = (ctx: AwsContext): EKS => ctx.client(EKS)

const propagation =
  /does not exist|Error in role params|Role could not be assumed because the trusted entity is not correct|doesn't have the Amazon EKS Managed Policies|invalid principal|role with arn: .* could not be assumed/i

/** Refusals that pass when IAM has spread a new role. */
export const roleNotSpread = (error: unknown): boolean =>
  isCode(error, 'InvalidParameterException', 'InvalidRequestException') &&
  error instanceof Error &&
  propagation.test(error.message)

type Of = { name: string; nodegroupName?: string; addonName?: string }

/** Waits for an update to succeed; its failure is told in AWS's words. */
export async function awaitUpdate(
  ctx: AwsContext,
  of: Of,
  update: Update | undefined,
): Promise<void> {
  const id = update?.id
  if (id === undefined) return
  const done = await ctx.until(`EKS update (${id}) to succeed`, async () => {
    const { update: seen } = await eks(ctx).describeUpdate({ ...of, updateId: id })
    return seen?.status === 'InProgress' ? undefined : seen
  })
  if (done.status === 'Successful') return
  const errors = (done.errors ?? []).map((e) => `${e.errorCode}: ${e.errorMessage}`).join('\n')
  throw new Error(
    `waiting for EKS update (${id}): unexpected state '${done.status}', wanted target 'Successful'. last error: ${errors}`,
  )
}

export async function tagArn(ctx: AwsContext, arn: string, change: TagChange): Promise<void> {
  if (change.remove.length > 0)
    await eks(ctx).untagResource({ resourceArn: arn, tagKeys: change.remove })
  if (Object.keys(change.set).length > 0)
    await eks(ctx).tagResource({ resourceArn: arn, tags: change.set })
}

export const tagByArn = (ctx: AwsContext, _id: string, change: TagChange): Promise<void> =>
  tagArn(ctx, String(change.outputs['arn']), change)

type Issue = {
  code?: string | undefined
  message?: string | undefined
  resourceIds?: string[] | undefined
}

/** `unexpected state 'CREATE_FAILED', wanted target 'ACTIVE'. last error: ...`, as the real provider's waiter says it. */
export function unexpectedState(o: {
  what: string
  status: string | undefined
  wanted: string
  issues: Issue[] | undefined
}): Error {
  const issues = (o.issues ?? []).map(
    (issue) => `${(issue.resourceIds ?? []).join(', ')}: ${issue.code}: ${issue.message}`,
  )
  const last = issues.length > 0 ? `. last error: ${issues.join('\n')}` : ''
  return new Error(
    `waiting for ${o.what}: unexpected state '${o.status}', wanted target '${o.wanted}'${last}`,
  )
}

/** An id of two parts, as the real provider builds them. */
export function pair(id: string, separator: string): [string, string] {
  const at = id.indexOf(separator)
  if (at < 0) throw new Error(`malformed id "${id}": expected two parts joined by "${separator}"`)
  return [id.slice(0, at), id.slice(at + separator.length)]
}

/** Another operation on the cluster is under way: that passes. */
export const isBusy = (error: unknown): boolean =>
  isCode(error, 'ResourceInUseException') &&
  error instanceof Error &&
  /in progress|cannot be/i.test(error.message)

/** What a creation on a cluster may meet that passes. */
export const isTransient = (error: unknown): boolean => roleNotSpread(error) || isBusy(error)
