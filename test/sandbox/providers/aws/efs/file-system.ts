// aws:efs file system and mount target.
import {
  EFS,
  type LifecyclePolicy,
  type PerformanceMode,
  type ThroughputMode,
} from '@aws-sdk/client-efs'
import type { FileSystemArgs, FileSystemState } from '@pulumi/aws/efs/fileSystem.js'
import type { MountTargetArgs, MountTargetState } from '@pulumi/aws/efs/mountTarget.js'
import type { Unwrap } from '@pulumi/pulumi'
import type { AwsContext } from '../context.ts'
import { made, present } from '../ec2/calls.ts'
import { ifExists } from '../errors.ts'
import { fromTagList, tagList } from '../tags.ts'
import { type AwsType, type TagChange, awsType, fixed, mutable } from '../type.ts'

export const efs = (ctx: AwsContext): EFS => ctx.client(EFS)

export async function tagEfs(ctx: AwsContext, id: string, change: TagChange): Promise<void> {
  if (change.remove.length > 0)
    await efs(ctx).untagResource({ ResourceId: id, TagKeys: change.remove })
  if (Object.keys(change.set).length > 0)
    await efs(ctx).tagResource({ ResourceId: id, Tags: tagList(change.set) })
}

const describe = async (ctx: AwsContext, id: string) =>
  (await ifExists(efs(ctx).describeFileSystems({ FileSystemId: id })))?.FileSystems?.[0]

const fileSystem = awsType<FileSystemArgs, FileSystemState>({
  label: 'EFS file system',
  inputs: {
    availabilityZoneName: fixed({ computed: true }),
    creationToken: fixed({ autoname: { max: 64 } }),
    encrypted: fixed({ computed: true }),
    kmsKeyId: fixed({ computed: true }),
    lifecyclePolicies: mutable(),
    performanceMode: fixed({ computed: true }),
    provisionedThroughputInMibps: mutable(),
    throughputMode: mutable({ default: 'bursting' }),
    tags: mutable(),
  },
  async create(ctx, inputs) {
    const answer = await efs(ctx).createFileSystem({
      CreationToken: inputs.creationToken,
      Tags: tagList(ctx.tags),
      ...present({
        AvailabilityZoneName: inputs.availabilityZoneName,
        Encrypted: inputs.encrypted,
        KmsKeyId: inputs.kmsKeyId,
        PerformanceMode: inputs.performanceMode as PerformanceMode | undefined, // AWS refuses others
        ProvisionedThroughputInMibps: inputs.provisionedThroughputInMibps,
        ThroughputMode: inputs.throughputMode as ThroughputMode | undefined, // AWS refuses others
      }),
    })
    return made(answer.FileSystemId, 'file system')
  },
  async ready(ctx, id, inputs) {
    await untilAvailable(ctx, id)
    if (inputs.lifecyclePolicies?.length) await putLifecycle(ctx, id, inputs.lifecyclePolicies)
  },
  async read(ctx, id) {
    const found = await describe(ctx, id)
    if (!found) return undefined
    const lifecycle = await efs(ctx).describeLifecycleConfiguration({ FileSystemId: id })
    return {
      arn: found.FileSystemArn,
      availabilityZoneId: found.AvailabilityZoneId ?? '',
      availabilityZoneName: found.AvailabilityZoneName ?? '',
      creationToken: found.CreationToken,
      dnsName: `${id}.efs.${ctx.region}.amazonaws.com`,
      encrypted: found.Encrypted ?? false,
      kmsKeyId: found.KmsKeyId ?? '',
      lifecyclePolicies: (lifecycle.LifecyclePolicies ?? []).map((policy) => ({
        transitionToArchive: policy.TransitionToArchive,
        transitionToIa: policy.TransitionToIA,
        transitionToPrimaryStorageClass: policy.TransitionToPrimaryStorageClass,
      })),
      name: found.Name ?? '',
      numberOfMountTargets: found.NumberOfMountTargets,
      ownerId: found.OwnerId,
      performanceMode: found.PerformanceMode,
      provisionedThroughputInMibps: found.ProvisionedThroughputInMibps ?? 0,
      sizeInBytes: [{ value: found.SizeInBytes?.Value ?? 0 }],
      throughputMode: found.ThroughputMode,
      tagsAll: fromTagList(found.Tags),
    }
  },
  async update(ctx, id, { inputs, changed }) {
    if (changed.has('throughputMode') || changed.has('provisionedThroughputInMibps')) {
      await efs(ctx).updateFileSystem({
        FileSystemId: id,
        ...present({
          ThroughputMode: inputs.throughputMode as ThroughputMode | undefined, // AWS refuses others
          ProvisionedThroughputInMibps: inputs.provisionedThroughputInMibps,
        }),
      })
      await untilAvailable(ctx, id)
    }
    if (changed.has('lifecyclePolicies'))
      await putLifecycle(ctx, id, inputs.lifecyclePolicies ?? [])
  },
  tag: tagEfs,
  async delete(ctx, id) {
    await ifExists(efs(ctx).deleteFileSystem({ FileSystemId: id }))
    await ctx.until('EFS file system to be gone', async () =>
      (await describe(ctx, id)) ? undefined : true,
    )
  },
})

async function untilAvailable(ctx: AwsContext, id: string): Promise<void> {
  await ctx.until(`EFS file system (${id}) to be available`, async () =>
    (await describe(ctx, id))?.LifeCycleState === 'available' ? true : undefined,
  )
}

type Lifecycle = NonNullable<Unwrap<FileSystemArgs>['lifecyclePolicies']>

const putLifecycle = (ctx: AwsContext, id: string, policies: Lifecycle) =>
  efs(ctx).putLifecycleConfiguration({
    FileSystemId: id,
    LifecyclePolicies: policies.map((policy) =>
      present({
        TransitionToArchive: policy.transitionToArchive,
        TransitionToIA: policy.transitionToIa,
        TransitionToPrimaryStorageClass: policy.transitionToPrimaryStorageClass,
      }),
    ) as LifecyclePolicy[], // AWS refuses values outside its enums
  })

const describeTarget = async (ctx: AwsContext, id: string) =>
  (await ifExists(efs(ctx).describeMountTargets({ MountTargetId: id })))?.MountTargets?.[0]

const mountTarget = awsType<MountTargetArgs, MountTargetState>({
  label: 'EFS Mount Target',
  timeouts: { create: 1800, delete: 600 },
  inputs: {
    fileSystemId: fixed(),
    ipAddress: fixed({ computed: true }),
    securityGroups: mutable({ computed: true }),
    subnetId: fixed(),
  },
  async create(ctx, inputs) {
    const answer = await efs(ctx).createMountTarget({
      FileSystemId: inputs.fileSystemId,
      SubnetId: inputs.subnetId,
      ...present({ IpAddress: inputs.ipAddress, SecurityGroups: inputs.securityGroups }),
    })
    return made(answer.MountTargetId, 'mount target')
  },
  async ready(ctx, id) {
    await ctx.until(`EFS Mount Target (${id}) to be available`, async () =>
      (await describeTarget(ctx, id))?.LifeCycleState === 'available' ? true : undefined,
    )
  },
  async read(ctx, id) {
    const found = await describeTarget(ctx, id)
    if (!found) return undefined
    const groups = await efs(ctx).describeMountTargetSecurityGroups({ MountTargetId: id })
    const dnsName = `${found.FileSystemId}.efs.${ctx.region}.amazonaws.com`
    const owner = found.OwnerId ?? (await ctx.account())
    return {
      availabilityZoneId: found.AvailabilityZoneId,
      availabilityZoneName: found.AvailabilityZoneName,
      dnsName,
      fileSystemArn: `arn:${ctx.partition}:elasticfilesystem:${ctx.region}:${owner}:file-system/${found.FileSystemId}`,
      fileSystemId: found.FileSystemId,
      ipAddress: found.IpAddress,
      mountTargetDnsName: `${found.AvailabilityZoneName}.${dnsName}`,
      networkInterfaceId: found.NetworkInterfaceId,
      ownerId: owner,
      securityGroups: groups.SecurityGroups ?? [],
      subnetId: found.SubnetId,
    }
  },
  async update(ctx, id, { inputs, changed }) {
    if (changed.has('securityGroups'))
      await efs(ctx).modifyMountTargetSecurityGroups({
        MountTargetId: id,
        SecurityGroups: inputs.securityGroups ?? [],
      })
  },
  async delete(ctx, id) {
    await ifExists(efs(ctx).deleteMountTarget({ MountTargetId: id }))
    await ctx.until('EFS Mount Target to be gone', async () =>
      (await describeTarget(ctx, id)) ? undefined : true,
    )
  },
})

export const types: Record<string, AwsType> = {
  'aws:efs/fileSystem:FileSystem': fileSystem,
  'aws:efs/mountTarget:MountTarget': mountTarget,
}
