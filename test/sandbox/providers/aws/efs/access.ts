// aws:efs access point, file system policy and backup policy.
import type { AccessPointArgs, AccessPointState } from '@pulumi/aws/efs/accessPoint.js'
import type { BackupPolicyArgs, BackupPolicyState } from '@pulumi/aws/efs/backupPolicy.js'
import type {
  FileSystemPolicyArgs,
  FileSystemPolicyState,
} from '@pulumi/aws/efs/fileSystemPolicy.js'
import { orEmpty } from '../../values.ts'
import type { AwsContext } from '../context.ts'
import { made, present } from '../ec2/calls.ts'
import { efs, tagEfs } from './file-system.ts'
import { ifExists } from '../errors.ts'
import { fromTagList, tagList } from '../tags.ts'
import { type AwsType, awsType, fixed, mutable } from '../type.ts'

const describe = async (ctx: AwsContext, id: string) =>
  (await ifExists(efs(ctx).describeAccessPoints({ AccessPointId: id })))?.AccessPoints?.[0]

const accessPoint = awsType<AccessPointArgs, AccessPointState>({
  label: 'EFS Access Point',
  inputs: {
    fileSystemId: fixed(),
    posixUser: fixed(),
    rootDirectory: fixed({ computed: true }),
    tags: mutable(),
  },
  async create(ctx, inputs) {
    const { posixUser: user, rootDirectory: root } = inputs
    const owner = root?.creationInfo
    const answer = await efs(ctx).createAccessPoint({
      ClientToken: ctx.token,
      FileSystemId: inputs.fileSystemId,
      Tags: tagList(ctx.tags),
      ...present({
        PosixUser: user && {
          Uid: user.uid,
          Gid: user.gid,
          SecondaryGids: user.secondaryGids ?? [],
        },
        RootDirectory:
          root &&
          present({
            Path: root.path,
            CreationInfo: owner && {
              OwnerUid: owner.ownerUid,
              OwnerGid: owner.ownerGid,
              Permissions: owner.permissions,
            },
          }),
      }),
    })
    return made(answer.AccessPointId, 'access point')
  },
  async ready(ctx, id) {
    await ctx.until(`EFS Access Point (${id}) to be available`, async () =>
      (await describe(ctx, id))?.LifeCycleState === 'available' ? true : undefined,
    )
  },
  async read(ctx, id) {
    const found = await describe(ctx, id)
    if (!found) return undefined
    const { PosixUser: user, RootDirectory: root } = found
    const owner = root?.CreationInfo
    const path = `arn:${ctx.partition}:elasticfilesystem:${ctx.region}:${found.OwnerId ?? (await ctx.account())}`
    return {
      arn: found.AccessPointArn,
      fileSystemArn: `${path}:file-system/${found.FileSystemId}`,
      fileSystemId: found.FileSystemId,
      ownerId: found.OwnerId ?? (await ctx.account()),
      posixUser: user && {
        uid: user.Uid ?? 0,
        gid: user.Gid ?? 0,
        secondaryGids: user.SecondaryGids,
      },
      rootDirectory: root && {
        path: root.Path,
        creationInfo: owner && {
          ownerUid: owner.OwnerUid ?? 0,
          ownerGid: owner.OwnerGid ?? 0,
          permissions: orEmpty(owner.Permissions),
        },
      },
      tagsAll: fromTagList(found.Tags),
    }
  },
  tag: tagEfs,
  async delete(ctx, id) {
    await ifExists(efs(ctx).deleteAccessPoint({ AccessPointId: id }))
    await ctx.until('EFS Access Point to be gone', async () =>
      (await describe(ctx, id)) ? undefined : true,
    )
  },
})

const fileSystemPolicy = awsType<FileSystemPolicyArgs, FileSystemPolicyState>({
  label: 'EFS File System Policy',
  inputs: {
    fileSystemId: fixed(),
    policy: mutable({ json: true }),
    bypassPolicyLockoutSafetyCheck: mutable({ local: true }),
  },
  async create(ctx, inputs) {
    await putPolicy(ctx, inputs.fileSystemId, inputs)
    return inputs.fileSystemId
  },
  async read(ctx, id) {
    const found = await ifExists(efs(ctx).describeFileSystemPolicy({ FileSystemId: id }))
    return found && { fileSystemId: id, policy: found.Policy }
  },
  update: (ctx, id, { inputs }) => putPolicy(ctx, id, inputs),
  async delete(ctx, id) {
    await ifExists(efs(ctx).deleteFileSystemPolicy({ FileSystemId: id }))
  },
})

async function putPolicy(
  ctx: AwsContext,
  id: string,
  inputs: { policy: string; bypassPolicyLockoutSafetyCheck?: boolean | undefined },
): Promise<void> {
  await efs(ctx).putFileSystemPolicy({
    FileSystemId: id,
    Policy: inputs.policy,
    ...present({ BypassPolicyLockoutSafetyCheck: inputs.bypassPolicyLockoutSafetyCheck }),
  })
}

const backupPolicy = awsType<BackupPolicyArgs, BackupPolicyState>({
  label: 'EFS Backup Policy',
  inputs: { fileSystemId: fixed(), backupPolicy: mutable() },
  async create(ctx, inputs) {
    await putBackup(ctx, inputs.fileSystemId, inputs.backupPolicy.status)
    return inputs.fileSystemId
  },
  async read(ctx, id) {
    const found = await ifExists(efs(ctx).describeBackupPolicy({ FileSystemId: id }))
    const status = found?.BackupPolicy?.Status
    if (status === undefined || status === 'DISABLED') return undefined
    return { fileSystemId: id, backupPolicy: { status } }
  },
  update: (ctx, id, { inputs }) => putBackup(ctx, id, inputs.backupPolicy.status),
  async delete(ctx, id) {
    const found = await ifExists(efs(ctx).describeBackupPolicy({ FileSystemId: id }))
    if (found) await ifExists(putBackup(ctx, id, 'DISABLED'))
  },
})

async function putBackup(ctx: AwsContext, id: string, wanted: string): Promise<void> {
  const status = wanted === 'ENABLED' ? 'ENABLED' : 'DISABLED'
  await efs(ctx).putBackupPolicy({ FileSystemId: id, BackupPolicy: { Status: status } })
  await ctx.until(`EFS Backup Policy (${id}) to be ${status}`, async () => {
    const found = await ifExists(efs(ctx).describeBackupPolicy({ FileSystemId: id }))
    return (found?.BackupPolicy?.Status ?? 'DISABLED') === status ? true : undefined
  })
}

export const types: Record<string, AwsType> = {
  'aws:efs/accessPoint:AccessPoint': accessPoint,
  'aws:efs/fileSystemPolicy:FileSystemPolicy': fileSystemPolicy,
  'aws:efs/backupPolicy:BackupPolicy': backupPolicy,
}
