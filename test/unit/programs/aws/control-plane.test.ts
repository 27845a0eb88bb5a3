import { cloudOutputsSchema } from '../../../../operator/api/tenant/stack.ts'
import { expect, test } from 'vitest'
import { outsidePreset } from '../../../sandbox/providers/eks/cluster.ts'
import { recordCloud } from '../../../support/aws/recorded-cloud.ts'

const cluster = async (spec: Parameters<typeof recordCloud>[0] = {}) =>
  (await recordCloud(spec)).the('eks:index:Cluster', 'cluster').inputs

test('leaves nothing to the defaults of eks.Cluster', async () => {
  expect(await cluster()).toMatchObject({
    name: 'payments-0a1b2c3d',
    version: '1.36',
    vpcId: 'vpc-id',
    subnetIds: ['private-0-id', 'private-1-id'],
    kubernetesServiceIpAddressRange: '172.20.0.0/16',
    authenticationMode: 'API',
    bootstrapSelfManagedAddons: false,
    skipDefaultNodeGroup: true,
    skipDefaultSecurityGroups: true,
    createInstanceRole: false,
    createOidcProvider: false,
    useDefaultVpcCni: true,
    kubeProxyAddonOptions: { enabled: false },
    corednsAddonOptions: { enabled: false },
    enabledClusterLogTypes: ['api', 'audit', 'authenticator'],
    upgradePolicy: { supportType: 'STANDARD' },
  })
})

test('opens the endpoint as the spec says', async () => {
  const access = async (endpointAccess: object) => await cluster({ aws: { endpointAccess } })
  expect(await access({})).toMatchObject({
    endpointPublicAccess: true,
    endpointPrivateAccess: true,
    publicAccessCidrs: ['0.0.0.0/0'],
  })
  expect(
    await access({ publicCidrs: ['203.0.113.0/24', '198.51.100.7/32'], private: false }),
  ).toMatchObject({
    endpointPrivateAccess: false,
    publicAccessCidrs: ['203.0.113.0/24', '198.51.100.7/32'],
  })
  const hidden = await access({ public: false })
  expect(hidden).toMatchObject({ endpointPublicAccess: false, endpointPrivateAccess: true })
  expect(hidden).not.toHaveProperty('publicAccessCidrs')
})

test('lets in who may reach the private endpoint, each range by a rule of its own', async () => {
  const rulesFor = async (privateCidrs: string[]) =>
    (await recordCloud({ aws: { endpointAccess: { public: false, privateCidrs } } }))
      .of('aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule')
      .map(({ name, inputs }) => ({ name, inputs }))
  const one = await rulesFor(['10.20.0.0/16'])
  expect(one).toMatchObject([
    {
      name: 'api-from-10.20.0.0-16',
      inputs: {
        securityGroupId: 'sg-cluster',
        cidrIpv4: '10.20.0.0/16',
        ipProtocol: 'tcp',
        fromPort: 443,
        toPort: 443,
        tags: { 'cratekube.io/urn-name': 'api-from-10.20.0.0-16' },
      },
    },
  ])
  const two = await rulesFor(['10.20.0.0/17', '10.20.0.0/16'])
  expect(two.map(({ name }) => name)).toEqual(['api-from-10.20.0.0-17', 'api-from-10.20.0.0-16'])
  expect(two[1]).toEqual(one[0])
  expect(await rulesFor([])).toEqual([])
})

test('takes deletion protection and the version to EKS', async () => {
  expect(await cluster()).toMatchObject({ deletionProtection: false })
  expect(await cluster({ deletionProtection: true, kubernetesVersion: '1.35' })).toMatchObject({
    deletionProtection: true,
    version: '1.35',
  })
})

test('upgrades the EKS add-ons with the cluster', async () => {
  const program = await recordCloud({ kubernetesVersion: '1.35' })
  const addons = program.of('aws:eks/addon:Addon').map((a) => a.inputs)
  expect(Object.fromEntries(addons.map((a) => [a['addonName'], a['addonVersion']]))).toEqual({
    'vpc-cni': 'vpc-cni for 1.35',
    'kube-proxy': 'kube-proxy for 1.35',
    'eks-pod-identity-agent': 'eks-pod-identity-agent for 1.35',
    coredns: 'coredns for 1.35',
  })
  expect(addons.every((a) => a['preserve'] === false)).toBe(true)
})

test('has no DNS to wait for while no node takes it', async () => {
  const addons = async (pools: object[]) =>
    (await recordCloud({ nodePools: pools })).of('aws:eks/addon:Addon').map((a) => a.name)
  const taint = { key: 'team', value: 'ml', effect: 'NoSchedule' }
  expect(await addons([{ name: 'a', min: 0, desired: 0 }])).not.toContain('coredns')
  expect(await addons([{ name: 'a', taints: [taint] }])).not.toContain('coredns')
  expect(await addons([{ name: 'a', taints: [taint] }, { name: 'b' }])).toContain('coredns')
  expect(
    await addons([{ name: 'a', taints: [{ ...taint, effect: 'PreferNoSchedule' }] }]),
  ).toContain('coredns')
})

test('gives the outputs that the rest of CrateKube reads, and the kubeconfig as a secret', async () => {
  const { outputs, secrets } = await recordCloud()
  expect(cloudOutputsSchema.parse(outputs)).toEqual({
    clusterName: 'payments-0a1b2c3d',
    endpoint: 'https://api.example',
    certificateAuthority: 'Q0E=',
    account: '123456789012',
    facts: {
      clusterArn: 'arn:aws:eks:eu-west-1:123456789012:cluster/payments-0a1b2c3d',
      clusterSecurityGroupId: 'sg-cluster',
      vpcId: 'vpc-id',
    },
  })
  expect(secrets).toEqual(['kubeconfig'])
})

test('stays within the preset that the sandbox’s double of @pulumi/eks knows', async () => {
  expect(outsidePreset(await cluster())).toEqual([])
})
