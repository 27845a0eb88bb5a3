// The chart installed by Helm into a namespace under Pod Security `restricted`, on a real API server.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { core, KubeError, type Kind, type Manifest } from '../../../operator/framework/index.ts'
import { helm, namespace, parseManifests, release, template, upgrade } from '../../support/helm.ts'
import { podOf, startPlane, type Plane } from './plane.ts'

let plane: Plane

beforeAll(async () => {
  plane = await startPlane()
})
afterAll(() => plane.stop())

const dryRun = (kind: Kind, manifest: Manifest) => {
  const { group, version, plural } = kind
  const at = group ? `apis/${group}` : 'api'
  const path = `/${at}/${version}/namespaces/${namespace}/${plural}`
  return plane.kube.request('POST', path, manifest, {
    query: { dryRun: 'All', fieldValidation: 'Strict' },
  })
}

const everything = {
  'state.backendUrl': 's3://stacks',
  'state.awsConfigSecret.name': 'state-aws',
  'redis.urlSecret.name': 'redis',
}

test.each<[string, Record<string, unknown>]>([
  ['the defaults', {}],
  ['values of one’s own', everything],
])('every pod of %s is admitted under restricted', async (_, values) => {
  const manifests = parseManifests(await template(values))
  const deployments = manifests.filter(({ kind }) => kind === 'Deployment')
  expect(deployments.length).toBeGreaterThan(1)
  for (const deployment of deployments) {
    await expect(dryRun(core.pod, podOf(deployment))).resolves.toBeDefined()
    const other = { ...deployment, metadata: { ...deployment.metadata, name: 'other' } }
    await expect(dryRun(core.deployment, other)).resolves.toBeDefined()
  }
})

test('restricted would have refused a pod that is not', async () => {
  const [deployment] = parseManifests(await template()).filter(({ kind }) => kind === 'Deployment')
  if (!deployment) throw new Error('the chart has no Deployment')
  const pod = podOf(deployment)
  Object.assign(pod['spec'] as object, { hostNetwork: true })
  await expect(dryRun(core.pod, pod)).rejects.toThrow(KubeError)
})

const path = '/apis/cratekube.io/v1alpha1/tenantclusters'

test('serves TenantClusters and refuses unknown fields of them', async () => {
  await expect(plane.kube.request('GET', path)).resolves.toMatchObject({ items: [] })
  const tenants = `/apis/cratekube.io/v1alpha1/namespaces/${namespace}/tenantclusters`
  const tenant = {
    apiVersion: 'cratekube.io/v1alpha1',
    kind: 'TenantCluster',
    metadata: { name: 'wrong' },
    spec: { kubernetesVersion: '1.36', colour: 'blue' },
  }
  const refused = plane.kube.request('POST', tenants, tenant, {
    query: { dryRun: 'All', fieldValidation: 'Strict' },
  })
  await expect(refused).rejects.toThrow('spec.colour')
})

test('upgraded, keeps the password of Redis, which nobody else can change', async () => {
  const secret = { name: `${release}-redis`, namespace }
  const password = async () =>
    (await plane.kube.get(core.secret, secret.name, namespace))?.data?.['password']
  const first = await password()
  expect(Buffer.from(first ?? '', 'base64').toString()).toMatch(/^[a-zA-Z0-9]{40}$/)
  await upgrade(plane.kubeconfigPath, { 'worker.concurrency': 3 })
  await upgrade(plane.kubeconfigPath)
  expect(await password()).toBe(first)
  // As a tool that renders the chart without a cluster would apply it.
  const change = { data: { password: Buffer.from('another').toString('base64') } }
  const changed = plane.kube.patch(core.secret, secret, change, { type: 'merge' })
  await expect(changed).rejects.toThrow('immutable')
})

test('upgraded to other values, and back, keeps the volume of the stacks', async () => {
  const claim = async () =>
    (await plane.kube.get(core.persistentVolumeClaim, `${release}-state`, namespace))?.metadata.uid
  const before = await claim()
  expect(before).toBeDefined()
  const values = { 'worker.concurrency': 7, 'redis.prefix': 'green' }
  await upgrade(plane.kubeconfigPath, values)
  const worker = await plane.kube.get(core.deployment, `${release}-worker`, namespace)
  expect(JSON.stringify(worker?.spec)).toContain('green')
  await upgrade(plane.kubeconfigPath)
  expect(await claim()).toBe(before)
})

test('uninstalled, leaves the CRD and the volume of the stacks behind, and nothing else', async () => {
  await helm(['uninstall', release, '--namespace', namespace], plane.kubeconfigPath)
  await expect(plane.kube.request('GET', path)).resolves.toMatchObject({ items: [] })
  const claims = await plane.kube.list(core.persistentVolumeClaim, { namespace })
  expect(claims.items.map(({ metadata }) => metadata.name)).toEqual([`${release}-state`])
  const labelSelector = `app.kubernetes.io/instance=${release}`
  const left = await Promise.all([
    plane.kube.list(core.deployment, { namespace, labelSelector }),
    plane.kube.list(core.serviceAccount, { namespace, labelSelector }),
    plane.kube.list(core.clusterRole, { labelSelector }),
  ])
  expect(left.flatMap(({ items }) => items.map(({ metadata }) => metadata.name))).toEqual([])
})
