// Manager and worker as processes of their own, with the environment and the rights that the chart gives them and no
// more, while TenantClusters fail, are measured and are deleted: the API server refuses nothing.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { core } from '../../../operator/framework/index.ts'
import { tenantKind } from '../../../operator/jobs/queue/tenant-kind.ts'
import { startAws, type AwsDouble } from '../../sandbox/aws/index.ts'
import { memoryBackend } from '../../sandbox/aws/backends/memory-backend.ts'
import { logTail, startDaemon, type Daemon } from '../../sandbox/machine/daemon.ts'
import { freePort } from '../../sandbox/machine/ports.ts'
import { changed, minimalSpec } from '../../support/tenant-cluster.ts'
import { startBundledRedis, type BundledRedis } from './bundled-redis.ts'
import { namespace } from '../../support/helm.ts'
import { ensureTools } from '../../sandbox/tools/ensure.ts'
import { environmentOf, optedIn, startPlane, type Component, type Plane } from './plane.ts'

const root = join(import.meta.dirname, '../../..')
const team = 'team-a'

let plane: Plane
let redis: BundledRedis
let aws: AwsDouble
let ports: Record<Component, number>
const processes: Daemon[] = []

beforeAll(async () => {
  plane = await startPlane()
  const { CRATEKUBE_REDIS_PASSWORD: password = '' } = await environmentOf(plane.kube, 'manager')
  redis = await startBundledRedis({ root: plane.dir, password })
  aws = await startAws({
    root: plane.dir,
    backend: memoryBackend(),
    speed: Number.POSITIVE_INFINITY,
    rateLimits: false,
  })
  ports = { manager: await freePort(), worker: await freePort() }
  await createTeam()
  for (const component of ['manager', 'worker'] as const) await start(component)
})
afterAll(async () => {
  await Promise.all(processes.map((daemon) => daemon.stop()))
  await aws.stop()
  await redis.stop()
  await plane.stop()
})

/** What is different here from a pod: no cluster network, an AWS double, and providers without plugins. */
async function start(component: Component) {
  const passphrase = join(plane.dir, 'passphrase')
  await writeFile(passphrase, 'a passphrase')
  const env = {
    ...(await environmentOf(plane.kube, component)),
    PATH: process.env['PATH'] ?? '',
    HOME: plane.dir,
    KUBECONFIG: await plane.kubeconfigOf(component),
    CRATEKUBE_REDIS_URL: redis.url,
    CRATEKUBE_HEALTH_HOST: '127.0.0.1',
    CRATEKUBE_HEALTH_PORT: String(ports[component]),
    AWS_ENDPOINT_URL: aws.endpoint,
    ...(component === 'worker' && {
      CRATEKUBE_ENGINE: 'embedded',
      CRATEKUBE_STATE_BACKEND: `file://${plane.dir}`,
      CRATEKUBE_STATE_PASSPHRASE_FILE: passphrase,
      CRATEKUBE_JAIL: (await ensureTools(['jail'])).path('jail'),
      CRATEKUBE_PROVIDERS_MODULE: join(root, 'test/sandbox/providers/index.ts'),
    }),
  }
  const args = [join(root, `operator/bin/${component}.ts`)]
  processes.push(
    startDaemon({ root: plane.dir, name: component, command: process.execPath, args, env }),
  )
}

async function createTeam() {
  await plane.kube.create(core.namespace, { metadata: { name: team, labels: optedIn } })
  const { accessKeyId, secretAccessKey } = aws.credentials
  const stringData = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }
  const metadata = { name: 'aws', namespace: team }
  await plane.kube.create(core.secret, { metadata, stringData })
}

const apply = (name: string, spec: object) =>
  plane.kube.apply(
    tenantKind,
    { metadata: { name, namespace: team }, spec },
    { fieldManager: 'me' },
  )
const read = (name: string) => plane.kube.get(tenantKind, name, team)
const remove = (name: string) => plane.kube.delete(tenantKind, { name, namespace: team })

/** Waits; a failure shows the logs of both processes. */
async function eventually<T>(check: () => Promise<T>): Promise<T> {
  try {
    return await vi.waitFor(check, { timeout: 60_000, interval: 100 })
  } catch (error) {
    const logs = processes.map(({ name, log }) => `--- ${name}\n${logTail(log)}`).join('\n')
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${logs}`, {
      cause: error,
    })
  }
}

const reasonOf = async (name: string) =>
  (await read(name))?.status?.conditions?.find(({ type }) => type === 'Ready')?.reason

test('a TenantCluster that AWS cannot serve fails, and is deleted', async () => {
  await apply('wrong', changed(minimalSpec, 'nodePools.0.aws.instanceTypes', ['m6i.huge']))
  await eventually(async () => expect(await reasonOf('wrong')).toBe('InvalidSpec'))
  await remove('wrong')
  await eventually(async () => expect(await read('wrong')).toBeUndefined())
})

test('a kubeconfig is stored, and again after it was changed or deleted', async () => {
  // As after an operation, which needs a real cluster: there is something to measure.
  await apply('measured', { ...minimalSpec, suspend: true })
  await eventually(async () => expect(await reasonOf('measured')).toBe('Suspended'))
  const status = {
    appliedGeneration: 2,
    endpoint: plane.server,
    certificateAuthority: Buffer.from(plane.ca).toString('base64'),
  }
  const ref = { name: 'measured', namespace: team }
  await plane.kube.patch(tenantKind, ref, { status }, { type: 'merge', subresource: 'status' })
  await apply('measured', { ...minimalSpec, suspend: false })
  const secret = { name: 'measured-kubeconfig', namespace: team }
  const stored = async () => plane.kube.get(core.secret, secret.name, team)
  const first = await eventually(async () => {
    const found = await stored()
    expect(found?.data?.['value']).toBeTypeOf('string')
    return found
  })
  const change = { data: { value: Buffer.from('garbage').toString('base64') } }
  await plane.kube.patch(core.secret, secret, change, { type: 'merge' })
  await eventually(async () => expect((await stored())?.data).not.toEqual(change.data))
  await plane.kube.delete(core.secret, secret)
  await eventually(async () => {
    const found = await stored()
    expect(found).toBeDefined()
    expect(found?.metadata.uid).not.toBe(first?.metadata.uid)
  })
  await remove('measured')
  await eventually(async () => expect(await read('measured')).toBeUndefined())
})

test.each<[Component, string[]]>([
  [
    'manager',
    [
      'list tenantclusters',
      'watch tenantclusters',
      'patch tenantclusters',
      'patch tenantclusters/status',
      'get secrets',
      'create secrets',
      'patch secrets',
      'create events',
      'create leases',
      'get leases',
      'patch leases',
      'list leases',
      'watch leases',
    ],
  ],
  [
    'worker',
    [
      'get tenantclusters',
      'list tenantclusters',
      'watch tenantclusters',
      'get secrets',
      'create leases',
      'get leases',
      'delete leases',
    ],
  ],
])('the %s was refused nothing of what it asked for', async (component, expected) => {
  const asked = await plane.asked(component)
  expect(asked.filter(({ code }) => code === 401 || code === 403)).toEqual([])
  expect(asked.map(({ verb, resource }) => `${verb} ${resource}`)).toEqual(
    expect.arrayContaining(expected),
  )
})

test.each<Component>(['manager', 'worker'])(
  'the figures of the %s name no tenant',
  async (component) => {
    const answer = await fetch(`http://127.0.0.1:${ports[component]}/metrics`)
    const figures = await answer.text()
    expect(figures).toContain('process_cpu')
    expect(figures).not.toMatch(new RegExp(`${team}|wrong|measured`))
  },
)

const access = async (component: Component, attributes: object) => {
  const user = `system:serviceaccount:${namespace}:cratekube-${component}`
  const review = { spec: { user, resourceAttributes: attributes } }
  const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews'
  const answer = await plane.kube.request('POST', path, review)
  return (answer as { status: { allowed: boolean } }).status.allowed // a SubjectAccessReview
}

const tenants = { group: 'cratekube.io', resource: 'tenantclusters', namespace: team }
const secrets = { group: '', resource: 'secrets', namespace: team }
const leases = { group: 'coordination.k8s.io', resource: 'leases', namespace }

test.each<[Component, string, string, object]>([
  ['manager', 'list', 'Secrets', secrets],
  ['manager', 'watch', 'Secrets', secrets],
  ['manager', 'delete', 'Secrets', secrets],
  ['manager', 'delete', 'TenantClusters', tenants],
  ['manager', 'create', 'TenantClusters', tenants],
  ['manager', 'patch', 'the Lease of a tenant', { ...leases, name: 'tenant-1' }],
  ['manager', 'get', 'Leases elsewhere', { ...leases, namespace: team, name: 'cratekube-manager' }],
  ['worker', 'list', 'Secrets', secrets],
  ['worker', 'create', 'Secrets', secrets],
  ['worker', 'patch', 'Secrets', secrets],
  ['worker', 'patch', 'TenantClusters', tenants],
  ['worker', 'patch', 'the status of TenantClusters', { ...tenants, subresource: 'status' }],
  ['worker', 'get', 'pods', { group: '', resource: 'pods', namespace }],
])('the %s may not %s %s', async (component, verb, _, resource) => {
  expect(await access(component, { verb, ...resource })).toBe(false)
})

test('the review tells what is allowed', async () => {
  expect(await access('manager', { verb: 'get', ...secrets })).toBe(true)
})

test('a protected TenantCluster outlives the deletion of its definition until the spec lets it go', async () => {
  await apply('kept', { ...minimalSpec, suspend: true, deletionProtection: true })
  await eventually(async () => expect(await reasonOf('kept')).toBe('Suspended'))
  const crd = { name: 'tenantclusters.cratekube.io' }
  await expect(plane.kube.delete(core.crd, crd)).rejects.toThrow('would be deleted with it')
  const annotations = { 'cratekube.io/confirm-deletion': 'true' }
  await plane.kube.patch(core.crd, crd, { metadata: { annotations } }, { type: 'merge' })
  await plane.kube.delete(core.crd, crd)
  await eventually(async () => expect(await reasonOf('kept')).toBe('DeletionProtected'))
  const kept = await read('kept')
  expect(kept?.metadata.deletionTimestamp).toBeDefined()
  expect(kept?.status?.operation).toBeUndefined()
  expect(kept?.status?.history?.map(({ kind }) => kind) ?? []).not.toContain('Delete')
  await apply('kept', { ...minimalSpec, suspend: true, deletionProtection: false })
  await eventually(async () => expect(await plane.kube.get(core.crd, crd.name)).toBeUndefined())
})
