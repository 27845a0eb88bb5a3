// moto goes on showing the tags that a launch template was made with, whatever was changed since; AWS shows what there is.
import { DescribeTagsCommand } from '@aws-sdk/client-ec2'
import { escapeXml } from '../errors.ts'
import type { Answer, GuardDeps } from './guard.ts'

export const describeLaunchTemplates =
  (d: GuardDeps, forward: Answer): Answer =>
  async (call) => {
    const reply = await forward(call)
    const ids = [...reply.body.matchAll(/<launchTemplateId>([^<]+)</g)].map(([, id = '']) => id)
    // One at a time is how providers ask; the answer for several does not say which tags are whose.
    if (ids.length !== 1) return reply
    const { Tags = [] } = await d.moto
      .ec2(call.region)
      .send(new DescribeTagsCommand({ Filters: [{ Name: 'resource-id', Values: ids }] }))
    const items = Tags.map(
      ({ Key = '', Value = '' }) =>
        `<item><key>${escapeXml(Key)}</key><value>${escapeXml(Value)}</value></item>`,
    )
    const body = reply.body.replace(
      /<tagSet\s*\/>|<tagSet>[^]*?<\/tagSet>/,
      () => `<tagSet>${items.join('')}</tagSet>`,
    )
    return { ...reply, body }
  }
