// aws:cloudwatch/logGroup:LogGroup.
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import type { LogGroupArgs, LogGroupState } from '@pulumi/aws/cloudwatch/logGroup.js'
import type { AwsContext } from './context.ts'
import { present } from './ec2/calls.ts'
import { ifExists } from './errors.ts'
import { withoutSystemTags } from './tags.ts'
import { type AwsType, awsType, fixed, mutable } from './type.ts'

const logs = (ctx: AwsContext): CloudWatchLogs => ctx.client(CloudWatchLogs)

async function describe(ctx: AwsContext, name: string) {
  const answer = await ifExists(logs(ctx).describeLogGroups({ logGroupNamePrefix: name }))
  return answer?.logGroups?.find((group) => group.logGroupName === name)
}

const arnOf = (arn: string | undefined): string => (arn ?? '').replace(/:\*$/, '')

const logGroup = awsType<LogGroupArgs, LogGroupState>({
  label: 'CloudWatch Logs Log Group',
  inputs: {
    name: fixed({ autoname: { max: 512 } }),
    kmsKeyId: mutable(),
    logGroupClass: fixed({ computed: true }),
    retentionInDays: mutable({ default: 0 }),
    skipDestroy: mutable({ default: false, local: true }),
    tags: mutable(),
  },
  async create(ctx, inputs) {
    const logGroupName = inputs.name ?? ''
    await logs(ctx).createLogGroup({
      logGroupName,
      ...present({ kmsKeyId: inputs.kmsKeyId }),
      ...(Object.keys(ctx.tags).length > 0 ? { tags: ctx.tags } : {}),
    })
    return logGroupName
  },
  async ready(ctx, id, inputs) {
    if (inputs.retentionInDays) await setRetention(ctx, id, inputs.retentionInDays)
  },
  async read(ctx, id) {
    const found = await describe(ctx, id)
    if (!found) return undefined
    const resourceArn = arnOf(found.arn)
    const answer = await ifExists(logs(ctx).listTagsForResource({ resourceArn }))
    return {
      arn: resourceArn,
      kmsKeyId: found.kmsKeyId ?? '',
      logGroupClass: found.logGroupClass ?? 'STANDARD',
      name: found.logGroupName,
      retentionInDays: found.retentionInDays ?? 0,
      tagsAll: withoutSystemTags(answer?.tags),
    }
  },
  async update(ctx, id, { inputs, changed }) {
    if (changed.has('retentionInDays')) await setRetention(ctx, id, inputs.retentionInDays ?? 0)
    if (!changed.has('kmsKeyId')) return
    await (inputs.kmsKeyId
      ? logs(ctx).associateKmsKey({ logGroupName: id, kmsKeyId: inputs.kmsKeyId })
      : logs(ctx).disassociateKmsKey({ logGroupName: id }))
  },
  async tag(ctx, _id, change) {
    const resourceArn = String(change.outputs['arn'])
    if (change.remove.length > 0)
      await logs(ctx).untagResource({ resourceArn, tagKeys: change.remove })
    if (Object.keys(change.set).length > 0)
      await logs(ctx).tagResource({ resourceArn, tags: change.set })
  },
  async delete(ctx, id, state) {
    if (state.skipDestroy === true) return
    await ifExists(logs(ctx).deleteLogGroup({ logGroupName: id }))
  },
})

const setRetention = (ctx: AwsContext, name: string, days: number): Promise<unknown> =>
  days > 0
    ? logs(ctx).putRetentionPolicy({ logGroupName: name, retentionInDays: days })
    : logs(ctx).deleteRetentionPolicy({ logGroupName: name })

export const types: Record<string, AwsType> = { 'aws:cloudwatch/logGroup:LogGroup': logGroup }
