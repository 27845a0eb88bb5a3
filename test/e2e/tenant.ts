// One tenant of a test: a TenantCluster with credentials and a place of its own, on AWS unless told otherwise, and what is
// promised of it.
import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { physicalName, stackNames } from '../../operator/api/tenant/stack.ts'
import { core, type Manifest } from '../../operator/framework/index.ts'
import { tenantKind, type TenantObject } from '../../operator/jobs/queue/tenant-kind.ts'
import { awsVariables, stateOf } from '../sandbox/cratekube.ts'
import { waitFor } from '../sandbox/machine/wait.ts'
import type { AccessKey } from './cloud.ts'
import type { Bench } from './harness.ts'
import { runnersOf, type Runner } from './processes.ts'

export type TenantHandle = {
  readonly name: string
  readonly uid: string
  /** The name of its cluster in the cloud. */
  readonly physicalName: string
  /** As last seen; undefined when it is gone. */
  now(): TenantObject | undefined
  until(
    what: string,
    is: (tenant: TenantObject) => boolean,
    timeoutMs?: number,
  ): Promise<TenantObject>
  ready(timeoutMs?: number): Promise<TenantObject>
  /** Resolves when it is seen: what was Ready before is not taken for Ready after. */
  patch(spec: object): Promise<void>
  /** Resolves when the API server has the wish; `gone` waits for its end. */
  delete(): Promise<void>
  gone(timeoutMs?: number): Promise<void>
  /** What its cloud has of it. */
  inventory(): Promise<unknown[]>
  runners(): Runner[]
}

export type AwsTenant = TenantHandle & {
  readonly key: AccessKey
  setKey(key: Partial<AccessKey>): Promise<void>
}

/** What a tenant is made on. */
export type Ground = {
  /** The member of spec.provider, but for the name of the Secret. */
  readonly provider: { readonly name: string; readonly part: object }
  /** The data of the Secret. */
  readonly credentials: Readonly<Record<string, string>>
  inventory(uid: string): Promise<unknown[]>
}

export type TenantOptions = { name: string; region: string; spec?: object; key?: AccessKey }

export const namespace = 'team-a'

/** Tenants live beside one another, and share two processors with whatever else is tested. */
const patienceMs = 300_000

export async function createTenant(bench: Bench, o: TenantOptions): Promise<AwsTenant> {
  const key = o.key ?? (await bench.aws.createKey(o.name))
  const tenant = await createTenantOn(onAws(bench, o.region, key), bench, o)
  return { ...tenant, key, setKey: async (next) => await writeKey(bench, o.name, next) }
}

export const onAws = (bench: Bench, region: string, key: AccessKey): Ground => ({
  provider: { name: 'aws', part: { region } },
  credentials: awsVariables(key),
  inventory: async (uid) => await bench.aws.inventory(uid),
})

export async function createTenantOn(
  ground: Ground,
  bench: Bench,
  { name, spec = {} }: Pick<TenantOptions, 'name' | 'spec'>,
): Promise<TenantHandle> {
  const { provider, credentials } = ground
  const secret = `${name}-${provider.name}`
  await bench.cratekube.prepareTenant({ namespace, secret, credentials })
  const manifest: Manifest = {
    apiVersion: 'cratekube.io/v1alpha1',
    kind: 'TenantCluster',
    metadata: { name, namespace },
    spec: { ...specOn(provider, secret), ...spec },
  }
  const created = await bench.kube.create(tenantKind, manifest)
  return tenantHandle(bench, ground, { name, uid: created.metadata.uid })
}

/** Small, with an add-on of each kind. */
export const specOn = ({ name, part }: Ground['provider'], secret: string) => ({
  kubernetesVersion: '1.36',
  provider: { [name]: { ...part, credentialsRef: { name: secret } } },
  nodePools: [{ name: 'default', min: 1, desired: 1, max: 3 }],
  autofs: { maps: [{ name: 'home', source: 'EFS' }] },
})

type Identity = { name: string; uid: string }

function tenantHandle(bench: Bench, ground: Ground, { name, uid }: Identity): TenantHandle {
  const { kube, tenants } = bench
  const ref = { namespace, name }
  const stacks = Object.values(stackNames(ref))
  const now = () => tenants.get(ref)
  const explain = () =>
    [
      JSON.stringify(now()?.status, undefined, 1),
      ...[bench.manager, ...bench.workers].map((process) => process.log()),
    ].join('\n')
  const until: TenantHandle['until'] = async (what, is, timeoutMs = patienceMs) => {
    const probe = () => {
      const tenant = now()
      return tenant?.metadata.uid === uid && is(tenant) ? tenant : undefined
    }
    return await waitFor(probe, { what: `${name}: ${what}`, timeoutMs, explain })
  }
  return {
    name,
    uid,
    physicalName: physicalName({ name, uid }),
    now,
    until,
    ready: async (timeoutMs) => {
      const over = (tenant: TenantObject) => isReady(tenant) || isStalled(tenant)
      const tenant = await until('is Ready', over, timeoutMs)
      expect(isReady(tenant), explain()).toBe(true)
      return tenant
    },
    patch: async (spec) => {
      const { metadata } = await kube.patch(tenantKind, ref, { spec }, { type: 'merge' })
      const isSeen = (seen: TenantObject) =>
        (seen.metadata.generation ?? 0) >= (metadata.generation ?? 0)
      await until('is seen as patched', isSeen)
    },
    delete: async () => {
      await kube.delete(tenantKind, ref)
    },
    gone: async (timeoutMs = patienceMs) => {
      await waitFor(() => now() === undefined, { what: `${name} is gone`, timeoutMs, explain })
    },
    inventory: async () => await ground.inventory(uid),
    runners: () => runnersOf(bench.sandbox.root, stacks),
  }
}

/** Ready for the spec of now, with no operation under way. */
export const isReady = ({ metadata, status }: TenantObject) =>
  status?.operation === undefined &&
  status?.appliedGeneration === metadata.generation &&
  readyCondition(status)?.status === 'True'

type Status = TenantObject['status']

export const readyCondition = (status: Status) =>
  status?.conditions?.find(({ type }) => type === 'Ready')
export const isStalled = ({ status }: TenantObject) =>
  status?.conditions?.some(({ type, status: is }) => type === 'Stalled' && is === 'True') ?? false

async function writeKey(bench: Bench, name: string, key: Partial<AccessKey>): Promise<void> {
  const ref = { namespace, name: `${name}-aws` }
  const data = {
    AWS_ACCESS_KEY_ID: encoded(key.accessKeyId),
    AWS_SECRET_ACCESS_KEY: encoded(key.secretAccessKey),
  }
  await bench.kube.patch(core.secret, ref, { data }, { type: 'merge' })
}

/** null removes a key in a merge patch. */
const encoded = (text: string | undefined) =>
  text === undefined ? null : Buffer.from(text).toString('base64')

/** Things a tenant has one of, by the call that makes one. */
const oncePerTenant = ['CreateCluster', 'CreateVpc', 'CreateInternetGateway', 'CreateFileSystem']

/** There are as many as nodes, all with the name of their launch template. */
const perNode = new Set(['eks-node', 'network-interface'])

/** What was made once stays one, however often it was tried. */
export async function expectMadeOnce(bench: Bench, tenant: AwsTenant): Promise<void> {
  const { name, key } = tenant
  for (const operation of [...oncePerTenant, 'CreateNodegroup', 'CreateNatGateway']) {
    const calls = await bench.aws.calls(key, { operation })
    const made = calls.filter(
      ({ status, error }) => error === undefined && status >= 200 && status < 300,
    )
    expect(made.length, `${name}: ${operation} ${JSON.stringify(calls)}`).toBe(1)
  }
  const owned = await bench.aws.inventory(tenant.uid)
  const named = owned.flatMap(({ type, tags }) => {
    const resource = tags['cratekube.io/urn-name']
    return resource === undefined || perNode.has(type) ? [] : [`${type} ${resource}`]
  })
  expect(named, `${name}: each AWS object has one name`).toEqual([...new Set(named)])
  expect(
    named.filter((text) => text.startsWith('eks-cluster ')),
    name,
  ).toHaveLength(1)
}

/** Nothing of a deleted tenant is left: not in the cloud, not in the state, not in Kubernetes, not on the machine. */
export async function expectNothingLeft(bench: Bench, tenant: TenantHandle): Promise<void> {
  expect(tenant.now(), `${tenant.name} is gone`).toBeUndefined()
  expect(await tenant.inventory(), `objects of ${tenant.name} in the cloud`).toEqual([])
  expect(await stackFiles(bench, tenant), `stacks of ${tenant.name}`).toEqual([])
  expect(tenant.runners(), `runners of ${tenant.name}`).toEqual([])
  const lease = await bench.kube.get(core.lease, `tenant-${tenant.uid}`, 'cratekube-system')
  expect(lease, `lease of ${tenant.name}`).toBeUndefined()
}

async function stackFiles(bench: Bench, { name }: TenantHandle): Promise<string[]> {
  const dir = fileURLToPath(`${stateOf(bench.sandbox).backendUrl}/.pulumi`)
  const stacks = Object.values(stackNames({ namespace, name }))
  const files = await readdir(dir, { recursive: true, withFileTypes: true })
  return files
    .filter(({ parentPath }) => /\/(stacks|locks)(\/|$)/.test(parentPath))
    .map((entry) => `${entry.parentPath}/${entry.name}`)
    .filter((path) => stacks.some((stack) => new RegExp(`/${stack}(\\.json|/[^/]+)$`).test(path)))
}
