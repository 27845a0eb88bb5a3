// Nothing more is possible than what the chart means to give: every right that the API server grants to the accounts of
// manager and worker is one of a list, and what would misuse one of these is refused.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tenantCluster } from '../../../operator/api/tenant/tenant-cluster.ts'
import {
  apiVersionOf,
  core,
  pathOf,
  type Kind,
  type Kube,
} from '../../../operator/framework/index.ts'
import { policiesInForce } from '../../sandbox/kubernetes/policies.ts'
import { changed, minimalSpec } from '../../support/tenant-cluster.ts'
import { namespace, upgrade } from '../../support/helm.ts'
import { optedIn, startPlane, type Component, type Plane } from './plane.ts'

const team = 'team-a'
const other = 'team-b'
const finalizer = 'cratekube.io/tenant-cluster'
let plane: Plane
let clients: Record<Component | 'nobody', Kube>

beforeAll(async () => {
  plane = await startPlane({ enforceOwners: false }) // the policies are tried, not that
  const [manager, worker, nobody] = await Promise.all([
    plane.as('manager'),
    plane.as('worker'),
    plane.as('nobody'),
  ])
  clients = { manager, worker, nobody }
  await plane.kube.create(core.namespace, { metadata: { name: team, labels: optedIn } })
  await plane.kube.create(core.namespace, { metadata: { name: other } })
  for (const place of [team, other]) {
    const metadata = { name: 'someone-kubeconfig', namespace: place }
    await plane.kube.create(core.secret, { metadata, type: 'cluster.x-k8s.io/secret' })
    const data = { key: 'QQ==' }
    await plane.kube.create(core.secret, { metadata: { name: 'aws', namespace: place }, data })
  }
  await plane.kube.create(core.lease, { metadata: { name: 'cratekube-manager', namespace } })
  await plane.kube.create(core.lease, { metadata: { name: 'tenant-1', namespace } })
  await plane.kube.create(tenantCluster, tenant())
  await plane.kube.create(core.secret, kubeconfigOf('mine'))
})
afterAll(async () => {
  for (const client of Object.values(clients ?? {})) client.close()
  await plane?.stop()
})

const tenant = (name = 'mine', place = team) => ({
  metadata: { name, namespace: place, finalizers: [finalizer], labels: { a: 'b' } },
  spec: { ...minimalSpec, deletionProtection: true },
})
const lease = (name: string) => ({ metadata: { name, namespace } })
const owner = (kind: string, name = 'mine') => ({
  apiVersion: kind === 'TenantCluster' ? 'cratekube.io/v1alpha1' : 'v1',
  kind,
  name,
  uid: '0a1b2c3d-0000-4000-8000-000000000000',
  controller: true,
})
const secret = (
  name: string,
  o: { type?: string; owners?: ReturnType<typeof owner>[]; place?: string; metadata?: object },
) => ({
  metadata: { name, namespace: o.place ?? team, ownerReferences: o.owners ?? [], ...o.metadata },
  type: o.type ?? 'cluster.x-k8s.io/secret',
})
const kubeconfigOf = (name: string, place = team) =>
  secret(`${name}-kubeconfig`, { owners: [owner('TenantCluster', name)], place })

type Attempt = { method: string; path: string; body?: object; contentType: string }

const at = (kind: Kind, place: string | undefined, name?: string) =>
  pathOf(kind, { namespace: place, ...(name !== undefined && { name }) })
const nameIn = (body: object) => (body as { metadata: { name: string } }).metadata.name // of each table below

const post = (kind: Kind, place: string | undefined, body: object): Attempt => ({
  method: 'POST',
  path: at(kind, place),
  body: { apiVersion: apiVersionOf(kind), kind: kind.kind, ...body },
  contentType: 'application/json',
})
const patch = (kind: Kind, place: string | undefined, body: object): Attempt => ({
  method: 'PATCH',
  path: at(kind, place, nameIn(body)),
  body,
  contentType: 'application/merge-patch+json',
})
const remove = (kind: Kind, place: string | undefined, body: object): Attempt => ({
  method: 'DELETE',
  path: at(kind, place, nameIn(body)),
  contentType: 'application/json',
})

/** 'allowed', or in which words it is refused. Nothing is written. */
const asked = (component: Component, { method, path, body, contentType }: Attempt) =>
  clients[component].request(method, path, body, { query: { dryRun: 'All' }, contentType }).then(
    () => 'allowed',
    (error: Error) => error.message,
  )

type Rule = { verbs: string[]; apiGroups: string[]; resources: string[]; resourceNames?: string[] }
type UrlRule = { verbs: string[]; nonResourceURLs?: string[] }

async function rightsIn(client: Kube, place: string): Promise<string[]> {
  const path = '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews'
  const answer = await client.request('POST', path, { spec: { namespace: place } })
  const { status } = answer as {
    status: { resourceRules: Rule[]; nonResourceRules: UrlRule[]; incomplete: boolean }
  } // a review
  expect(status.incomplete).toBe(false)
  const lines = status.resourceRules.flatMap(({ verbs, apiGroups, resources, resourceNames }) =>
    verbs.flatMap((verb) =>
      apiGroups.flatMap((group) =>
        resources.map((resource) =>
          [verb, `${resource}${group && '.'}${group}`, ...(resourceNames ?? [])].join(' '),
        ),
      ),
    ),
  )
  const urls = status.nonResourceRules.flatMap(({ verbs, nonResourceURLs = [] }) =>
    verbs.flatMap((verb) => nonResourceURLs.map((url) => `${verb} ${url}`)),
  )
  return [...new Set([...lines, ...urls])].toSorted()
}

/** Beyond what every account may. */
async function ownRights(component: Component, place: string): Promise<string[]> {
  const common = new Set(await rightsIn(clients.nobody, place))
  return (await rightsIn(clients[component], place)).filter((line) => !common.has(line))
}

const watching = ['get', 'list', 'watch'].map((verb) => `${verb} tenantclusters.cratekube.io`)
const managing = [
  'create events.events.k8s.io',
  'create secrets',
  'get namespaces',
  'get secrets',
  'patch events.events.k8s.io',
  'patch secrets',
  'patch tenantclusters.cratekube.io',
  'patch tenantclusters/status.cratekube.io',
  'update tenantclusters/finalizers.cratekube.io',
]
const leading = [
  'create leases.coordination.k8s.io',
  'get leases.coordination.k8s.io',
  'list leases.coordination.k8s.io',
  'watch leases.coordination.k8s.io',
  'patch leases.coordination.k8s.io cratekube-manager',
]
const working = ['create', 'delete', 'get', 'list', 'patch', 'watch'].map(
  (verb) => `${verb} leases.coordination.k8s.io`,
)

describe('rights', () => {
  test.each<[Component, string, string[]]>([
    ['manager', namespace, [...watching, ...managing, ...leading]],
    ['manager', team, [...watching, ...managing]],
    ['manager', 'kube-system', [...watching, ...managing]],
    ['worker', namespace, [...watching, 'get secrets', ...working]],
    ['worker', team, [...watching, 'get secrets']],
    ['worker', 'kube-system', [...watching, 'get secrets']],
  ])('the %s has in %s what it needs and not a right besides', async (component, place, rights) => {
    expect(await ownRights(component, place)).toEqual(rights.toSorted())
  })

  test('of everything that the API server serves, the reviews know of nothing else', async () => {
    const granted = await everyRight(plane.kube, team)
    const expected = {
      manager: [...watching, ...managing].toSorted(),
      worker: [...watching, 'get secrets'].toSorted(),
    }
    expect(granted).toEqual(expected)
  })
})

const verbs = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection', 'bind', 'escalate', 'impersonate', 'approve', 'sign', 'attest', 'use'] // prettier-ignore
type Served = { name: string; kind: string; group?: string }

/** Asks for each verb on each resource that discovery tells of. */
async function everyRight(kube: Kube, place: string) {
  const served: { group: string; resource: string; subresource?: string }[] = []
  const groups = (await kube.request('GET', '/apis')) as {
    groups: { name: string; preferredVersion: { groupVersion: string } }[]
  } // discovery
  const versions = [['', '/api/v1'], ...groups.groups.map(({ name, preferredVersion }) => [name, `/apis/${preferredVersion.groupVersion}`])] // prettier-ignore
  for (const [group = '', path = ''] of versions) {
    const { resources } = (await kube.request('GET', path)) as { resources: Served[] } // discovery
    for (const { name } of resources) {
      const [resource = '', subresource] = name.split('/')
      served.push({ group, resource, ...(subresource !== undefined && { subresource }) })
    }
  }
  expect(served.length).toBeGreaterThan(80)
  // Not served, and asked about all the same: the rights to take somebody's identity, and to own what is being deleted.
  served.push({ group: '', resource: 'users' }, { group: '', resource: 'groups' })
  served.push({ group: 'cratekube.io', resource: 'tenantclusters', subresource: 'finalizers' })
  const granted: Record<string, string[]> = { manager: [], worker: [] }
  for (const [component, lines] of Object.entries(granted)) {
    for (const { group, resource, subresource } of served) {
      const allowed = await Promise.all(
        verbs.map((verb) =>
          isAllowed(kube, component, { verb, group, resource, subresource, namespace: place }),
        ),
      )
      const name = [resource, subresource].filter(Boolean).join('/')
      const own = verbs.filter((_, index) => allowed[index])
      const text = `${name}${group && '.'}${group}`
      if (!everybodys.has(text)) lines.push(...own.map((verb) => `${verb} ${text}`))
    }
    lines.sort()
  }
  return granted
}

const everybodys = new Set(
  ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'].map((r) => `${r}.authorization.k8s.io`),
).add('selfsubjectreviews.authentication.k8s.io')

async function isAllowed(kube: Kube, component: string, resourceAttributes: object) {
  const user = `system:serviceaccount:${namespace}:cratekube-${component}`
  const groups = [
    'system:serviceaccounts',
    `system:serviceaccounts:${namespace}`,
    'system:authenticated',
  ]
  const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews'
  const answer = await kube.request('POST', path, { spec: { user, groups, resourceAttributes } })
  return (answer as { status: { allowed: boolean } }).status.allowed // a SubjectAccessReview
}

const token = {
  metadata: { annotations: { 'kubernetes.io/service-account.name': 'default' } },
  type: 'kubernetes.io/service-account-token',
}
const cr = (change: object) => ({ metadata: { name: 'mine' }, ...change })
const s = (name: string, change: object) => ({ metadata: { name }, ...change })
const bound = {
  metadata: { name: 'x' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
}
const pod = { metadata: { name: 'x' }, spec: { containers: [{ name: 'x', image: 'x' }] } }
const writes = /writes Secrets that are kubeconfigs|writes no Secrets here/
const changes = /changes nothing of a TenantCluster/
const rbac = /cannot (create|patch|update|delete)/
const own = { metadata: { name: 'mine-kubeconfig' } }

test.each<[Component, string, Attempt, RegExp]>([
  ['manager', 'make a token Secret', post(core.secret, 'kube-system', secret('x-kubeconfig', { ...token, place: 'kube-system' })), writes],
  ['manager', 'make one beside tenants', post(core.secret, team, secret('mine-kubeconfig-2', token)), writes],
  ['manager', 'make one that looks like a kubeconfig', post(core.secret, team, secret('x-kubeconfig', { ...token, owners: [owner('TenantCluster', 'x')] })), writes],
  ['manager', 'make a kubeconfig of nobody', post(core.secret, team, secret('x-kubeconfig', {})), writes],
  ['manager', 'make a kubeconfig of a ConfigMap', post(core.secret, team, secret('x-kubeconfig', { owners: [owner('ConfigMap', 'x')] })), writes],
  ['manager', 'make a kubeconfig of another', post(core.secret, team, secret('x-kubeconfig', { owners: [owner('TenantCluster', 'y')] })), writes],
  ['manager', 'make a Secret of another name', post(core.secret, team, secret('x', { owners: [owner('TenantCluster', 'x')] })), writes],
  ['manager', 'make a kubeconfig where no tenants are', post(core.secret, other, kubeconfigOf('x', other)), /writes no Secrets here/],
  ['manager', 'make a kubeconfig in kube-system', post(core.secret, 'kube-system', kubeconfigOf('x', 'kube-system')), /writes no Secrets here/],
  ['manager', 'change credentials', patch(core.secret, team, s('aws', { data: { key: 'Qg==' } })), writes],
  ['manager', 'change the passphrase', patch(core.secret, namespace, s('cratekube-state', { data: { passphrase: 'Qg==' } })), writes],
  ['manager', 'label credentials', patch(core.secret, team, { metadata: { name: 'aws', labels: { a: 'b' } } }), writes],
  ['manager', 'annotate credentials', patch(core.secret, team, { metadata: { name: 'aws', annotations: { a: 'b' } } }), writes],
  ['manager', 'own credentials', patch(core.secret, team, { metadata: { name: 'aws', ownerReferences: [owner('TenantCluster')] } }), writes],
  ['manager', 'freeze credentials', patch(core.secret, team, s('aws', { immutable: true })), writes],
  ['manager', 'hold credentials by another finalizer', patch(core.secret, team, { metadata: { name: 'aws', finalizers: ['a.b/c'] } }), writes],
  ['manager', 'hold credentials and change them', patch(core.secret, team, { metadata: { name: 'aws', finalizers: ['cratekube.io/credentials'] }, data: { key: 'Qg==' } }), writes],
  ['manager', 'hold Secrets where no tenants are', patch(core.secret, other, { metadata: { name: 'aws', finalizers: ['cratekube.io/credentials'] } }), writes],
  ['manager', 'take over somebody’s kubeconfig', patch(core.secret, team, { metadata: { name: 'someone-kubeconfig', ownerReferences: [owner('TenantCluster', 'someone')] } }), writes],
  ['manager', 'give its kubeconfig away', patch(core.secret, team, { metadata: { ...own.metadata, ownerReferences: [] } }), writes],
  ['manager', 'delete a Secret', remove(core.secret, team, own), rbac],
  ['manager', 'lift a protection', patch(tenantCluster, team, cr({ spec: { deletionProtection: false } })), changes],
  ['manager', 'turn to other credentials', patch(tenantCluster, team, cr({ spec: changed(minimalSpec, 'provider.aws.credentialsRef.name', 'x') })), changes],
  ['manager', 'label a TenantCluster', patch(tenantCluster, team, { metadata: { name: 'mine', labels: { a: 'c' } } }), changes],
  ['manager', 'force its release', patch(tenantCluster, team, { metadata: { name: 'mine', annotations: { [`${finalizer}.force-release`]: 'true' } } }), changes],
  ['manager', 'take somebody’s finalizer', patch(tenantCluster, team, { metadata: { name: 'mine', finalizers: [finalizer, 'a.b/c'] } }), changes],
  ['manager', 'make a TenantCluster', post(tenantCluster, team, tenant('x')), rbac],
  ['manager', 'delete a TenantCluster', remove(tenantCluster, team, cr({})), rbac],
  ['manager', 'make another Lease', post(core.lease, namespace, lease('tenant-2')), /Lease cratekube-manager alone/],
  ['manager', 'take a tenant’s Lease', patch(core.lease, namespace, lease('tenant-1')), rbac],
  ['manager', 'write Events of others', post(core.event, team, { metadata: { name: 'x', namespace: team }, eventTime: '2026-01-01T00:00:00.000000Z', reportingController: 'kubelet', reportingInstance: 'x', action: 'x', reason: 'x', type: 'Normal', regarding: { namespace: team } }), /Events of its own/],
  ['manager', 'run a pod', post(core.pod, namespace, pod), rbac],
  ['manager', 'bind a role', post(core.roleBinding, team, bound), rbac],
  ['manager', 'bind a role everywhere', post(core.clusterRoleBinding, undefined, bound), rbac],
  ['manager', 'open a namespace for tenants', patch(core.namespace, undefined, { metadata: { name: other, labels: optedIn } }), rbac],
  ['worker', 'depose the leader', patch(core.lease, namespace, lease('cratekube-manager')), /Leases of tenants alone/],
  ['worker', 'delete the leader’s Lease', remove(core.lease, namespace, lease('cratekube-manager')), /Leases of tenants alone/],
  ['worker', 'make another Lease', post(core.lease, namespace, lease('other')), /Leases of tenants alone/],
  ['worker', 'make a Lease elsewhere', post(core.lease, team, { metadata: { name: 'tenant-2' } }), rbac],
  ['worker', 'make a kubeconfig', post(core.secret, team, kubeconfigOf('x')), rbac],
  ['worker', 'change a TenantCluster', patch(tenantCluster, team, cr({ metadata: { name: 'mine', labels: { a: 'c' } } })), rbac],
  ['worker', 'run a pod', post(core.pod, namespace, pod), rbac],
  ['worker', 'bind a role', post(core.roleBinding, namespace, bound), rbac],
])('the %s may not %s', async (component, _, attempt, words) => {
  expect(await asked(component, attempt)).toMatch(words)
}) // prettier-ignore

test.each<[Component, string, Attempt]>([
  ['manager', 'make a kubeconfig', post(core.secret, team, kubeconfigOf('x'))],
  ['manager', 'change it', patch(core.secret, team, s('mine-kubeconfig', { data: { value: 'QQ==' } }))],
  ['manager', 'hold credentials', patch(core.secret, team, { metadata: { name: 'aws', finalizers: ['cratekube.io/credentials'] } })],
  ['manager', 'let a TenantCluster go', patch(tenantCluster, team, { metadata: { name: 'mine', finalizers: [] } })],
  ['manager', 'lead', patch(core.lease, namespace, lease('cratekube-manager'))],
  ['worker', 'take a tenant’s Lease', patch(core.lease, namespace, lease('tenant-1'))],
  ['worker', 'delete it', remove(core.lease, namespace, lease('tenant-1'))],
])('the %s may %s', async (component, _, attempt) => {
  expect(await asked(component, attempt)).toBe('allowed')
}) // prettier-ignore

test('a TenantCluster is refused where nobody opted in, and told how', async () => {
  const made = plane.kube.create(tenantCluster, tenant('x', other), { dryRun: true })
  await expect(made).rejects.toThrow('expected the label cratekube.io/tenants=true')
})

test('with namespaces by name, nothing is to be had in any other', async () => {
  await upgrade(plane.kubeconfigPath, { tenantNamespaces: [other] })
  await expect
    .poll(() => ownRights('manager', team), { timeout: 60_000 })
    .toEqual(watching.toSorted())
  expect(await ownRights('worker', team)).toEqual(watching.toSorted())
  expect(await ownRights('manager', other)).toEqual([...watching, ...managing].toSorted())
  expect(await ownRights('worker', other)).toEqual([...watching, 'get secrets'].toSorted())
  const made = (place: string) =>
    plane.kube.create(tenantCluster, tenant('x', place), { dryRun: true }).then(
      () => 'allowed',
      (error: Error) => error.message,
    )
  await expect.poll(() => made(team), { timeout: 60_000 }).toMatch(/one of tenantNamespaces/)
  await expect.poll(() => made(other), { timeout: 60_000 }).toBe('allowed')
  // Its RoleBindings would go at once, and with them the rights to delete anything in AWS.
  await policiesInForce(plane.kube)
  const gone = plane.kube.delete(core.namespace, { name: other })
  await expect(gone).rejects.toThrow(/delete these first, then annotate it/)
  // Each policy hears of the change in its own time.
  const write = () => asked('manager', post(core.secret, other, kubeconfigOf('x', other)))
  await expect.poll(write, { timeout: 60_000 }).toBe('allowed')
})
