// What EKS puts into the customer's VPC for a cluster: its security group and 2 network interfaces, made in moto for real, so
// that a VPC cannot go while its cluster lives; and the checks of subnets and role that come before.
import {
  CreateNetworkInterfaceCommand,
  CreateSecurityGroupCommand,
  AuthorizeSecurityGroupIngressCommand,
  DeleteNetworkInterfaceCommand,
  DeleteSecurityGroupCommand,
  DescribeAvailabilityZonesCommand,
  DescribeSubnetsCommand,
} from '@aws-sdk/client-ec2'
import { GetRoleCommand } from '@aws-sdk/client-iam'
import { CreateLogGroupCommand } from '@aws-sdk/client-cloudwatch-logs'
import { isAwsError } from '../../sdk-errors.ts'
import { invalidParameter, unsupportedZone } from '../errors.ts'
import { hexId } from '../service.ts'
import type { EksCall, EksDeps } from '../service.ts'
import type { Cluster } from '../state.ts'

export async function checkSubnets(
  c: Pick<EksDeps, 'moto'>,
  region: string,
  subnetIds: string[],
): Promise<{ vpcId: string }> {
  if (subnetIds.length === 0)
    throw invalidParameter('Subnets specified must be in at least two different AZs')
  const subnets = await describeSubnets(c, region, subnetIds)
  const vpcs = new Set(subnets.map((subnet) => subnet.VpcId))
  if (vpcs.size > 1) throw invalidParameter('Subnets specified must belong to the same VPC')
  const zones = new Set(subnets.map((subnet) => subnet.AvailabilityZone))
  if (zones.size < 2)
    throw invalidParameter('Subnets specified must be in at least two different AZs')
  const full = subnets.find((subnet) => (subnet.AvailableIpAddressCount ?? 0) < 6)
  if (full)
    throw invalidParameter(
      `Subnet ${full.SubnetId} does not have enough free IP addresses: at least 6 are needed`,
    )
  return { vpcId: subnets[0]?.VpcId ?? '' }
}

/** User guide, "troubleshooting": "insufficient capacity"; the member validZones as in rancher/rancher, issue 14224. */
export async function checkZones(c: EksCall, clusterName: string, subnetIds: string[]) {
  const lacks = (zone: { name: string | undefined; id: string | undefined }) =>
    c.gaps.lacks('eks-control-plane', zone)
  const subnets = await describeSubnets(c, c.region, subnetIds)
  const refused = subnets.find(({ AvailabilityZone: name, AvailabilityZoneId: id }) =>
    lacks({ name, id }),
  )
  if (!refused) return
  const { AvailabilityZones = [] } = await c.moto
    .ec2(c.region)
    .send(new DescribeAvailabilityZonesCommand({}))
  const validZones = AvailabilityZones.filter(
    ({ ZoneName: name, ZoneId: id }) => !lacks({ name, id }),
  ).map(({ ZoneName }) => ZoneName)
  throw unsupportedZone(
    `Cannot create cluster '${clusterName}' because ${refused.AvailabilityZone}, the targeted availability zone, does not currently have sufficient capacity to support the cluster. Retry and choose from these availability zones: ${validZones.join(', ')}`,
    { clusterName, validZones },
  )
}

export async function describeSubnets(
  c: Pick<EksDeps, 'moto'>,
  region: string,
  subnetIds: string[],
) {
  try {
    const { Subnets } = await c.moto
      .ec2(region)
      .send(new DescribeSubnetsCommand({ SubnetIds: subnetIds }))
    return Subnets ?? []
  } catch (error) {
    if (isAwsError(error, 'InvalidSubnetID.NotFound'))
      throw invalidParameter(`The subnet ID '${subnetIds.join(', ')}' does not exist`)
    throw error
  }
}

export async function checkRole(
  c: Pick<EksDeps, 'moto'>,
  roleArn: string,
  trusted: string,
): Promise<void> {
  const name = /^arn:aws[\w-]*:iam::\d{12}:role\/(?:.+\/)?([^/]+)$/.exec(roleArn)?.[1]
  if (name === undefined)
    throw invalidParameter(`Role with arn: ${roleArn}, is not a valid role ARN`)
  try {
    const { Role } = await c.moto.iam().send(new GetRoleCommand({ RoleName: name }))
    if (Role?.Arn !== roleArn) throw invalidParameter(`Role with arn: ${roleArn}, does not exist`)
    if (!decodeURIComponent(Role.AssumeRolePolicyDocument ?? '').includes(trusted))
      throw invalidParameter(
        `Role with arn: ${roleArn}, could not be assumed because it does not exist or the trusted entity is not correct`,
      )
  } catch (error) {
    if (isAwsError(error, 'NoSuchEntity'))
      throw invalidParameter(
        `Role with arn: ${roleArn}, could not be assumed because it does not exist or the trusted entity is not correct`,
      )
    throw error
  }
}

export async function makeClusterNetwork(c: EksDeps, cluster: Cluster): Promise<void> {
  const ec2 = c.moto.ec2(cluster.region)
  const group = await ec2.send(
    new CreateSecurityGroupCommand({
      GroupName: `eks-cluster-sg-${cluster.name}-${hexId(4)}`,
      Description:
        'EKS created security group applied to ENI that is attached to EKS Control Plane master nodes, as well as any managed workloads.',
      VpcId: cluster.vpc.vpcId,
      TagSpecifications: [
        {
          ResourceType: 'security-group',
          Tags: [{ Key: `kubernetes.io/cluster/${cluster.name}`, Value: 'owned' }],
        },
      ],
    }),
  )
  const groupId = group.GroupId ?? ''
  cluster.clusterSecurityGroupId = groupId
  await ec2.send(
    new AuthorizeSecurityGroupIngressCommand({
      GroupId: groupId,
      IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: groupId }] }],
    }),
  )
  for (const subnetId of cluster.vpc.subnetIds.slice(0, 2)) {
    const made = await ec2.send(
      new CreateNetworkInterfaceCommand({
        SubnetId: subnetId,
        Description: `Amazon EKS ${cluster.name}`,
        Groups: [groupId, ...cluster.vpc.securityGroupIds],
      }),
    )
    cluster.eniIds.push(made.NetworkInterface?.NetworkInterfaceId ?? '')
  }
  await makeLogGroup(c, cluster)
}

/** As EKS does: without a log group of the customer's own, one is made that never expires and outlives the cluster. */
export async function makeLogGroup(c: Pick<EksDeps, 'moto'>, cluster: Cluster): Promise<void> {
  if (cluster.logTypes.length === 0) return
  try {
    await c.moto
      .logs(cluster.region)
      .send(new CreateLogGroupCommand({ logGroupName: `/aws/eks/${cluster.name}/cluster` }))
  } catch (error) {
    if (!isAwsError(error, 'ResourceAlreadyExistsException')) throw error
  }
}

export async function removeClusterNetwork(
  c: EksDeps,
  cluster: Cluster,
  o: { leakEni: boolean },
): Promise<void> {
  const ec2 = c.moto.ec2(cluster.region)
  const leaked = o.leakEni ? cluster.eniIds.shift() : undefined
  for (const NetworkInterfaceId of cluster.eniIds.splice(0))
    await ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId }))
  // A leaked interface keeps the cluster's group in use, so that both stay behind, as they do on AWS.
  const groupId = cluster.clusterSecurityGroupId
  if (groupId !== undefined && leaked === undefined)
    await ec2.send(new DeleteSecurityGroupCommand({ GroupId: groupId }))
}
