// What must hold for the cloud program as a whole, whatever the spec.
import { describe, expect, test } from 'vitest'
import type { Recorded, Recording } from '../../../support/pulumi-recorder.ts'
import { recordCloud } from '../../../support/aws/recorded-cloud.ts'

const everything = {
  aws: {
    tags: { 'cost-centre': '4711' },
    vpc: { availabilityZones: 3, natGateways: 'PerZone' },
    endpointAccess: { privateCidrs: ['10.20.0.0/16'] },
  },
  nodePools: [
    { name: 'default' },
    { name: 'spot', aws: { capacity: 'Spot', image: { family: 'Bottlerocket' } } },
    { name: 'own', aws: { image: { id: 'ami-0123456789abcdef0' } } },
  ],
  autofs: { maps: [{ name: 'home', source: 'EFS' }] },
}
const isolated = { ...everything, aws: { vpc: { natGateways: 'None' } } }
const full = await recordCloud(everything)
const cut = await recordCloud(isolated)
const label = (r: Recorded) => `${r.type} ${r.name}`

test('makes exactly these resources', async () => {
  const { resources } = full
  const lines = resources.map((r) => `${label(r)}${r.parent.trim() ? ` < ${r.parent}` : ''}`)
  await expect(`${lines.toSorted().join('\n')}\n`).toMatchFileSnapshot('resources.golden.txt')
})

test('gives everything that can be tagged the tenant’s tags, the user’s and a name of its own', async () => {
  for (const { resources } of [full, cut]) {
    const untaggable =
      /^(cratekube:|pulumi:|aws:ec2\/route|aws:iam\/rolePolicyAttachment|aws:efs\/(mountTarget|backupPolicy|fileSystemPolicy))/
    const tagged = resources.filter(
      (r) => !untaggable.test(r.type) || r.type.endsWith(':RouteTable'),
    )
    for (const r of tagged) {
      expect(r.inputs['tags'], label(r)).toMatchObject({
        'cratekube.io/uid': '0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9',
        'cratekube.io/tenant': 'team-payments/payments',
        Name: expect.stringContaining('payments-0a1b2c3d'),
        'cratekube.io/urn-name': expect.any(String),
        ...(resources === full.resources && { 'cost-centre': '4711' }),
      })
    }
    const names = tagged.map((r) => r.inputs['tags']['cratekube.io/urn-name'])
    expect(new Set(names).size).toBe(names.length)
  }
})

test('tags instances, volumes and network interfaces of the nodes', async () => {
  const program = full
  for (const template of program.of('aws:ec2/launchTemplate:LaunchTemplate')) {
    const specifications = template.inputs['tagSpecifications'] as {
      resourceType: string
      tags: object
    }[]
    expect(specifications.map((s) => s.resourceType)).toEqual([
      'instance',
      'volume',
      'network-interface',
    ])
    for (const { tags } of specifications) {
      expect(tags).toMatchObject({ 'cratekube.io/uid': expect.any(String), 'cost-centre': '4711' })
    }
  }
})

test('keeps nothing unencrypted, and asks every instance for IMDSv2 within one hop', async () => {
  const program = full
  for (const template of program.of('aws:ec2/launchTemplate:LaunchTemplate')) {
    expect(template.inputs['metadataOptions']).toEqual({
      httpEndpoint: 'enabled',
      httpTokens: 'required',
      httpPutResponseHopLimit: 1,
    })
    for (const { ebs } of template.inputs['blockDeviceMappings'] as { ebs: object }[]) {
      expect(ebs).toMatchObject({ encrypted: 'true', deleteOnTermination: 'true' })
    }
  }
  for (const f of program.of('aws:efs/fileSystem:FileSystem'))
    expect(f.inputs['encrypted']).toBe(true)
})

test('gives each role the least it needs, under the tenant’s path', async () => {
  const program = full
  const granted = program.of('aws:iam/rolePolicyAttachment:RolePolicyAttachment')
  expect(
    granted.map((a) => `${a.inputs['role']} ${a.inputs['policyArn'].split('/').at(-1)}`),
  ).toEqual([
    'payments-0a1b2c3d-control-plane AmazonEKSClusterPolicy',
    'payments-0a1b2c3d-nodes AmazonEKSWorkerNodePolicy',
    'payments-0a1b2c3d-nodes AmazonEC2ContainerRegistryPullOnly',
    'payments-0a1b2c3d-nodes AmazonSSMManagedInstanceCore',
    'payments-0a1b2c3d-pod-network AmazonEKS_CNI_Policy',
  ])
  for (const role of program.of('aws:iam/role:Role')) {
    expect(role.inputs['path']).toBe('/cratekube/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9/')
    const { Statement } = JSON.parse(role.inputs['assumeRolePolicy'])
    expect(Statement).toHaveLength(1)
    expect(Statement[0].Principal.Service).toMatch(/^(eks|ec2|pods\.eks)\.amazonaws\.com$/)
  }
})

test('reaches AWS through one provider pinned to the region, with no credentials in its inputs', async () => {
  const program = full
  const { inputs } = program.the('pulumi:providers:aws', 'aws')
  expect(inputs['region']).toBe('eu-west-1')
  expect(Object.keys(inputs).filter((key) => /key|token|secret|profile/i.test(key))).toEqual([])
  const others = program.resources.filter(
    (r) => r.type !== 'pulumi:providers:aws' && r.provider !== 'pulumi:providers:aws aws',
  )
  expect(others.map(label)).toEqual([])
})

describe('order', () => {
  /** Everything that outlives `name` on deletion, directly or not. */
  const outlives = ({ resources }: Recording, type: string, name: string) => {
    const byLabel = new Map(resources.map((r) => [label(r), r]))
    const seen = new Set<string>()
    const visit = (key: string) => {
      for (const next of byLabel.get(key)?.dependencies ?? [])
        if (!seen.has(next)) visit((seen.add(next), next))
    }
    visit(`${type} ${name}`)
    return [...seen]
  }
  const group = ['aws:eks/nodeGroup:NodeGroup', 'default'] as const

  test('the control plane does not wait for the way out nor for storage', async () => {
    const before = outlives(full, 'eks:index:Cluster', 'cluster')
    expect(before.filter((l) => /nat|Eip|efs|vpcEndpoint|routeTable/i.test(l))).toEqual([])
  })

  test('roles, logs and subnets outlive the control plane', async () => {
    const after = outlives(full, 'eks:index:Cluster', 'cluster')
    expect(after).toEqual(
      expect.arrayContaining([
        'aws:iam/rolePolicyAttachment:RolePolicyAttachment control-plane-AmazonEKSClusterPolicy',
        'aws:iam/role:Role control-plane',
        'aws:cloudwatch/logGroup:LogGroup control-plane-logs',
        'aws:ec2/subnet:Subnet private-2',
        'aws:ec2/vpc:Vpc vpc',
      ]),
    )
  })

  test('the way out, pod network, roles and control plane outlive the nodes', async () => {
    expect(outlives(full, ...group)).toEqual(
      expect.arrayContaining([
        'aws:ec2/route:Route private-2',
        'aws:ec2/natGateway:NatGateway nat-2',
        'aws:ec2/eip:Eip nat-2',
        'aws:ec2/route:Route public',
        'aws:ec2/internetGateway:InternetGateway internet-gateway',
        'aws:ec2/routeTableAssociation:RouteTableAssociation private-2',
        'aws:ec2/routeTableAssociation:RouteTableAssociation public-2',
        'aws:ec2/vpcEndpoint:VpcEndpoint s3',
        'aws:eks/addon:Addon vpc-cni',
        'aws:eks/addon:Addon kube-proxy',
        'aws:eks/addon:Addon eks-pod-identity-agent',
        'aws:iam/rolePolicyAttachment:RolePolicyAttachment nodes-AmazonEKSWorkerNodePolicy',
        'aws:iam/rolePolicyAttachment:RolePolicyAttachment pod-network-AmazonEKS_CNI_Policy',
        'eks:index:Cluster cluster',
      ]),
    )
  })

  test('the endpoints outlive nodes that have no other way out', async () => {
    const after = outlives(cut, ...group)
    expect(after).toContain('aws:ec2/vpcEndpoint:VpcEndpoint ecr.dkr')
    expect(after).toContain(
      'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule endpoints-https',
    )
  })

  test('addresses and the internet gateway outlive the NAT gateways', async () => {
    const after = outlives(full, 'aws:ec2/natGateway:NatGateway', 'nat-1')
    expect(after).toContain('aws:ec2/eip:Eip nat-1')
    expect(after).toContain('aws:ec2/internetGateway:InternetGateway internet-gateway')
  })

  test('the nodes outlive DNS, the cluster’s security group outlives the rule that names it', async () => {
    expect(outlives(full, 'aws:eks/addon:Addon', 'coredns')).toContain(
      'aws:eks/nodeGroup:NodeGroup spot',
    )
    const rule = [
      'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule',
      'file-system-nfs',
    ] as const
    expect(outlives(full, ...rule)).toContain('eks:index:Cluster cluster')
  })

  test('policies of the file system end with it', async () => {
    const program = full
    for (const type of [
      'aws:efs/backupPolicy:BackupPolicy',
      'aws:efs/fileSystemPolicy:FileSystemPolicy',
    ]) {
      expect(program.of(type).map((p) => p.deletedWith)).toEqual([
        'aws:efs/fileSystem:FileSystem file-system',
      ])
    }
  })
})
