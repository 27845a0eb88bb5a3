// An AWS double with clusters in memory, and SDK clients for it, for the tests of this folder.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import { CreateSubnetCommand, CreateVpcCommand, EC2Client } from '@aws-sdk/client-ec2'
import { EFSClient } from '@aws-sdk/client-efs'
import {
  CreateClusterCommand,
  DescribeClusterCommand,
  DescribeNodegroupCommand,
  EKSClient,
} from '@aws-sdk/client-eks'
import type { CreateClusterCommandInput } from '@aws-sdk/client-eks'
import { ElasticLoadBalancingClient } from '@aws-sdk/client-elastic-load-balancing'
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2'
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import type { AssumeRoleCommandInput } from '@aws-sdk/client-sts'
import { startAws } from '../../../sandbox/aws/index.ts'
import type { AwsOptions } from '../../../sandbox/aws/index.ts'
import { memoryBackend } from '../../../sandbox/aws/backends/memory-backend.ts'

export const region = 'eu-west-1'

export type Lab = Awaited<ReturnType<typeof awsLab>>

export async function awsLab(o: Partial<AwsOptions> = {}) {
  const root = await mkdtemp(path.join(tmpdir(), 'aws-double-'))
  const backend = memoryBackend()
  const errors: unknown[] = []
  const aws = await startAws({
    root,
    backend,
    speed: Number.POSITIVE_INFINITY,
    rateLimits: false,
    onError: (error) => errors.push(error),
    ...o,
  })
  const clients = clientsFor(aws.endpoint, aws.credentials)
  return {
    root,
    backend,
    aws,
    errors,
    ...clients,
    async stop() {
      clients.destroy()
      await aws.stop()
      await rm(root, { recursive: true, force: true })
    },
  }
}

export function clientsFor(
  endpoint: string,
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string },
) {
  const config = { endpoint, region, credentials, maxAttempts: 1 }
  const all = {
    ec2: new EC2Client(config),
    eks: new EKSClient(config),
    efs: new EFSClient(config),
    iam: new IAMClient(config),
    balancing: new ElasticLoadBalancingV2Client(config),
    classicBalancing: new ElasticLoadBalancingClient(config),
    sts: new STSClient(config),
    logs: new CloudWatchLogsClient(config),
  }
  return { ...all, destroy: () => Object.values(all).forEach((client) => client.destroy()) }
}

export async function assumeRole({ sts }: { sts: STSClient }, input: AssumeRoleCommandInput) {
  const { Credentials } = await sts.send(new AssumeRoleCommand(input))
  return {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  }
}

export async function network(lab: Lab, cidr = '10.20') {
  const vpc = await lab.ec2.send(new CreateVpcCommand({ CidrBlock: `${cidr}.0.0/16` }))
  const vpcId = vpc.Vpc?.VpcId ?? ''
  const subnetIds = await Promise.all(
    ['a', 'b'].map(async (zone, i) => {
      const made = await lab.ec2.send(
        new CreateSubnetCommand({
          VpcId: vpcId,
          CidrBlock: `${cidr}.${i}.0/24`,
          AvailabilityZone: region + zone,
        }),
      )
      return made.Subnet?.SubnetId ?? ''
    }),
  )
  return { vpcId, subnetIds }
}

export async function role(lab: Lab, name: string, service: string) {
  const document = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
  }
  const made = await lab.iam.send(
    new CreateRoleCommand({
      RoleName: name,
      Path: '/cratekube/test/',
      AssumeRolePolicyDocument: JSON.stringify(document),
    }),
  )
  return made.Role?.Arn ?? ''
}

export async function clusterInput(
  lab: Lab,
  name: string,
  cidr?: string,
): Promise<CreateClusterCommandInput> {
  const { subnetIds } = await network(lab, cidr)
  return {
    name,
    roleArn: await role(lab, `${name}-cluster`, 'eks.amazonaws.com'),
    resourcesVpcConfig: { subnetIds },
    accessConfig: { authenticationMode: 'API', bootstrapClusterCreatorAdminPermissions: false },
  }
}

export async function activeCluster(lab: Lab, name: string, cidr?: string) {
  const input = await clusterInput(lab, name, cidr)
  await lab.eks.send(new CreateClusterCommand(input))
  await eventually(
    async () =>
      (await lab.eks.send(new DescribeClusterCommand({ name }))).cluster?.status === 'ACTIVE',
  )
  return input
}

export const nodegroupStatus = async (lab: Lab, clusterName: string, nodegroupName: string) =>
  (await lab.eks.send(new DescribeNodegroupCommand({ clusterName, nodegroupName }))).nodegroup
    ?.status

/** Waits for a condition of something that goes on in the background. */
export async function eventually(
  condition: () => Promise<boolean>,
  timeoutMs = 60_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!(await condition())) {
    if (performance.now() > deadline)
      throw new Error(`not true within ${timeoutMs} ms: ${condition.toString()}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** The error that a call is refused with. */
export async function refusal(
  call: Promise<unknown>,
): Promise<{ name: string; message: string; status: number | undefined }> {
  try {
    await call
  } catch (error) {
    // Errors of SDK clients carry $metadata.
    const { name, message, $metadata } = error as Error & {
      $metadata?: { httpStatusCode?: number }
    }
    return { name, message, status: $metadata?.httpStatusCode }
  }
  throw new Error('the call was not refused')
}

/** Whether a call says that its object does not exist. */
export async function gone(call: Promise<unknown>): Promise<boolean> {
  return call.then(
    () => false,
    (error: unknown) => error instanceof Error && /NotFound/.test(error.name),
  )
}
