// moto made as strict as AWS: the order of deletion, states that take time, gaps that are loud.
import { access } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  AllocateAddressCommand,
  AttachInternetGatewayCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateInternetGatewayCommand,
  CreateNatGatewayCommand,
  CreatePlacementGroupCommand,
  CreateSubnetCommand,
  CreateVpcEndpointCommand,
  DescribeVpcEndpointServicesCommand,
  ModifyVpcEndpointCommand,
  CreateSecurityGroupCommand,
  CreateVpcCommand,
  DeleteNatGatewayCommand,
  DeleteSecurityGroupCommand,
  DeleteSubnetCommand,
  DeleteVpcCommand,
  DescribeImagesCommand,
  DescribeInstanceTypesCommand,
  DescribeNatGatewaysCommand,
  DetachInternetGatewayCommand,
  ReleaseAddressCommand,
} from '@aws-sdk/client-ec2'
import {
  CreateFileSystemCommand,
  CreateMountTargetCommand,
  DeleteFileSystemCommand,
  DeleteMountTargetCommand,
  DescribeFileSystemsCommand,
  DescribeMountTargetsCommand,
  PutBackupPolicyCommand,
  UpdateFileSystemCommand,
} from '@aws-sdk/client-efs'
import { AttachRolePolicyCommand } from '@aws-sdk/client-iam'
import { awsLab, eventually, gone, network, refusal, region, role } from './fixture.ts'
import type { Lab } from './fixture.ts'

let lab: Lab
beforeAll(async () => {
  lab = await awsLab({ speed: 0 })
})
afterAll(() => lab.stop())

const code = async (call: Promise<unknown>) => (await refusal(call)).name

test('nothing goes while something stands on it', async () => {
  const { vpcId, subnetIds } = await network(lab, '10.31')
  const [SubnetId = ''] = subnetIds
  const gateway =
    (await lab.ec2.send(new CreateInternetGatewayCommand({}))).InternetGateway?.InternetGatewayId ??
    ''
  const attachment = { InternetGatewayId: gateway, VpcId: vpcId }
  await lab.ec2.send(new AttachInternetGatewayCommand(attachment))
  const address = await lab.ec2.send(new AllocateAddressCommand({ Domain: 'vpc' }))
  const { AllocationId } = address
  const created = await lab.ec2.send(
    new CreateNatGatewayCommand({ SubnetId, AllocationId, ClientToken: 'once' }),
  )
  const NatGatewayId = created.NatGateway?.NatGatewayId ?? ''
  const state = async () =>
    (await lab.ec2.send(new DescribeNatGatewaysCommand({ NatGatewayIds: [NatGatewayId] })))
      .NatGateways?.[0]?.State
  expect(created.NatGateway?.State).toBe('pending')
  expect(await state()).toBe('pending')
  const again = await lab.ec2.send(
    new CreateNatGatewayCommand({ SubnetId, AllocationId, ClientToken: 'once' }),
  )
  expect(again.NatGateway?.NatGatewayId).toBe(NatGatewayId)
  expect(
    await code(
      lab.ec2.send(new CreateNatGatewayCommand({ SubnetId, AllocationId, ClientToken: 'twice' })),
    ),
  ).toBe('Resource.AlreadyAssociated')
  lab.aws.clock.advance(120_000)
  await eventually(async () => (await state()) === 'available')

  const refusedWhileNatLives = async () => {
    expect(await code(lab.ec2.send(new DeleteSubnetCommand({ SubnetId })))).toBe(
      'DependencyViolation',
    )
    expect(await code(lab.ec2.send(new ReleaseAddressCommand({ AllocationId })))).toBe(
      'InvalidIPAddress.InUse',
    )
    expect(await code(lab.ec2.send(new DetachInternetGatewayCommand(attachment)))).toBe(
      'DependencyViolation',
    )
    expect(await code(lab.ec2.send(new DeleteVpcCommand({ VpcId: vpcId })))).toBe(
      'DependencyViolation',
    )
  }
  await refusedWhileNatLives()
  await lab.ec2.send(new DeleteNatGatewayCommand({ NatGatewayId }))
  expect(await state()).toBe('deleting')
  await refusedWhileNatLives()
  lab.aws.clock.advance(90_000)
  await eventually(async () => (await state()) === 'deleted')

  await lab.ec2.send(new ReleaseAddressCommand({ AllocationId }))
  await lab.ec2.send(new DetachInternetGatewayCommand(attachment))
  for (const id of subnetIds) await lab.ec2.send(new DeleteSubnetCommand({ SubnetId: id }))
  await lab.ec2.send(new DeleteVpcCommand({ VpcId: vpcId }))
})

test('a security group stays while another refers to it, and blocks its VPC', async () => {
  const vpc = await lab.ec2.send(new CreateVpcCommand({ CidrBlock: '10.32.0.0/16' }))
  const VpcId = vpc.Vpc?.VpcId ?? ''
  const make = async (GroupName: string) =>
    (await lab.ec2.send(new CreateSecurityGroupCommand({ GroupName, Description: 'test', VpcId })))
      .GroupId ?? ''
  const [used, user] = [await make('used'), await make('user')]
  await lab.ec2.send(
    new AuthorizeSecurityGroupIngressCommand({
      GroupId: user,
      IpPermissions: [
        { IpProtocol: 'tcp', FromPort: 2049, ToPort: 2049, UserIdGroupPairs: [{ GroupId: used }] },
      ],
    }),
  )
  expect(
    await refusal(lab.ec2.send(new DeleteSecurityGroupCommand({ GroupId: used }))),
  ).toMatchObject({
    name: 'DependencyViolation',
    message: `resource ${used} has a dependent object`,
  })
  expect(await code(lab.ec2.send(new DeleteVpcCommand({ VpcId })))).toBe('DependencyViolation')
  await lab.ec2.send(new DeleteSecurityGroupCommand({ GroupId: user }))
  await lab.ec2.send(new DeleteSecurityGroupCommand({ GroupId: used }))
  await lab.ec2.send(new DeleteVpcCommand({ VpcId }))
})

test('limits the rate of calls as AWS does', async () => {
  const limited = await awsLab({ speed: 0, rateLimits: true })
  const describe = () => limited.ec2.send(new DescribeNatGatewaysCommand({}))
  await Promise.all(Array.from({ length: 100 }, describe))
  expect(await code(describe())).toBe('RequestLimitExceeded')
  limited.aws.clock.advance(1_000)
  await Promise.all(Array.from({ length: 20 }, describe))
  expect(await code(describe())).toBe('RequestLimitExceeded')
  await limited.stop()
})

test('keeps to the quotas of a new account', async () => {
  const made: string[] = []
  const make = async () =>
    made.push(
      (await lab.ec2.send(new CreateVpcCommand({ CidrBlock: '10.40.0.0/16' }))).Vpc?.VpcId ?? '',
    )
  while (made.length < 4) await make()
  expect(await code(make())).toBe('VpcLimitExceeded')
  for (const VpcId of made) await lab.ec2.send(new DeleteVpcCommand({ VpcId }))
})

test('a file system takes its time, is a directory, and goes after its mount targets', async () => {
  const { subnetIds } = await network(lab, '10.33')
  const made = await lab.efs.send(
    new CreateFileSystemCommand({ CreationToken: 'stable', Encrypted: true }),
  )
  const FileSystemId = made.FileSystemId ?? ''
  const dir = path.join(lab.root, 'efs', FileSystemId)
  await access(dir)
  const state = async () =>
    (await lab.efs.send(new DescribeFileSystemsCommand({ FileSystemId }))).FileSystems?.[0]
      ?.LifeCycleState
  expect(made.LifeCycleState).toBe('creating')
  expect(
    await code(
      lab.efs.send(new CreateFileSystemCommand({ CreationToken: 'stable', Encrypted: true })),
    ),
  ).toBe('FileSystemAlreadyExists')
  expect(
    await code(
      lab.efs.send(new CreateMountTargetCommand({ FileSystemId, SubnetId: subnetIds[0] })),
    ),
  ).toBe('IncorrectFileSystemLifeCycleState')
  lab.aws.clock.advance(10_000)
  await eventually(async () => (await state()) === 'available')
  const updated = await lab.efs.send(
    new UpdateFileSystemCommand({ FileSystemId, ThroughputMode: 'elastic' }),
  )
  expect(updated).toMatchObject({ FileSystemId, ThroughputMode: 'elastic' })
  expect(
    (
      await lab.efs.send(
        new PutBackupPolicyCommand({ FileSystemId, BackupPolicy: { Status: 'ENABLED' } }),
      )
    ).BackupPolicy?.Status,
  ).toBe('ENABLED')

  const { MountTargetId = '' } = await lab.efs.send(
    new CreateMountTargetCommand({ FileSystemId, SubnetId: subnetIds[0] }),
  )
  const target = async () =>
    (await lab.efs.send(new DescribeMountTargetsCommand({ MountTargetId }))).MountTargets?.[0]
      ?.LifeCycleState
  expect(await target()).toBe('creating')
  lab.aws.clock.advance(90_000)
  await eventually(async () => (await target()) === 'available')
  expect(await code(lab.efs.send(new DeleteFileSystemCommand({ FileSystemId })))).toBe(
    'FileSystemInUse',
  )
  await lab.efs.send(new DeleteMountTargetCommand({ MountTargetId }))
  expect(await target()).toBe('deleting')
  expect(await code(lab.ec2.send(new DeleteSubnetCommand({ SubnetId: subnetIds[0] })))).toBe(
    'DependencyViolation',
  )
  lab.aws.clock.advance(60_000)
  await eventually(() => gone(lab.efs.send(new DescribeMountTargetsCommand({ MountTargetId }))))
  await lab.efs.send(new DeleteFileSystemCommand({ FileSystemId }))
  await expect(access(dir)).rejects.toThrow('ENOENT')
  for (const SubnetId of subnetIds) await lab.ec2.send(new DeleteSubnetCommand({ SubnetId }))
})

test('knows instance types and images from typing errors', async () => {
  expect(
    (await lab.ec2.send(new DescribeInstanceTypesCommand({ InstanceTypes: ['m7g.large'] })))
      .InstanceTypes,
  ).toHaveLength(1)
  expect(
    await code(
      lab.ec2.send(new DescribeInstanceTypesCommand({ InstanceTypes: ['m99.large' as never] })),
    ),
  ).toBe('InvalidInstanceType')
  expect(
    await code(lab.ec2.send(new DescribeImagesCommand({ ImageIds: ['ami-0123456789abcdef0'] }))),
  ).toBe('InvalidAMIID.NotFound')
  const { Images } = await lab.ec2.send(
    new DescribeImagesCommand({ ImageIds: ['ami-0c4a7e4b0e0000002'] }),
  )
  expect(Images?.[0]).toMatchObject({ Architecture: 'arm64', State: 'available' })
})

test('attaches the AWS policies that EKS needs', async () => {
  const arn = await role(lab, 'policies', 'eks.amazonaws.com')
  expect(arn).toBe('arn:aws:iam::123456789012:role/cratekube/test/policies')
  await lab.iam.send(
    new AttachRolePolicyCommand({
      RoleName: 'policies',
      PolicyArn: 'arn:aws:iam::aws:policy/AmazonEKSClusterPolicy',
    }),
  )
})

test('a rule is made once, whatever it is called, and a group has room for 60', async () => {
  const { vpcId } = await network(lab, '10.34')
  const group = { GroupName: 'rules', Description: 'rules', VpcId: vpcId }
  const { GroupId } = await lab.ec2.send(new CreateSecurityGroupCommand(group))
  const allow = (CidrIp: string, Description: string) =>
    lab.ec2.send(
      new AuthorizeSecurityGroupIngressCommand({
        GroupId,
        IpPermissions: [
          { IpProtocol: 'tcp', FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp, Description }] },
        ],
        TagSpecifications: [
          {
            ResourceType: 'security-group-rule',
            Tags: [{ Key: 'cratekube.io/uid', Value: Description }],
          },
        ],
      }),
    )
  await allow('10.20.0.0/16', 'u-4')
  expect(await code(allow('10.20.0.0/16', 'by hand'))).toBe('InvalidPermission.Duplicate')
  const owned = (await lab.aws.inventory()).filter(({ uid }) => uid === 'u-4')
  expect(owned.map(({ type }) => type)).toEqual(['security-group-rule'])
  await Promise.all(Array.from({ length: 59 }, (_, i) => allow(`10.${100 + i}.0.0/16`, 'x')))
  expect(await code(allow('10.21.0.0/16', 'one more'))).toBe('RulesPerSecurityGroupLimitExceeded')
})

test('an interface endpoint stands in zones that have its service, once in each', async () => {
  const { vpcId: VpcId, subnetIds } = await network(lab, '10.35')
  const [inA = '', inB = ''] = subnetIds
  const ServiceName = `com.amazonaws.${region}.eks-auth`
  const gap = { service: 'eks-auth', zone: `${region}b` }
  const api = `${lab.aws.endpoint}/_sandbox/gaps`
  await fetch(api, { method: 'POST', body: JSON.stringify(gap) })
  const described = await lab.ec2.send(
    new DescribeVpcEndpointServicesCommand({ ServiceNames: [ServiceName] }),
  )
  expect(described.ServiceDetails?.[0]?.AvailabilityZones).toEqual([`${region}a`, `${region}c`])
  const make = (SubnetIds: string[]) =>
    lab.ec2.send(
      new CreateVpcEndpointCommand({ VpcId, VpcEndpointType: 'Interface', ServiceName, SubnetIds }),
    )
  expect(await refusal(make([inA, inB]))).toMatchObject({
    name: 'InvalidParameter',
    message: `The VPC endpoint service ${ServiceName} does not support the availability zone of the subnet: ${inB}.`,
  })
  const another = await lab.ec2.send(
    new CreateSubnetCommand({ VpcId, CidrBlock: '10.35.9.0/24', AvailabilityZone: `${region}a` }),
  )
  expect(await code(make([inA, another.Subnet?.SubnetId ?? '']))).toBe('DuplicateSubnetsInSameZone')
  const VpcEndpointId = (await make([inA])).VpcEndpoint?.VpcEndpointId ?? ''
  const add = () =>
    lab.ec2.send(new ModifyVpcEndpointCommand({ VpcEndpointId, AddSubnetIds: [inB] }))
  expect(await code(add())).toBe('InvalidParameter')
  await fetch(`${api}?${new URLSearchParams(gap).toString()}`, { method: 'DELETE' })
  await add()
  const unknown = new DescribeVpcEndpointServicesCommand({ ServiceNames: ['com.amazonaws.x'] })
  expect(await code(lab.ec2.send(unknown))).toBe('InvalidServiceName')
})

test('says loudly what it does not implement', async () => {
  expect(
    await refusal(
      lab.ec2.send(new CreatePlacementGroupCommand({ GroupName: 'g', Strategy: 'cluster' })),
    ),
  ).toEqual({
    name: 'NotImplemented',
    message: 'the AWS sandbox does not implement ec2:CreatePlacementGroup',
    status: 501,
  })
  expect(lab.errors).toEqual([])
  expect(lab.aws.calls.list({ operation: 'CreatePlacementGroup' })).toMatchObject([
    { status: 501, mutating: true, region },
  ])
})
