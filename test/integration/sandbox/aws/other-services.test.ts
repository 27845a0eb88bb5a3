// The services that moto keeps, through the front: CloudWatch Logs, KMS, SSM; and launch templates, which EKS reads.
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  CreateLogGroupCommand,
  DescribeLogGroupsCommand,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import {
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  DescribeImagesCommand,
} from '@aws-sdk/client-ec2'
import {
  CreateNodegroupCommand,
  DescribeAddonVersionsCommand,
  DescribeNodegroupCommand,
  UpdateNodegroupVersionCommand,
} from '@aws-sdk/client-eks'
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { signer } from '../../../support/aws/signed-requests.ts'
import {
  activeCluster,
  awsLab,
  eventually,
  nodegroupStatus,
  refusal,
  region,
  role,
} from './fixture.ts'
import type { Lab } from './fixture.ts'

let lab: Lab
beforeAll(async () => {
  lab = await awsLab()
})
afterAll(() => lab.stop())

test('keeps log groups and keys, and lists them in the inventory', async () => {
  await lab.logs.send(new CreateLogGroupCommand({ logGroupName: '/aws/eks/a/cluster' }))
  await lab.logs.send(
    new PutRetentionPolicyCommand({ logGroupName: '/aws/eks/a/cluster', retentionInDays: 90 }),
  )
  expect((await lab.logs.send(new DescribeLogGroupsCommand({}))).logGroups).toMatchObject([
    { logGroupName: '/aws/eks/a/cluster', retentionInDays: 90 },
  ])
  const kms = new KMSClient({
    endpoint: lab.aws.endpoint,
    region,
    credentials: lab.aws.credentials,
  })
  const { KeyMetadata } = await kms.send(
    new CreateKeyCommand({ Tags: [{ TagKey: 'cratekube.io/uid', TagValue: 'u-2' }] }),
  )
  kms.destroy()
  expect(await lab.aws.inventory()).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ type: 'log-group', id: '/aws/eks/a/cluster' }),
      expect.objectContaining({ type: 'kms-key', id: KeyMetadata?.KeyId, uid: 'u-2' }),
    ]),
  )
})

async function parameter(Name: string) {
  const { host } = new URL(lab.aws.endpoint)
  const [hostname = '', port] = host.split(':')
  const body = JSON.stringify({ Name })
  const headers = {
    host,
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': 'AmazonSSM.GetParameter',
  }
  const signed = await signer('ssm', region, lab.aws.credentials).sign({
    method: 'POST',
    protocol: 'http:',
    hostname,
    port: Number(port),
    path: '/',
    headers,
    body,
  })
  const { host: _host, ...sent } = signed.headers
  const response = await fetch(lab.aws.endpoint, { method: 'POST', headers: sent, body })
  return {
    status: response.status,
    body: (await response.json()) as { Parameter?: { Value: string }; __type?: string },
  }
}

test('names the images of EKS for the versions that it runs, and they exist', async () => {
  const found = await parameter(
    '/aws/service/eks/optimized-ami/1.36/amazon-linux-2023/arm64/standard/recommended/image_id',
  )
  const id = found.body.Parameter?.Value ?? ''
  const { Images } = await lab.ec2.send(new DescribeImagesCommand({ ImageIds: [id] }))
  expect(Images?.[0]).toMatchObject({ ImageId: id, Architecture: 'arm64' })
  expect(
    await parameter('/aws/service/bottlerocket/aws-k8s-1.29/x86_64/latest/image_id'),
  ).toMatchObject({ status: 400, body: { __type: 'ParameterNotFound' } })
})

test('a node group takes image and version from its launch template', async () => {
  const input = await activeCluster(lab, 'templates', '10.80')
  const nodeRole = await role(lab, 'templates-node', 'ec2.amazonaws.com')
  const made = await lab.ec2.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: 'lt',
      LaunchTemplateData: {
        ImageId: 'ami-0c4a7e4b0e0000001',
        TagSpecifications: [
          { ResourceType: 'network-interface', Tags: [{ Key: 'cratekube.io/uid', Value: 'u-3' }] },
        ],
      },
    }),
  )
  const launchTemplate = { id: made.LaunchTemplate?.LaunchTemplateId ?? '', version: '$Latest' }
  const wanted = {
    clusterName: 'templates',
    nodegroupName: 'n',
    nodeRole,
    subnets: input.resourcesVpcConfig?.subnetIds ?? [],
    launchTemplate,
  }
  const wrong = async (change: object) =>
    (await refusal(lab.eks.send(new CreateNodegroupCommand({ ...wanted, ...change })))).name
  expect(await wrong({ amiType: 'AL2023_x86_64_STANDARD' })).toBe('InvalidRequestException')
  expect(await wrong({ diskSize: 30 })).toBe('InvalidParameterException')
  expect(await wrong({ instanceTypes: ['m99.large'] })).toBe('InvalidParameterException')
  expect(await wrong({ launchTemplate: { id: 'lt-00000000000000000' } })).toBe(
    'InvalidRequestException',
  )
  expect(await wrong({ scalingConfig: { minSize: 3, desiredSize: 1, maxSize: 4 } })).toBe(
    'InvalidParameterException',
  )
  await lab.eks.send(new CreateNodegroupCommand(wanted))
  const { nodegroup } = await lab.eks.send(
    new DescribeNodegroupCommand({ clusterName: 'templates', nodegroupName: 'n' }),
  )
  expect(nodegroup).toMatchObject({
    amiType: 'CUSTOM',
    launchTemplate: { name: 'lt', version: '1' },
  })
  const tagged = async () => (await lab.aws.inventory()).filter((item) => item.uid === 'u-3')
  await eventually(async () => (await tagged()).length === 2)
  expect(await tagged()).toMatchObject([
    { type: 'network-interface' },
    { type: 'network-interface' },
  ])
  const created = await lab.ec2.send(
    new CreateLaunchTemplateVersionCommand({
      LaunchTemplateId: launchTemplate.id,
      LaunchTemplateData: { ImageId: 'ami-0c4a7e4b0e0000002' },
    }),
  )
  expect(created.LaunchTemplateVersion?.VersionNumber).toBe(2)
  const names = { clusterName: 'templates', nodegroupName: 'n' }
  const status = () => nodegroupStatus(lab, 'templates', 'n')
  await eventually(async () => (await status()) === 'ACTIVE')
  await lab.eks.send(new UpdateNodegroupVersionCommand({ ...names, launchTemplate }))
  await eventually(async () => (await status()) === 'ACTIVE')
  const updated = await lab.eks.send(new DescribeNodegroupCommand(names))
  expect(updated.nodegroup).toMatchObject({
    launchTemplate: { version: '2' },
    releaseVersion: 'ami-0c4a7e4b0e0000002',
  })
  expect(await tagged()).toEqual([])
})

test('offers add-on versions for the minors that it runs', async () => {
  const { addons } = await lab.eks.send(
    new DescribeAddonVersionsCommand({ addonName: 'kube-proxy', kubernetesVersion: '1.36' }),
  )
  expect(addons?.[0]?.addonVersions?.[0]).toMatchObject({
    addonVersion: 'v1.36.1-eksbuild.2',
    compatibilities: [{ clusterVersion: '1.36', defaultVersion: true }],
  })
})
