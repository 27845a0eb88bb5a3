// What the EC2 types share: the client, tags at creation, tag changes, ARNs.
import { EC2, type ResourceType, type TagSpecification } from '@aws-sdk/client-ec2'
import type { AwsContext } from '../context.ts'
import { tagList } from '../tags.ts'
import type { TagChange } from '../type.ts'

export const ec2 = (ctx: AwsContext): EC2 => ctx.client(EC2)

/** Tagged in the call that makes it, so that a crash never leaves something nameless behind. */
export function tagged(
  ctx: AwsContext,
  kind: ResourceType,
): { TagSpecifications?: TagSpecification[] } {
  const tags = tagList(ctx.tags)
  return tags.length === 0 ? {} : { TagSpecifications: [{ ResourceType: kind, Tags: tags }] }
}

export async function tagEc2(ctx: AwsContext, id: string, change: TagChange): Promise<void> {
  if (change.remove.length > 0)
    await ec2(ctx).deleteTags({ Resources: [id], Tags: change.remove.map((Key) => ({ Key })) })
  if (Object.keys(change.set).length > 0)
    await ec2(ctx).createTags({ Resources: [id], Tags: tagList(change.set) })
}

export const ec2Arn = (ctx: AwsContext, owner: string | undefined, path: string): string =>
  `arn:${ctx.partition}:ec2:${ctx.region}:${owner ?? ''}:${path}`

/** The members that are set: the SDK would send `undefined` as it would send nothing, its types would not. */
export function present<T extends object>(args: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(args).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> } // just filtered
}

/** The id of what was made; AWS's types leave it open. */
export function made(id: string | undefined, what: string): string {
  if (id === undefined) throw new Error(`AWS answered without the id of the new ${what}`)
  return id
}
