import { describe, expect, test } from 'vitest'
import { recordCloud } from '../../../support/aws/recorded-cloud.ts'

const vpc = (o: object) => ({ aws: { vpc: o } })
const subnet = 'aws:ec2/subnet:Subnet'

describe('zones', () => {
  test.for([2, 3, 4])('spans %i zones, the first ones by name', async (zones) => {
    const program = await recordCloud(vpc({ availabilityZones: zones }))
    const expected = ['eu-west-1a', 'eu-west-1b', 'eu-west-1c', 'eu-west-1d'].slice(0, zones)
    for (const kind of ['public', 'private']) {
      const placed = program.of(subnet).filter((s) => s.name.startsWith(kind))
      expect(placed.map((s) => s.inputs['availabilityZone'])).toEqual(expected)
    }
    expect(program.of('aws:ec2/routeTable:RouteTable')).toHaveLength(1 + zones)
    expect(program.of('aws:ec2/routeTableAssociation:RouteTableAssociation')).toHaveLength(
      2 * zones,
    )
  })
})

test('spans the zones that the spec names, by name or by id', async () => {
  const program = await recordCloud(vpc({ zones: ['euw1-az1', 'eu-west-1b'] }))
  const zoneOf = (name: string) => program.the(subnet, name).inputs['availabilityZone']
  expect([zoneOf('private-0'), zoneOf('private-1')]).toEqual(['eu-west-1b', 'eu-west-1d'])
})

test('refuses zones that the region has not, and one that is named twice', async () => {
  await expect(recordCloud(vpc({ zones: ['eu-west-1b', 'eu-west-1f'] }))).rejects.toThrow(
    'spec.provider.aws.vpc.zones[1]: expected a zone of eu-west-1 that EKS can use: eu-west-1a (euw1-az4), eu-west-1b (',
  )
  await expect(recordCloud(vpc({ zones: ['eu-west-1b', 'euw1-az3'] }))).rejects.toThrow(
    'spec.provider.aws.vpc.zones[1]: expected another zone than eu-west-1b, which is named before, got euw1-az3',
  )
})

test('divides the range without overlap', async () => {
  const program = await recordCloud(vpc({ cidr: '10.32.0.0/20', availabilityZones: 2 }))
  expect(program.the('aws:ec2/vpc:Vpc', 'vpc').inputs['cidrBlock']).toBe('10.32.0.0/20')
  expect(
    Object.fromEntries(program.of(subnet).map((s) => [s.name, s.inputs['cidrBlock']])),
  ).toEqual({
    'private-0': '10.32.0.0/23',
    'private-1': '10.32.2.0/23',
    'public-0': '10.32.14.0/26',
    'public-1': '10.32.14.64/26',
  })
})

test('gives no subnet public addresses and locks the default security group', async () => {
  const program = await recordCloud()
  expect(program.of(subnet).map((s) => s.inputs['mapPublicIpOnLaunch'])).toEqual([
    false,
    false,
    false,
    false,
  ])
  const group = program.the(
    'aws:ec2/defaultSecurityGroup:DefaultSecurityGroup',
    'default-security-group',
  )
  expect(Object.keys(group.inputs).toSorted()).toEqual(['tags', 'vpcId'])
})

test('tells load balancers which subnets are theirs', async () => {
  const program = await recordCloud()
  const tags = (name: string) => program.the(subnet, name).inputs['tags']
  expect(tags('public-0')).toMatchObject({
    'kubernetes.io/role/elb': '1',
    'kubernetes.io/cluster/payments-0a1b2c3d': 'shared',
  })
  expect(tags('private-0')).toMatchObject({ 'kubernetes.io/role/internal-elb': '1' })
})

describe('way out of the nodes', () => {
  const ways = async (natGateways: string) => {
    const program = await recordCloud(vpc({ natGateways, availabilityZones: 3 }))
    const privateRoutes = program
      .of('aws:ec2/route:Route')
      .filter((r) => r.name.startsWith('private'))
    return {
      gateways: program.of('aws:ec2/natGateway:NatGateway').map((n) => n.inputs['subnetId']),
      addresses: program.of('aws:ec2/eip:Eip').length,
      routes: privateRoutes.map((r) => r.inputs['natGatewayId']),
      endpoints: program.of('aws:ec2/vpcEndpoint:VpcEndpoint').map((e) => e.name),
    }
  }

  test('is one NAT gateway for all zones', async () => {
    expect(await ways('Single')).toEqual({
      gateways: ['public-0-id'],
      addresses: 1,
      routes: ['nat-0-id', 'nat-0-id', 'nat-0-id'],
      endpoints: ['s3'],
    })
  })

  test('is a NAT gateway in every zone', async () => {
    expect(await ways('PerZone')).toEqual({
      gateways: ['public-0-id', 'public-1-id', 'public-2-id'],
      addresses: 3,
      routes: ['nat-0-id', 'nat-1-id', 'nat-2-id'],
      endpoints: ['s3'],
    })
  })

  test('is an endpoint for each service a node needs when there is no NAT gateway', async () => {
    expect(await ways('None')).toEqual({
      gateways: [],
      addresses: 0,
      routes: [],
      endpoints: ['s3', 'eks', 'eks-auth', 'sts', 'ecr.api', 'ecr.dkr', 'ec2', 'logs'],
    })
  })

  test('lets endpoints be reached from inside the VPC only, by https', async () => {
    const program = await recordCloud(vpc({ natGateways: 'None', cidr: '10.9.0.0/16' }))
    const rule = program.the(
      'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule',
      'endpoints-https',
    )
    expect(rule.inputs).toMatchObject({
      cidrIpv4: '10.9.0.0/16',
      ipProtocol: 'tcp',
      fromPort: 443,
      toPort: 443,
    })
    const door = program.the('aws:ec2/vpcEndpoint:VpcEndpoint', 'ecr.api')
    expect(door.inputs).toMatchObject({
      serviceName: 'com.amazonaws.eu-west-1.ecr.api',
      vpcEndpointType: 'Interface',
      privateDnsEnabled: true,
      subnetIds: ['private-0-id', 'private-1-id'],
      securityGroupIds: ['endpoints-id'],
    })
  })
})

describe('an endpoint', () => {
  const isolated = vpc({ natGateways: 'None', availabilityZones: 3 })
  const placed = async (gaps: Record<string, string[]>) => {
    const program = await recordCloud(isolated, { gaps })
    return (name: string) =>
      program.the('aws:ec2/vpcEndpoint:VpcEndpoint', name).inputs['subnetIds']
  }

  test('stands in the zones that have its service', async () => {
    const subnets = await placed({ 'eks-auth': ['eu-west-1b'], logs: ['eu-west-1a', 'eu-west-1c'] })
    expect(subnets('eks-auth')).toEqual(['private-0-id', 'private-2-id'])
    expect(subnets('logs')).toEqual(['private-1-id'])
    expect(subnets('sts')).toEqual(['private-0-id', 'private-1-id', 'private-2-id'])
  })

  test('whose service is in no zone of the cluster is refused before anything is made', async () => {
    const gaps = { 'ecr.dkr': ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'] }
    await expect(recordCloud(isolated, { gaps })).rejects.toThrow(
      'spec.provider.aws.vpc.natGateways: expected Single or PerZone, or zones that have what nodes need: none of eu-west-1a, eu-west-1b, eu-west-1c has an endpoint for ecr.dkr (only eu-west-1d), got None',
    )
    const single = vpc({ natGateways: 'Single', availabilityZones: 3 })
    await expect(recordCloud(single, { gaps })).resolves.toBeDefined()
  })
})

test('refuses more zones than the region has', async () => {
  await expect(
    recordCloud(vpc({ availabilityZones: 3 }), { zones: ['eu-west-1a', 'eu-west-1b'] }),
  ).rejects.toThrow(
    'spec.provider.aws.vpc.availabilityZones: expected at most 2, the zones of eu-west-1 that EKS can use, got 3',
  )
})
