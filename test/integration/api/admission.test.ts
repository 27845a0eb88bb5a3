// What a real API server accepts and refuses of TenantClusters, and in which words. Admission costs no AWS call.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tenantCluster } from '../../../operator/api/tenant/tenant-cluster.ts'
import { core, type Kube, type Manifest } from '../../../operator/framework/index.ts'
import { changed, minimalSpec, specOf, tenantManifest } from '../../support/tenant-cluster.ts'
import { startTestApi } from '../../support/api-server.ts'
import type { TestPlane } from '../../support/test-plane.ts'
import type { Refusal } from './refusal.ts'
import { efs, longestMaps, nfs, refusedAutofs } from './refused-autofs.ts'
import { refusedAws } from './refused-aws.ts'
import { refusedNodePools } from './refused-node-pools.ts'

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

/** Of the whole object; returns those that were there. */
async function replaceRules(rules: unknown): Promise<unknown> {
  const definition =
    '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/tenantclusters.cratekube.io'
  const at = '/spec/versions/0/schema/openAPIV3Schema/x-kubernetes-validations'
  const { spec } = (await kube.request('GET', definition)) as {
    spec: { versions: [{ schema: { openAPIV3Schema: Record<string, unknown> } }] }
  } // what is asked for
  const options = { contentType: 'application/json-patch+json' }
  await kube.request('PATCH', definition, [{ op: 'add', path: at, value: rules }], options)
  return spec.versions[0].schema.openAPIV3Schema['x-kubernetes-validations']
}

const numbered = (length: number) =>
  Object.fromEntries(Array.from({ length }, (_, i) => [`t${i}`, '1']))
const taints = [
  { key: 'example.com/dedicated', value: 'a.b_c', effect: 'NoSchedule' },
  { key: 'example.com/dedicated', value: 'other', effect: 'NoExecute' },
  { key: 'spot', effect: 'NoSchedule' },
]
const filer = (options: string) => [
  { name: 'x', entries: [{ key: 'a/b', options, location: 'filer-1.example.com:/x/&' }] },
]
const share = [
  {
    name: 'office',
    entries: [
      {
        key: 'plans',
        options: 'fstype=cifs,vers=3.1.1,credentials=/etc/cratekube/credentials/office,uid=1000',
        location: '://files.example.com/plans$',
      },
    ],
  },
]

describe('accepts', () => {
  test.each<[string, string, unknown]>([
    ['the shortest spec', 'suspend', false],
    ['private access only', 'provider.aws.endpointAccess', { public: false }],
    ['public access only', 'provider.aws.endpointAccess', { private: false }],
    ['nodes without a way out', 'provider.aws.vpc', { natGateways: 'None' }],
    ['a registry with a port and a path', 'imageRegistry', 'registry.example:5000/a/b-c'],
    ['labels of a domain of one’s own', 'nodePools.0.labels', { 'team.example/k8s.io': 'a' }],
    ['an image of one’s own', 'nodePools.0.aws.image', { id: 'ami-0123456789abcdef0' }],
    ['a map on EFS', 'autofs', efs],
    ['a map with entries', 'autofs', nfs('tools/v1')],
    ['any chart values', 'addons.loadTesting.values', { replicas: 2, nested: { a: [1] } }],
    ['tags', 'provider.aws.tags', { team: 'payments', 'cost center': '7', 'a:b/c@d': 'Käse 7' }],
    ['as many tags as there is room for', 'provider.aws.tags', numbered(40)],
    ['a tag key of 127 characters', 'provider.aws.tags', { ['a'.repeat(127)]: '' }],
    [
      'labels',
      'nodePools.0.labels',
      { tier: 'web', 'example.com/a_b.C': '1.2-3', constructor: 'x' },
    ],
    ['taints', 'nodePools.0.taints', taints],
    ['maps as large as they may be', 'autofs', longestMaps],
    ['a Windows share', 'autofs.maps', share],
    [
      'NFS with options',
      'autofs.maps',
      filer('-fstype=nfs4,vers=4.2,hard,timeo=600,nconnect=4,ro'),
    ],
    ['a registry of one word with a port', 'imageRegistry', 'registry:5000'],
    ['the region of Taipei', 'provider.aws.region', 'ap-east-2'],
    ['a network of RFC 6598', 'provider.aws.vpc.cidr', '100.64.0.0/16'],
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
  test.each<Refusal>([
    ...refusedAws,
    ...refusedNodePools,
    ...refusedAutofs,
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
      'a registry with a scheme',
      'imageRegistry',
      'https://registry.example',
      'spec.imageRegistry: Invalid value',
    ],
    ...[
      'registry',
      'a..b',
      'reg.example/a..b',
      'reg.example:0',
      'reg.example:65536/a',
      'a.b/',
      'A.b',
    ].map((registry): Refusal => [
      `the registry ${registry}`,
      'imageRegistry',
      registry,
      'spec.imageRegistry: Invalid value',
    ]),
    ...['1.036', '1.', '1.1000', 'v1.36', '1.36\n'].map((version): Refusal => [
      `the version ${JSON.stringify(version)}`,
      'kubernetesVersion',
      version,
      'spec.kubernetesVersion: Invalid value',
    ]),
    [
      'a chart version of no form',
      'addons.loadTesting.version',
      'latest',
      'spec.addons.loadTesting.version: Invalid value',
    ],
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

  test.each(['sg', 'sg-payments'])('the name %s, which EC2 keeps for itself', async (name) => {
    const message = 'metadata.name: expected a name other than sg that does not begin with sg-'
    await expect(create(tenantManifest(name))).rejects.toThrow(message)
  })

  test('credentials in the Secret that the kubeconfig is written to', async () => {
    const message =
      'spec.provider.aws.credentialsRef.name: expected a name other than <metadata.name>-kubeconfig'
    const spec = (name: string) => changed(minimalSpec, 'provider.aws.credentialsRef.name', name)
    await expect(create(tenantManifest('own', spec('own-kubeconfig')))).rejects.toThrow(message)
    await create(tenantManifest('own', spec('other-kubeconfig')))
    const credentialsRef = { name: 'own-kubeconfig' }
    const patch = { spec: { provider: { aws: { credentialsRef } } } }
    await expect(update('own', patch)).rejects.toThrow(message)
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
      'a version before the one that was wished for',
      { spec: { kubernetesVersion: '1.34' } },
      'spec.kubernetesVersion: expected the same version or a later one',
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
    [
      'zones by name where there were none',
      aws({ vpc: { zones: ['eu-west-1a', 'eu-west-1b'] } }),
      'spec.provider.aws.vpc.zones: immutable',
    ],
  ])('refuses %s', async (_, patch, message) => {
    await expect(update('changing', patch)).rejects.toThrow(message)
  })

  test('keeps the zones that a spec names, in whatever order', async () => {
    const vpc = { zones: ['eu-west-1a', 'euw1-az2'] }
    await create(tenantManifest('named', changed(minimalSpec, 'provider.aws.vpc', vpc)))
    await update('named', aws({ vpc: { zones: ['euw1-az2', 'eu-west-1a'] } }))
    for (const zones of [['euw1-az2', 'eu-west-1c'], null])
      // oxlint-disable-next-line no-await-in-loop -- one object
      await expect(update('named', aws({ vpc: { zones } }))).rejects.toThrow(
        'spec.provider.aws.vpc.zones: immutable',
      )
  })

  test('takes what to adopt, and another, until it was taken over', async () => {
    const uid = (digit: string) => `${digit.repeat(8)}-4e5f-6071-8293-a4b5c6d7e8f9`
    const adopt = (to: object | null) => update('changing', { spec: { adopt: to } })
    await expect(adopt({ uid: '0A1B2C3D' })).rejects.toThrow(
      'spec.adopt.uid: expected metadata.uid of a TenantCluster, such as',
    )
    await adopt({ uid: uid('1') })
    await adopt(null)
    await adopt({ uid: uid('2') })
    await kube.request(
      'PATCH',
      '/apis/cratekube.io/v1alpha1/namespaces/default/tenantclusters/changing/status',
      { status: { adopted: uid('2') } },
      { contentType: 'application/merge-patch+json' },
    )
    const immutable = 'spec.adopt: immutable once the cluster was taken over'
    await expect(adopt({ uid: uid('3') })).rejects.toThrow(immutable)
    await expect(adopt(null)).rejects.toThrow(immutable)
    await update('changing', { spec: { suspend: true } })
  })

  test('takes one minor up, and back only while the cluster does not run it', async () => {
    const runs = (version: string) =>
      kube.request(
        'PATCH',
        '/apis/cratekube.io/v1alpha1/namespaces/default/tenantclusters/changing/status',
        { status: { kubernetes: { version } } },
        { contentType: 'application/merge-patch+json' },
      )
    await update('changing', { spec: { kubernetesVersion: '1.36' } })
    const back = { spec: { kubernetesVersion: '1.35' } }
    await expect(update('changing', back)).rejects.toThrow('expected the same version or a later')
    await runs('v1.35.2')
    await update('changing', back)
    await update('changing', { spec: { kubernetesVersion: '1.36' } })
    await runs('v1.36.1')
    await expect(update('changing', back)).rejects.toThrow('expected the same version or a later')
  })

  test('lets go of one that names the Secret of its kubeconfig since before that was refused', async () => {
    const credentialsRef = { name: 'old-kubeconfig' }
    const spec = changed(minimalSpec, 'provider.aws.credentialsRef', credentialsRef)
    const tryCreate = () => create(tenantManifest('old', spec), { dryRun: 'All' }).then(() => true)
    const rules = await replaceRules([])
    await expect.poll(() => tryCreate().catch(() => false), { timeout: 60_000 }).toBe(true)
    await create(tenantManifest('old', spec))
    await replaceRules(rules)
    await expect.poll(() => tryCreate().catch(() => false), { timeout: 60_000 }).toBe(false)
    await update('old', { metadata: { finalizers: ['example.com/kept'] } })
    await update('old', { spec: { suspend: true } })
    await update('old', { metadata: { finalizers: null } })
    await update('old', { spec: { provider: { aws: { credentialsRef: { name: 'aws' } } } } })
    await expect(
      update('old', { spec: { provider: { aws: { credentialsRef } } } }),
    ).rejects.toThrow()
  })

  test('leaves the status to the status subresource', async () => {
    const answer = await update('changing', { status: { endpoint: 'https://x' } })
    expect(answer).not.toHaveProperty('status.endpoint')
  })
})

describe('chart values:', () => {
  const valuesOf = (values: object) => ({ ...minimalSpec, addons: { loadTesting: { values } } })
  const tryValues = (values: object) =>
    create(tenantManifest('values', valuesOf(values)), { dryRun: 'All' }).then(
      () => 'accepted',
      (error: Error) => error.message,
    )
  const tooLong = { affinity: { a: 'x'.repeat(65_536) } }

  test('refuses more text than managers should keep in memory', async () => {
    // A new admission policy takes effect within a second or so.
    await expect
      .poll(() => tryValues(tooLong), { timeout: 60_000 })
      .toContain('spec.addons.loadTesting.values: expected at most 65536 characters')
    expect(await tryValues({ list: Array.from({ length: 30_000 }, () => 1) })).toContain('at most')
    expect(await tryValues({ affinity: { a: 'x'.repeat(65_000) } })).toBe('accepted')
  })

  test.each(['4dabf18193072939515e22adb298388d', '04da6b54-80e4-46f7-96ec-b56ff0331ba9'])(
    'refuses %s, which Pulumi reads, wherever it is',
    async (mark) => {
      const words = 'spec.addons.loadTesting.values: expected no key and no value that Pulumi'
      expect(await tryValues({ a: [{ b: { [mark]: 'x' } }] })).toContain(words)
      expect(await tryValues({ a: [{ b: mark }] })).toContain(words)
    },
  )
})

test('refuses to delete a protected TenantCluster, and lets it go when the field is false', async () => {
  await create(tenantManifest('protected', { ...minimalSpec, deletionProtection: true }))
  const key = { namespace: 'default', name: 'protected' }
  const tryDelete = () =>
    kube.request('DELETE', `${path}/protected`, undefined, { query: { dryRun: 'All' } })
  // A new admission policy takes effect within a second or so.
  await expect
    .poll(() => tryDelete().catch((error: Error) => error.message), { timeout: 60_000 })
    .toContain('spec.deletionProtection: TenantCluster protected is protected')
  await update('protected', { spec: { deletionProtection: false } })
  expect(await kube.delete(tenantCluster, key)).toBe(true)
})

test('refuses to delete the definition, one by one and by selector, unless somebody confirms it', async () => {
  const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
  const name = 'tenantclusters.cratekube.io'
  const query = { dryRun: 'All', fieldSelector: `metadata.name=${name}` }
  const refused = (path: string) =>
    expect
      .poll(
        () =>
          kube.request('DELETE', path, undefined, { query }).then(
            () => 'deleted',
            (error: Error) => error.message,
          ),
        { timeout: 60_000 },
      )
      .toContain('every TenantCluster would be deleted with it')
  await refused(`${definitions}/${name}`)
  await refused(definitions)
  const confirm = (value: string | null) =>
    kube.patch(
      core.crd,
      { name },
      { metadata: { annotations: { 'cratekube.io/confirm-deletion': value } } },
      { type: 'merge' },
    )
  await confirm('true')
  await kube.request('DELETE', `${definitions}/${name}`, undefined, { query })
  await confirm(null)
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
