// The eks double as the engine sees it: which children eks.Cluster registers, with what inputs, and what it gives back.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ConstructRequest } from '../../../../operator/engine/embedded/providers/provider.ts'
import { eksProvider } from '../../../sandbox/providers/eks/provider.ts'
import { plainProps } from '../../../sandbox/providers/values.ts'
import { recordingMonitor } from './recording-monitor.ts'

const roleUrn = 'urn:pulumi:dev::test::aws:iam/role:Role::cluster-role'
const roleArn = 'arn:aws:iam::123456789012:role/cratekube/x/cluster'
const clusterUrn = 'urn:pulumi:dev::test::aws:eks/cluster:Cluster::cluster-eksCluster'

let monitor: Awaited<ReturnType<typeof recordingMonitor>>

beforeAll(async () => {
  monitor = await recordingMonitor({
    existing: { [roleUrn]: { id: 'cluster', state: { arn: roleArn, name: 'cluster' } } },
    outputs: {
      'aws:eks/cluster:Cluster': {
        arn: 'arn:aws:eks:eu-central-1:123456789012:cluster/payments-1a2b3c4d',
        endpoint: 'https://payments.memory.invalid',
        certificateAuthority: { data: 'Q0E=' },
        identities: [{ oidcs: [{ issuer: 'https://oidc.eks.eu-central-1.amazonaws.com/id/X' }] }],
        vpcConfig: { subnetIds: ['subnet-1', 'subnet-2'], clusterSecurityGroupId: 'sg-1' },
      },
    },
  })
})
afterAll(() => monitor.stop())

const preset = {
  name: 'payments-1a2b3c4d',
  version: '1.36',
  vpcId: 'vpc-1',
  subnetIds: ['subnet-1', 'subnet-2'],
  serviceRole: { '4dabf18193072939515e22adb298388d': '5cf8f73096256a8f31e491e813e4eb8e', urn: roleUrn, id: 'cluster' },
  kubernetesServiceIpAddressRange: '172.20.0.0/16',
  endpointPublicAccess: true,
  endpointPrivateAccess: true,
  publicAccessCidrs: ['203.0.113.0/24'],
  enabledClusterLogTypes: ['api', 'audit'],
  deletionProtection: false,
  upgradePolicy: { supportType: 'STANDARD' },
  authenticationMode: 'API',
  bootstrapSelfManagedAddons: false,
  skipDefaultNodeGroup: true,
  skipDefaultSecurityGroups: true,
  createInstanceRole: false,
  createOidcProvider: false,
  useDefaultVpcCni: true,
  kubeProxyAddonOptions: { enabled: false },
  corednsAddonOptions: { enabled: false },
  accessEntries: {
    admin: {
      principalArn: 'arn:aws:iam::123456789012:role/admin',
      accessPolicies: {
        all: { policyArn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy', accessScope: { type: 'cluster' } },
      },
    },
  },
  tags: { team: 'payments' },
} // prettier-ignore

const request = (inputs: Record<string, unknown>): ConstructRequest => ({
  type: 'eks:index:Cluster',
  name: 'cluster',
  inputs,
  inputDependencies: { serviceRole: [roleUrn] },
  parent: '',
  monitorAddress: monitor.address,
  engineAddress: monitor.address,
  project: 'test',
  stack: 'dev',
  dryRun: false,
  parallel: 8,
  config: {},
  configSecretKeys: [],
  providers: {},
  dependencies: [],
  aliases: [],
})

describe('eks.Cluster in the strict preset', () => {
  test('registers the control plane, access entries and a kubernetes provider, and nothing else', async () => {
    monitor.registrations.length = 0
    const made = await eksProvider().construct?.(request(preset))
    const children = monitor.registrations.map(({ type, name }) => `${type} ${name}`)
    expect(children.toSorted()).toEqual([
      'aws:eks/accessEntry:AccessEntry cluster-admin',
      'aws:eks/accessPolicyAssociation:AccessPolicyAssociation cluster-admin-all',
      'aws:eks/cluster:Cluster cluster-eksCluster',
      'eks:index:Cluster cluster',
      'pulumi:providers:kubernetes cluster-eks-k8s',
    ])
    const cluster = monitor.registrations.find(({ type }) => type === 'aws:eks/cluster:Cluster')
    expect(cluster).toMatchObject({
      parent: 'urn:pulumi:dev::test::eks:index:Cluster::cluster',
      ignoreChanges: ['accessConfig.bootstrapClusterCreatorAdminPermissions'],
    })
    expect(plainProps(cluster?.inputs ?? {})).toMatchObject({
      name: 'payments-1a2b3c4d',
      version: '1.36',
      roleArn,
      accessConfig: {
        authenticationMode: 'API',
        bootstrapClusterCreatorAdminPermissions: true,
      },
      kubernetesNetworkConfig: { serviceIpv4Cidr: '172.20.0.0/16' },
      vpcConfig: { subnetIds: ['subnet-1', 'subnet-2'], endpointPublicAccess: true },
      tags: { Name: 'cluster-eksCluster', team: 'payments' },
    })
    expect(made?.urn).toBe('urn:pulumi:dev::test::eks:index:Cluster::cluster')
    const state = plainProps(made?.state ?? {})
    expect(state).toMatchObject({
      clusterSecurityGroupId: 'sg-1',
      oidcIssuer: 'oidc.eks.eu-central-1.amazonaws.com/id/X',
      kubeconfig: { clusters: [{ cluster: { server: 'https://payments.memory.invalid' } }] },
    })
    expect(JSON.stringify(made?.state['kubeconfigJson'])).toContain(
      '1b47061264138c4ac30d75fd1eb44270',
    )
    expect(JSON.parse(String(state['kubeconfigJson']))).toEqual(state['kubeconfig'])
  })

  test('says that its outputs come from the cluster, so that node groups go before it', async () => {
    const made = await eksProvider().construct?.(request(preset))
    expect(made?.stateDependencies?.['clusterSecurityGroupId']).toContain(clusterUrn)
    expect(made?.stateDependencies?.['kubeconfig']).toContain(clusterUrn)
  })

  test('keeps the SDK state of runs side by side apart', async () => {
    const names = ['one', 'two', 'three']
    const made = await Promise.all(
      names.map(async (name) => eksProvider().construct?.({ ...request(preset), name })),
    )
    expect(made.map((component) => component?.urn.split('::').at(-1))).toEqual(names)
  })

  test.each([
    [{ skipDefaultNodeGroup: false }, 'skipDefaultNodeGroup must be true'],
    [{ instanceType: 't3.medium' }, 'instanceType is not supported'],
    [{ createOidcProvider: true }, 'createOidcProvider must be off'],
    [{ corednsAddonOptions: { enabled: true } }, 'corednsAddonOptions.enabled must be false'],
  ])('refuses what is outside the preset: %o', async (change, words) => {
    const call = eksProvider().construct?.(request({ ...preset, ...change }))
    await expect(call).rejects.toThrow(words)
  })
})
