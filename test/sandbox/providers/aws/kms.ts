// aws:kms key and alias. A key is not deleted but scheduled for it; that counts as gone.
import { KMS } from '@aws-sdk/client-kms'
import type { AliasArgs, AliasState } from '@pulumi/aws/kms/alias.js'
import type { KeyArgs, KeyState } from '@pulumi/aws/kms/key.js'
import type { AwsContext } from './context.ts'
import { made, present } from './ec2/calls.ts'
import { ifExists, isCode } from './errors.ts'
import { type AwsType, awsType, fixed, mutable } from './type.ts'

const kms = (ctx: AwsContext): KMS => ctx.client(KMS)

async function describe(ctx: AwsContext, id: string) {
  const found = (await ifExists(kms(ctx).describeKey({ KeyId: id })))?.KeyMetadata
  return found?.KeyState === 'PendingDeletion' ? undefined : found
}

const key = awsType<KeyArgs, KeyState>({
  label: 'KMS Key',
  inputs: {
    bypassPolicyLockoutSafetyCheck: mutable({ default: false, local: true }),
    customerMasterKeySpec: fixed({ default: 'SYMMETRIC_DEFAULT' }),
    deletionWindowInDays: mutable({ local: true }),
    description: mutable({ computed: true }),
    enableKeyRotation: mutable(),
    isEnabled: mutable({ default: true }),
    keyUsage: fixed({ default: 'ENCRYPT_DECRYPT' }),
    policy: mutable({ computed: true, json: true }),
    rotationPeriodInDays: mutable({ computed: true }),
    tags: mutable(),
  },
  async create(ctx, inputs) {
    const call = () =>
      kms(ctx).createKey({
        Tags: Object.entries(ctx.tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue })),
        BypassPolicyLockoutSafetyCheck: inputs.bypassPolicyLockoutSafetyCheck === true,
        KeyUsage: inputs.keyUsage === 'SIGN_VERIFY' ? 'SIGN_VERIFY' : 'ENCRYPT_DECRYPT',
        ...present({ Description: inputs.description, Policy: inputs.policy }),
      })
    // A principal in the policy may be too new.
    const answer = await ctx.retrying(call, (error) =>
      isCode(error, 'MalformedPolicyDocumentException'),
    )
    return made(answer.KeyMetadata?.KeyId, 'key')
  },
  async ready(ctx, id, inputs) {
    if (inputs.enableKeyRotation === true) await rotate(ctx, id, inputs.rotationPeriodInDays)
    if (inputs.isEnabled === false) await kms(ctx).disableKey({ KeyId: id })
  },
  async read(ctx, id) {
    const found = await describe(ctx, id)
    if (!found) return undefined
    const [rotation, policy, tags] = await Promise.all([
      kms(ctx).getKeyRotationStatus({ KeyId: id }),
      kms(ctx).getKeyPolicy({ KeyId: id, PolicyName: 'default' }),
      kms(ctx).listResourceTags({ KeyId: id }),
    ])
    return {
      arn: found.Arn,
      customerMasterKeySpec: found.KeySpec ?? 'SYMMETRIC_DEFAULT',
      description: found.Description ?? '',
      enableKeyRotation: rotation.KeyRotationEnabled ?? false,
      isEnabled: found.Enabled ?? true,
      keyId: found.KeyId,
      keyUsage: found.KeyUsage,
      multiRegion: found.MultiRegion ?? false,
      policy: policy.Policy,
      rotationPeriodInDays: rotation.RotationPeriodInDays,
      tagsAll: Object.fromEntries(
        (tags.Tags ?? []).map((tag) => [tag.TagKey ?? '', tag.TagValue ?? '']),
      ),
    }
  },
  async update(ctx, id, { inputs, changed }) {
    if (changed.has('isEnabled') && inputs.isEnabled !== false)
      await kms(ctx).enableKey({ KeyId: id })
    if (changed.has('enableKeyRotation') || changed.has('rotationPeriodInDays'))
      await (inputs.enableKeyRotation === true
        ? rotate(ctx, id, inputs.rotationPeriodInDays)
        : kms(ctx).disableKeyRotation({ KeyId: id }))
    if (changed.has('description'))
      await kms(ctx).updateKeyDescription({ KeyId: id, Description: inputs.description ?? '' })
    if (changed.has('policy'))
      await kms(ctx).putKeyPolicy({ KeyId: id, PolicyName: 'default', Policy: inputs.policy })
    if (changed.has('isEnabled') && inputs.isEnabled === false)
      await kms(ctx).disableKey({ KeyId: id })
  },
  async tag(ctx, id, change) {
    if (change.remove.length > 0)
      await kms(ctx).untagResource({ KeyId: id, TagKeys: change.remove })
    const set = Object.entries(change.set).map(([TagKey, TagValue]) => ({ TagKey, TagValue }))
    if (set.length > 0) await kms(ctx).tagResource({ KeyId: id, Tags: set })
  },
  async delete(ctx, id, state) {
    if (!(await describe(ctx, id))) return
    await ifExists(
      kms(ctx).scheduleKeyDeletion({
        KeyId: id,
        ...present({ PendingWindowInDays: state.deletionWindowInDays }),
      }),
    )
    await ctx.until('KMS Key to be pending deletion', async () =>
      (await describe(ctx, id)) ? undefined : true,
    )
  },
})

const rotate = (ctx: AwsContext, id: string, days: number | undefined) =>
  kms(ctx).enableKeyRotation({ KeyId: id, ...present({ RotationPeriodInDays: days }) })

async function findAlias(ctx: AwsContext, name: string, marker?: string) {
  const page = await kms(ctx).listAliases(marker === undefined ? {} : { Marker: marker })
  const found = page.Aliases?.find((alias) => alias.AliasName === name)
  if (found || page.Truncated !== true) return found
  return findAlias(ctx, name, page.NextMarker)
}

const keyIdOf = (value: string): string => value.slice(value.lastIndexOf('/') + 1)

const alias = awsType<AliasArgs, AliasState>({
  label: 'KMS Alias',
  inputs: {
    name: fixed({ autoname: { prefix: 'alias/', max: 250 } }),
    // Given as an id or an ARN, reported as an id.
    targetKeyId: mutable({ local: true }),
  },
  async create(ctx, inputs) {
    const name = inputs.name ?? ''
    await ctx.retrying(
      () => kms(ctx).createAlias({ AliasName: name, TargetKeyId: keyIdOf(inputs.targetKeyId) }),
      (error) => isCode(error, 'NotFoundException'),
      60_000,
    )
    return name
  },
  async read(ctx, id) {
    const found = await findAlias(ctx, id)
    if (!found) return undefined
    const prefix = `arn:${ctx.partition}:kms:${ctx.region}:${await ctx.account()}`
    return {
      arn: found.AliasArn,
      name: found.AliasName,
      targetKeyArn: `${prefix}:key/${found.TargetKeyId}`,
      targetKeyId: found.TargetKeyId,
    }
  },
  async update(ctx, id, { inputs, changed }) {
    if (changed.has('targetKeyId'))
      await kms(ctx).updateAlias({ AliasName: id, TargetKeyId: keyIdOf(inputs.targetKeyId) })
  },
  async delete(ctx, id) {
    await ifExists(kms(ctx).deleteAlias({ AliasName: id }))
  },
})

export const types: Record<string, AwsType> = {
  'aws:kms/key:Key': key,
  'aws:kms/alias:Alias': alias,
}
