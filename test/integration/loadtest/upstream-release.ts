// A release that looks like upstream's locust-k8s-operator: CRD among the templates, conversion and validation by a
// webhook, a finalizer on every test.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dump } from 'js-yaml'
import { core, type Kind, type Kube, type Manifest } from '../../../operator/framework/index.ts'
import type { TestPlane } from '../../support/test-plane.ts'
import { eventually, testKind, testSpec } from '../../support/loadtest/load-tests.ts'

export const old = 'locust-system'
export const team = 'default'
export const upstreamName = 'locust-operator'

/** With a test that is over and one that runs. */
export async function installUpstream(
  { kube, dir }: TestPlane,
  sh: (script: string) => Promise<unknown>,
): Promise<void> {
  const chart = join(dir, 'upstream')
  await mkdir(join(chart, 'templates'), { recursive: true })
  const about = { apiVersion: 'v2', name: 'locust-k8s-operator', version: '2.4.3' }
  await writeFile(join(chart, 'Chart.yaml'), dump(about))
  for (const [name, manifest] of Object.entries(upstream))
    await writeFile(join(chart, 'templates', `${name}.yaml`), ruled(dump(manifest)))
  await sh(`helm install locust-operator ${chart} --namespace ${old} --create-namespace`)
  await eventually(() => createOld(kube, 'over', { phase: 'Succeeded', expectedWorkers: 2 }))
  const { uid } = (await createOld(kube, 'shop', { phase: 'Running', expectedWorkers: 2 })).metadata
  for (const [kind, manifest] of childrenOf('shop', uid)) await kube.create(kind, manifest)
}

/** Upstream's templates have comments that end as documents do. */
const ruled = (yaml: string) => yaml.replace('\nmetadata:', '\n# ----------\nmetadata:')

const metadata = { name: upstreamName, namespace: old }
const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
const version = (name: string, storage: boolean) => ({
  name,
  served: true,
  storage,
  subresources: { status: {} },
  schema: { openAPIV3Schema: { type: 'object', properties: { spec: anything, status: anything } } },
})
const service = { name: 'locust-operator-webhook', namespace: old }
const upstream: Record<string, Manifest> = {
  crd: {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'locusttests.locust.io' },
    spec: {
      group: 'locust.io',
      scope: 'Namespaced',
      names: {
        kind: 'LocustTest',
        plural: 'locusttests',
        singular: 'locusttest',
        shortNames: ['lotest'],
      },
      versions: [version('v1', false), version('v2', true)],
      conversion: {
        strategy: 'Webhook',
        webhook: {
          conversionReviewVersions: ['v1'],
          clientConfig: { service: { ...service, path: '/convert' } },
        },
      },
    },
  },
  account: { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
  deployment: {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: {
      selector: { matchLabels: { app: 'old' } },
      template: {
        metadata: { labels: { app: 'old' } },
        spec: { containers: [{ name: 'manager', image: 'i' }] },
      },
    },
  },
  webhook: {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'locust-operator' },
    webhooks: [
      {
        name: 'vlocusttest.kb.io',
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        failurePolicy: 'Fail',
        // So that this test can make tests without upstream's operator.
        matchConditions: [{ name: 'stopped', expression: "request.operation != 'CREATE'" }],
        clientConfig: { service: { ...service, path: '/validate-locust-io-v2-locusttest' } },
        rules: [
          {
            apiGroups: ['locust.io'],
            apiVersions: ['v1', 'v2'],
            operations: ['CREATE', 'UPDATE'],
            resources: ['locusttests'],
          },
        ],
      },
    ],
  },
}

async function createOld(kube: Kube, name: string, status: object) {
  const finalizers = ['locust.io/cleanup']
  const made = await kube.create(testKind, {
    metadata: { name, namespace: team, finalizers },
    spec: testSpec(),
  })
  await kube.patch(testKind, made.metadata, { status }, { type: 'merge', subresource: 'status' })
  return made
}

/** As upstream makes them. */
function childrenOf(name: string, uid: string): [Kind, Manifest][] {
  const ownerReferences = [
    {
      apiVersion: 'locust.io/v2',
      kind: 'LocustTest',
      name,
      uid,
      controller: true,
      blockOwnerDeletion: true,
    },
  ]
  const labels = (mode: string) => ({
    app: name,
    'performance-test-name': name,
    'performance-test-pod-name': `${name}-${mode}`,
    'managed-by': 'locust-k8s-operator',
  })
  const job = (mode: string, parallelism: number): [Kind, Manifest] => [
    core.job,
    {
      metadata: { name: `${name}-${mode}`, namespace: team, ownerReferences },
      spec: {
        backoffLimit: 0,
        parallelism,
        template: {
          metadata: { labels: labels(mode) },
          spec: { restartPolicy: 'Never', containers: [{ name: `${name}-${mode}`, image: 'i' }] },
        },
      },
    },
  ]
  const ports = [{ name: 'port5557', port: 5557 }]
  const selector = { 'performance-test-pod-name': `${name}-master` }
  const serviceMetadata = { name: `${name}-master`, namespace: team, ownerReferences }
  return [
    [core.service, { metadata: serviceMetadata, spec: { selector, ports } }],
    job('master', 1),
    job('worker', 2),
  ]
}
