// What a real API server accepts and refuses of TenantClusters, and in which words. Admission costs no AWS call.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tenantCluster } from '../../../operator/api/tenant-cluster.ts'
import { core, type Kube, type Manifest } from '../../../operator/framework/index.ts'
import { changed, minimalSpec, specOf, tenantManifest } from '../../support/tenant-cluster.ts'
import { startTestApi } from '../../support/api-server.ts'
import type { TestPlane } from '../../support/test-plane.ts'

const path = '/apis/cratekube.io/v1alpha1/namespaces/default/tenantclusters'
let api: TestPlane
let kube: Kube

beforeAll(async () => {
  api = await startTestApi()
  kube = api.kube
})
afterAll(() => api.stop())

/** As kubectl does it: unknown fields are errors. */
const create = (manifest: Manifest, query: Record<string, string> = {}) =>
  kube.request('POST', path, manifest, { query: { fieldValidation: 'Strict', ...query } })

const update = (name: string, patch: object) =>
  kube.patch(tenantCluster, { namespace: 'default', name }, patch, { type: 'merge' })

const efs = { maps: [{ name: 'shared', source: 'EFS' }] }
const nfs = (key: string) => ({
  maps: [{ name: 'builds', entries: [{ key, location: 'filer:/export' }] }],
})

describe('accepts', () => {
  test.each<[string, string, unknown]>([
    ['the shortest spec', 'suspend', false],
    ['private access only', 'provider.aws.endpointAccess', { public: false }],
    ['public access only', 'provider.aws.endpointAccess', { private: false }],
    ['nodes without a way out', 'provider.aws.vpc', { natGateways: 'None' }],
    ['a registry with a port and a path', 'imageRegistry', 'registry.example:5000/a/b-c'],
    ['labels of a domain of one’s own', 'nodePools.0.labels', { 'team.example/k8s.io': 'a' }],
    ['an image of one’s own', 'nodePools.0.image', { id: 'ami-0123456789abcdef0' }],
    ['a map on EFS', 'autofs', efs],
    ['a map with entries', 'autofs', nfs('tools/v1')],
    ['any chart values', 'addons.loadTesting.values', { replicas: 2, nested: { a: [1] } }],
    ['tags', 'provider.aws.tags', { team: 'payments', 'cost center': '7' }],
    ['public ranges', 'provider.aws.endpointAccess.publicCidrs', ['203.0.113.0/24', '0.0.0.0/0']],
    ['a /20 network', 'provider.aws.vpc.cidr', '10.9.16.0/20'],
    ['a pool of none', 'nodePools.0', { name: 'spare', min: 0, desired: 0, max: 1 }],
  ])('%s', async (_, at, value) => {
    const spec = changed(minimalSpec, at, value)
    await create(tenantManifest('accepted', spec), { dryRun: 'All' })
  })

  test('and fills in the defaults that the schema promises', async () => {
    const created = (await create(tenantManifest('defaults'), { dryRun: 'All' })) as Manifest
    expect(created['spec']).toEqual(specOf())
  })
})

describe('refuses, naming the field:', () => {
  test.each<[string, string, unknown, string | RegExp]>([
    [
      'an unknown region',
      'provider.aws.region',
      'eu-west-9',
      'spec.provider.aws.region: Unsupported value',
    ],
    [
      'a version that is a number',
      'kubernetesVersion',
      1.36,
      'spec.kubernetesVersion: Invalid value: "number"',
    ],
    [
      'a version with a patch',
      'kubernetesVersion',
      '1.36.1',
      'spec.kubernetesVersion: Invalid value',
    ],
    [
      'a network too small',
      'provider.aws.vpc.cidr',
      '10.0.0.0/24',
      'spec.provider.aws.vpc.cidr: expected a prefix length from 16 to 20',
    ],
    [
      'a network too large',
      'provider.aws.vpc.cidr',
      '10.0.0.0/8',
      'spec.provider.aws.vpc.cidr: expected a prefix length from 16 to 20',
    ],
    [
      'a network over that of Services',
      'provider.aws.vpc.cidr',
      '172.20.0.0/16',
      'spec.provider.aws.vpc.cidr: expected a range that does not overlap 172.20.0.0/16',
    ],
    [
      'a network inside that of Services',
      'provider.aws.vpc.cidr',
      '172.20.16.0/20',
      'spec.provider.aws.vpc.cidr: expected a range that does not overlap 172.20.0.0/16',
    ],
    [
      'host bits in the network',
      'provider.aws.vpc.cidr',
      '10.0.0.1/16',
      'spec.provider.aws.vpc.cidr: expected an IPv4 network',
    ],
    [
      'an IPv6 network',
      'provider.aws.vpc.cidr',
      'fd00::/16',
      'spec.provider.aws.vpc.cidr: expected an IPv4 network',
    ],
    [
      'nonsense for a network',
      'provider.aws.vpc.cidr',
      'ten',
      'spec.provider.aws.vpc.cidr: expected an IPv4 network',
    ],
    [
      '0 zones',
      'provider.aws.vpc.availabilityZones',
      0,
      'spec.provider.aws.vpc.availabilityZones: Invalid value: 0',
    ],
    [
      '5 zones',
      'provider.aws.vpc.availabilityZones',
      5,
      'spec.provider.aws.vpc.availabilityZones: Invalid value: 5',
    ],
    [
      'an unknown NAT',
      'provider.aws.vpc.natGateways',
      'Two',
      'spec.provider.aws.vpc.natGateways: Unsupported value',
    ],
    [
      'no endpoint at all',
      'provider.aws.endpointAccess',
      { public: false, private: false },
      'spec.provider.aws.endpointAccess: expected public or private to be true',
    ],
    [
      'a public range that is none',
      'provider.aws.endpointAccess.publicCidrs',
      ['home'],
      'spec.provider.aws.endpointAccess.publicCidrs: expected IPv4 ranges',
    ],
    [
      'an IPv6 range for the public endpoint',
      'provider.aws.endpointAccess.publicCidrs',
      ['::/0'],
      'spec.provider.aws.endpointAccess.publicCidrs: expected IPv4 ranges',
    ],
    [
      'a public endpoint only, and nodes outside its ranges',
      'provider.aws.endpointAccess',
      { private: false, publicCidrs: ['203.0.113.0/24'] },
      'spec.provider.aws.endpointAccess.private: expected true where publicCidrs is not 0.0.0.0/0',
    ],
    [
      'a public endpoint only, and nodes without a way out',
      'provider.aws',
      {
        ...minimalSpec.provider.aws,
        vpc: { natGateways: 'None' },
        endpointAccess: { private: false },
      },
      'spec.provider.aws.endpointAccess.private: expected true where vpc.natGateways is None',
    ],
    [
      'no public range',
      'provider.aws.endpointAccess.publicCidrs',
      [],
      'spec.provider.aws.endpointAccess.publicCidrs',
    ],
    [
      'a tag of AWS',
      'provider.aws.tags',
      { 'aws:x': '1' },
      'spec.provider.aws.tags: expected keys',
    ],
    [
      'a tag of AWS in capitals',
      'provider.aws.tags',
      { 'AWS:x': '1' },
      'spec.provider.aws.tags: expected keys',
    ],
    [
      'the tag Name, which is ours',
      'provider.aws.tags',
      { team: 'a', name: 'mine' },
      'spec.provider.aws.tags: expected keys',
    ],
    [
      'a tag of ours',
      'provider.aws.tags',
      { 'cratekube.io/uid': '1' },
      'spec.provider.aws.tags: expected keys',
    ],
    [
      'no credentials',
      'provider.aws.credentialsRef',
      undefined,
      'spec.provider.aws.credentialsRef: Required value',
    ],
    ['no pools', 'nodePools', [], 'spec.nodePools'],
    [
      'min above max',
      'nodePools.0',
      { name: 'a', min: 4, desired: 4, max: 3 },
      'spec.nodePools[]: expected min ≤ desired ≤ max',
    ],
    [
      'desired above max',
      'nodePools.0',
      { name: 'a', desired: 4, max: 3 },
      'spec.nodePools[]: expected min ≤ desired ≤ max',
    ],
    [
      'desired below min',
      'nodePools.0',
      { name: 'a', min: 2, desired: 1, max: 3 },
      'spec.nodePools[]: expected min ≤ desired ≤ max',
    ],
    [
      'two pools of one name',
      'nodePools',
      [{ name: 'a' }, { name: 'a' }],
      'spec.nodePools[1]: Duplicate value',
    ],
    [
      'a pool name of 64 characters',
      'nodePools.0.name',
      'a'.repeat(64),
      'spec.nodePools[0].name: Too long',
    ],
    [
      'a pool name with capitals',
      'nodePools.0.name',
      'Default',
      'spec.nodePools[0].name: Invalid value',
    ],
    [
      'a label of Kubernetes’ own',
      'nodePools.0.labels',
      { 'node-role.kubernetes.io/web': 'true' },
      'spec.nodePools[].labels: expected keys outside kubernetes.io, k8s.io and eks.amazonaws.com',
    ],
    [
      'an instance type of no form',
      'nodePools.0.instanceTypes',
      ['large'],
      'spec.nodePools[0].instanceTypes[0]: Invalid value',
    ],
    [
      'a bad image id',
      'nodePools.0.image',
      { id: 'ami-xyz' },
      'spec.nodePools[0].image.id: Invalid value',
    ],
    [
      'two images',
      'nodePools.0.image',
      { family: 'AL2023', id: 'ami-01234567' },
      'spec.nodePools[].image: expected exactly one of family and id',
    ],
    [
      'no image',
      'nodePools.0.image',
      {},
      'spec.nodePools[].image: expected exactly one of family and id',
    ],
    [
      'an unknown capacity',
      'nodePools.0.capacity',
      'Cheap',
      'spec.nodePools[0].capacity: Unsupported value',
    ],
    ['a disk too small', 'nodePools.0.diskGiB', 10, 'spec.nodePools[0].diskGiB: Invalid value: 10'],
    [
      'an unknown taint effect',
      'nodePools.0.taints',
      [{ key: 'a', effect: 'Never' }],
      'spec.nodePools[0].taints[0].effect: Unsupported value',
    ],
    [
      'a map key with ..',
      'autofs',
      nfs('a..b'),
      "spec.autofs.maps[].entries[].key: expected a relative path without '..'",
    ],
    [
      'a password among the mount options',
      'autofs.maps',
      [
        {
          name: 'x',
          entries: [{ ...nfs('k').maps[0]?.entries[0], options: 'fstype=cifs,password=x' }],
        },
      ],
      'spec.autofs.maps[].entries[].options: expected no password; use credentials=',
    ],
    [
      'a map key that climbs',
      'autofs',
      nfs('../etc'),
      'spec.autofs.maps[0].entries[0].key: Invalid value',
    ],
    [
      'an absolute map key',
      'autofs',
      nfs('/etc'),
      'spec.autofs.maps[0].entries[0].key: Invalid value',
    ],
    [
      'a map of two sources',
      'autofs.maps',
      [{ name: 'x', source: 'EFS', ...nfs('k').maps[0] }],
      'spec.autofs.maps[]: expected exactly one of source and entries',
    ],
    [
      'a map of no source',
      'autofs.maps',
      [{ name: 'x' }],
      'spec.autofs.maps[]: expected exactly one of source and entries',
    ],
    [
      'an unknown map source',
      'autofs.maps',
      [{ name: 'x', source: 'S3' }],
      'spec.autofs.maps[0].source: Unsupported value',
    ],
    [
      'two maps of one name',
      'autofs.maps',
      [...efs.maps, ...efs.maps],
      'spec.autofs.maps[1]: Duplicate value',
    ],
    [
      'two entries of one key',
      'autofs.maps',
      [
        {
          name: 'x',
          entries: [...(nfs('k').maps[0]?.entries ?? []), ...(nfs('k').maps[0]?.entries ?? [])],
        },
      ],
      'spec.autofs.maps[0].entries[1]: Duplicate value',
    ],
    ['a mount root of /', 'autofs', { root: '/', ...efs }, 'spec.autofs.root: Invalid value'],
    [
      'a mount root of /etc',
      'autofs',
      { root: '/etc', ...efs },
      'spec.autofs.root: expected a directory of its own',
    ],
    [
      'a mount root below /var',
      'autofs',
      { root: '/var/auto', ...efs },
      'spec.autofs.root: expected a directory of its own',
    ],
    [
      'a mount root that climbs',
      'autofs',
      { root: '/auto/../etc', ...efs },
      'spec.autofs.root: Invalid value',
    ],
    [
      'a relative mount root',
      'autofs',
      { root: 'auto', ...efs },
      'spec.autofs.root: Invalid value',
    ],
    [
      'a shell in mount options',
      'autofs.maps',
      [{ name: 'x', entries: [{ key: 'k', location: 'f:/x', options: '$(id)' }] }],
      'spec.autofs.maps[0].entries[0].options: Invalid value',
    ],
    [
      'a registry with a scheme',
      'imageRegistry',
      'https://registry.example',
      'spec.imageRegistry: Invalid value',
    ],
    [
      'a chart version of no form',
      'addons.loadTesting.version',
      'latest',
      'spec.addons.loadTesting.version: Invalid value',
    ],
    [
      'an unknown field',
      'provider.aws.profile',
      'mine',
      'unknown field "spec.provider.aws.profile"',
    ],
    ['an unknown field of a pool', 'nodePools.0.size', 3, 'unknown field "spec.nodePools[0].size"'],
    [
      'an unknown deletion policy',
      'deletionPolicy',
      'Keep',
      'spec.deletionPolicy: Unsupported value',
    ],
  ])('%s', async (_, at, value, message) => {
    const spec = changed(minimalSpec, at, value)
    await expect(create(tenantManifest('refused', spec))).rejects.toThrow(message)
  })

  test.each(['a'.repeat(41), 'a'.repeat(64), 'a.b'])('the name %s', async (name) => {
    const message = 'metadata.name: expected a DNS label of at most 40 characters'
    await expect(create(tenantManifest(name))).rejects.toThrow(message)
  })

  test('no spec at all', async () => {
    const { spec: _, ...manifest } = tenantManifest('refused')
    await expect(create(manifest)).rejects.toThrow('spec: Required value')
  })
})

describe('of changes,', () => {
  beforeAll(async () => {
    const spec = changed(minimalSpec, 'provider.aws.vpc.cidr', '10.0.0.0/16')
    await create(tenantManifest('changing', { ...spec, kubernetesVersion: '1.35' }))
  })
  const aws = (fields: object) => ({ spec: { provider: { aws: fields } } })

  test.each<[string, object, string]>([
    [
      'a skipped minor',
      { spec: { kubernetesVersion: '1.37' } },
      'spec.kubernetesVersion: expected an upgrade by one minor version at a time',
    ],
    [
      'a rollback by two',
      { spec: { kubernetesVersion: '1.33' } },
      'spec.kubernetesVersion: expected a rollback by one minor version at most',
    ],
    ['another region', aws({ region: 'eu-west-2' }), 'spec.provider.aws.region: immutable'],
    [
      'another network',
      aws({ vpc: { cidr: '10.1.0.0/16' } }),
      'spec.provider.aws.vpc.cidr: immutable',
    ],
    [
      'other zones',
      aws({ vpc: { availabilityZones: 3 } }),
      'spec.provider.aws.vpc.availabilityZones: immutable',
    ],
  ])('refuses %s', async (_, patch, message) => {
    await expect(update('changing', patch)).rejects.toThrow(message)
  })

  test('takes one minor up and back down', async () => {
    await update('changing', { spec: { kubernetesVersion: '1.36' } })
    await update('changing', { spec: { kubernetesVersion: '1.35' } })
  })

  test('leaves the status to the status subresource', async () => {
    const answer = await update('changing', { status: { endpoint: 'https://x' } })
    expect(answer.status).toBeUndefined()
  })
})

test('refuses to delete a protected TenantCluster, and lets it go when the field is false', async () => {
  await create(tenantManifest('protected', { ...minimalSpec, deletionProtection: true }))
  const key = { namespace: 'default', name: 'protected' }
  const tryDelete = () =>
    kube.request('DELETE', `${path}/protected`, undefined, { query: { dryRun: 'All' } })
  // A new admission policy takes effect within a second or so.
  await expect
    .poll(() => tryDelete().catch((error: Error) => error.message), { timeout: 10_000 })
    .toContain('spec.deletionProtection: TenantCluster protected is protected')
  await update('protected', { spec: { deletionProtection: false } })
  expect(await kube.delete(tenantCluster, key)).toBe(true)
})

test('serves the columns, the short name and the category that a user looks for', async () => {
  const crd = await kube.get(core.crd, 'tenantclusters.cratekube.io')
  const columns = crd?.spec.versions[0]?.additionalPrinterColumns ?? []
  expect(columns.map((column) => `${column.name}${column.priority ? ' (wide)' : ''}`)).toEqual([
    'Ready',
    'Reason',
    'Version',
    'Nodes',
    'Step',
    'Age',
    'Endpoint (wide)',
    'Message (wide)',
  ])
  expect(crd?.status?.acceptedNames).toMatchObject({
    shortNames: ['tc'],
    categories: ['cratekube'],
  })
})
