// aws:ec2/launchTemplate:LaunchTemplate. A change makes a new version; `latestVersion` tells node groups.
import type { RequestLaunchTemplateData, ResponseLaunchTemplateData } from '@aws-sdk/client-ec2'
import type { Unwrap } from '@pulumi/pulumi'
import type { LaunchTemplateArgs, LaunchTemplateState } from '@pulumi/aws/ec2/launchTemplate.js'
import type { AwsContext } from '../context.ts'
import { ec2, ec2Arn, made, present, tagEc2, tagged } from './calls.ts'
import { ifExists } from '../errors.ts'
import { fromTagList, tagList } from '../tags.ts'
import { type AwsType, awsType, fixed, mutable } from '../type.ts'

type Args = Unwrap<LaunchTemplateArgs>
type State = Unwrap<LaunchTemplateState>

const describe = async (ctx: AwsContext, id: string) =>
  (await ifExists(ec2(ctx).describeLaunchTemplates({ LaunchTemplateIds: [id] })))
    ?.LaunchTemplates?.[0]

const notInTheData = new Set(['updateDefaultVersion', 'defaultVersion', 'name'])

const launchTemplate = awsType<LaunchTemplateArgs, LaunchTemplateState>({
  label: 'EC2 Launch Template',
  volatile: ['latestVersion', 'defaultVersion'],
  inputs: {
    name: fixed({ autoname: { max: 128 } }),
    blockDeviceMappings: mutable(),
    defaultVersion: mutable({ computed: true }),
    description: mutable(),
    ebsOptimized: mutable(),
    imageId: mutable(),
    instanceType: mutable(),
    keyName: mutable(),
    metadataOptions: mutable({ computed: true }),
    monitoring: mutable(),
    tagSpecifications: mutable({ whole: true }),
    updateDefaultVersion: mutable({ local: true }),
    userData: mutable(),
    vpcSecurityGroupIds: mutable(),
    tags: mutable(),
  },
  async create(ctx, inputs) {
    const answer = await ec2(ctx).createLaunchTemplate({
      ClientToken: ctx.token,
      LaunchTemplateName: inputs.name ?? '',
      LaunchTemplateData: requestData(inputs),
      ...present({ VersionDescription: inputs.description }),
      ...tagged(ctx, 'launch-template'),
    })
    return made(answer.LaunchTemplate?.LaunchTemplateId, 'launch template')
  },
  async read(ctx, id) {
    const found = await describe(ctx, id)
    if (!found) return undefined
    const latest = String(found.LatestVersionNumber ?? 1)
    const versions = await ec2(ctx).describeLaunchTemplateVersions({
      LaunchTemplateId: id,
      Versions: [latest],
    })
    const version = versions.LaunchTemplateVersions?.[0]
    return {
      arn: ec2Arn(ctx, await ctx.account(), `launch-template/${id}`),
      name: found.LaunchTemplateName,
      defaultVersion: found.DefaultVersionNumber,
      latestVersion: found.LatestVersionNumber,
      description: version?.VersionDescription ?? '',
      ...dataOutputs(version?.LaunchTemplateData ?? {}),
      tagsAll: fromTagList(found.Tags),
    }
  },
  async update(ctx, id, { inputs, changed }) {
    let latest = (await describe(ctx, id))?.LatestVersionNumber ?? 1
    if ([...changed].some((name) => !notInTheData.has(name))) {
      const answer = await ec2(ctx).createLaunchTemplateVersion({
        ClientToken: ctx.token,
        LaunchTemplateId: id,
        LaunchTemplateData: requestData(inputs),
        ...present({ VersionDescription: inputs.description }),
      })
      latest = answer.LaunchTemplateVersion?.VersionNumber ?? latest
    }
    const wanted = inputs.updateDefaultVersion === true ? latest : inputs.defaultVersion
    if (wanted !== undefined)
      await ec2(ctx).modifyLaunchTemplate({ LaunchTemplateId: id, DefaultVersion: String(wanted) })
  },
  tag: tagEc2,
  async delete(ctx, id) {
    await ifExists(ec2(ctx).deleteLaunchTemplate({ LaunchTemplateId: id }))
  },
})

const flag = (value: string | boolean | undefined): boolean | undefined =>
  value === undefined || value === '' ? undefined : String(value) === 'true'

// The SDK's enums are narrower than Pulumi's strings: AWS itself refuses what is not one of them.
function requestData(inputs: Args): RequestLaunchTemplateData {
  const { metadataOptions: imds } = inputs
  return present({
    ImageId: inputs.imageId,
    InstanceType: inputs.instanceType,
    KeyName: inputs.keyName,
    UserData: inputs.userData,
    EbsOptimized: flag(inputs.ebsOptimized),
    SecurityGroupIds: inputs.vpcSecurityGroupIds,
    Monitoring: inputs.monitoring && { Enabled: inputs.monitoring.enabled },
    MetadataOptions:
      imds &&
      present({
        HttpEndpoint: imds.httpEndpoint,
        HttpPutResponseHopLimit: imds.httpPutResponseHopLimit,
        HttpTokens: imds.httpTokens,
        InstanceMetadataTags: imds.instanceMetadataTags,
      }),
    BlockDeviceMappings: inputs.blockDeviceMappings?.map((mapping) =>
      present({ DeviceName: mapping.deviceName, Ebs: mapping.ebs && ebs(mapping.ebs) }),
    ),
    TagSpecifications: inputs.tagSpecifications?.map((specification) => ({
      ResourceType: specification.resourceType,
      Tags: tagList(specification.tags ?? {}),
    })),
  }) as RequestLaunchTemplateData
}

type Ebs = NonNullable<NonNullable<Args['blockDeviceMappings']>[number]['ebs']>

const ebs = (volume: Ebs) =>
  present({
    DeleteOnTermination: flag(volume.deleteOnTermination),
    Encrypted: flag(volume.encrypted),
    Iops: volume.iops,
    KmsKeyId: volume.kmsKeyId,
    Throughput: volume.throughput,
    VolumeSize: volume.volumeSize,
    VolumeType: volume.volumeType,
  })

function dataOutputs(data: ResponseLaunchTemplateData): Partial<State> {
  const imds = data.MetadataOptions
  return {
    imageId: data.ImageId ?? '',
    instanceType: data.InstanceType ?? '',
    keyName: data.KeyName ?? '',
    userData: data.UserData ?? '',
    ebsOptimized: data.EbsOptimized === undefined ? '' : String(data.EbsOptimized),
    vpcSecurityGroupIds: data.SecurityGroupIds ?? [],
    monitoring: data.Monitoring && { enabled: data.Monitoring.Enabled },
    metadataOptions: imds && {
      httpEndpoint: imds.HttpEndpoint,
      httpPutResponseHopLimit: imds.HttpPutResponseHopLimit,
      httpTokens: imds.HttpTokens,
      instanceMetadataTags: imds.InstanceMetadataTags,
    },
    blockDeviceMappings: (data.BlockDeviceMappings ?? []).map((mapping) => ({
      deviceName: mapping.DeviceName,
      ebs: mapping.Ebs && {
        deleteOnTermination: text(mapping.Ebs.DeleteOnTermination),
        encrypted: text(mapping.Ebs.Encrypted),
        iops: mapping.Ebs.Iops,
        kmsKeyId: mapping.Ebs.KmsKeyId,
        throughput: mapping.Ebs.Throughput,
        volumeSize: mapping.Ebs.VolumeSize,
        volumeType: mapping.Ebs.VolumeType,
      },
    })),
    // The template's own tags are not part of what it launches; moto mixes them in.
    tagSpecifications: (data.TagSpecifications ?? [])
      .filter((specification) => specification.ResourceType !== 'launch-template')
      .map((specification) => ({
        resourceType: specification.ResourceType,
        tags: fromTagList(specification.Tags),
      })),
  }
}

const text = (value: boolean | undefined): string | undefined =>
  value === undefined ? undefined : String(value)

export const types: Record<string, AwsType> = {
  'aws:ec2/launchTemplate:LaunchTemplate': launchTemplate,
}
