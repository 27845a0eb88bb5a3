// The guide for moving over from locust-k8s-operator, played word for word by kubectl and Helm against a release that
// looks like upstream's: CRD among the templates, conversion and validation by a webhook, a finalizer on every test.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { locustTest } from '../../../operator/api/locust-test.ts'
import {
  core,
  operator,
  type Kind,
  type Kube,
  type Manifest,
} from '../../../operator/framework/index.ts'
import { loadTestController } from '../../../operator/loadtest/index.ts'
import { readSettings } from '../../../operator/loadtest/settings.ts'
import { withoutConversion } from '../../../operator/loadtest/webhooks.ts'
import { run } from '../../sandbox/machine/command.ts'
import { ensureTools } from '../../sandbox/tools/ensure.ts'
import { testLog } from '../../support/silent-log.ts'
import { startTestPlane, type TestPlane } from '../../support/test-plane.ts'
import { condition, eventually, testKind, testSpec, untilStatus } from './load-tests.ts'
import { runOperator } from './operator.ts'
import { endPod, podsOf } from './pods.ts'

const root = join(import.meta.dirname, '../../..')
const old = 'locust-system'
const team = 'default'
const v1Kind: Kind = { ...locustTest, version: 'v1' }

let plane: TestPlane
let kube: Kube
let env: NodeJS.ProcessEnv

beforeAll(async () => {
  const tools = await ensureTools(['helm', 'kubectl'])
  plane = await startTestPlane({ controllerManager: true })
  kube = plane.kube
  const bin = [dirname(tools.path('helm')), dirname(tools.path('kubectl'))]
  env = {
    ...process.env,
    HOME: plane.dir,
    KUBECONFIG: plane.control.kubeconfigPath,
    PATH: [...bin, process.env['PATH']].join(':'),
  }
  await installUpstream()
})
afterAll(() => plane?.stop())

const sh = (script: string) => run('bash', ['-euo', 'pipefail', '-c', script], { cwd: root, env })

async function installUpstream(): Promise<void> {
  const chart = join(plane.dir, 'upstream')
  await mkdir(join(chart, 'templates'), { recursive: true })
  const about = { apiVersion: 'v2', name: 'locust-k8s-operator', version: '2.4.3' }
  await writeFile(join(chart, 'Chart.yaml'), stringify(about))
  for (const [name, manifest] of Object.entries(upstream))
    await writeFile(join(chart, 'templates', `${name}.yaml`), ruled(stringify(manifest)))
  await sh(`helm install locust-operator ${chart} --namespace ${old} --create-namespace`)
  await eventually(() => createOld('over', { phase: 'Succeeded', expectedWorkers: 2 }))
  const { uid } = (await createOld('shop', { phase: 'Running', expectedWorkers: 2 })).metadata
  for (const [kind, manifest] of childrenOf('shop', uid)) await kube.create(kind, manifest)
}

/** Upstream's templates have comments that end as documents do. */
const ruled = (yaml: string) => yaml.replace('\nmetadata:', '\n# ----------\nmetadata:')

const metadata = { name: 'locust-operator', namespace: old }
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

async function createOld(name: string, status: object) {
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

async function guide(): Promise<string[]> {
  const text = await readFile(join(root, 'docs/loadtest/migration.md'), 'utf8')
  return [...text.matchAll(/^ *```sh\n([^]*?)^ *```/gm)].map(([, block = '']) => block)
}

const jobUids = async () =>
  (await kube.list(core.job, { namespace: team })).items.map(({ metadata: { uid } }) => uid)

test('the steps of the guide lose nothing, and a test that runs is taken over', async () => {
  const before = await jobUids()
  const steps = await guide()
  expect(steps).toHaveLength(3)
  for (const step of steps)
    // Nothing here can answer the API server for the new operator.
    await sh(step.replace('--create-namespace', '--create-namespace --set webhook.enabled=false'))
  expect(await kube.get(core.serviceAccount, metadata.name, old)).toBe(undefined)
  expect((await kube.list(core.pod, { namespace: old })).items).toEqual([])
  await sh(`test -z "$(helm list --namespace ${old} --short)"`)

  const op = operator({ name: 'cratekube-loadtest', kube, log: testLog().log })
  const settings = readSettings({ METRICS_EXPORTER_ENABLED: 'false' })
  loadTestController(op, { settings, access: 'direct' })
  const ours = { namespace: 'cratekube-loadtest', serviceName: 'cratekube-loadtest-webhook' }
  await withoutConversion(kube, ours)
  const end = runOperator(op)
  try {
    await untilStatus(
      kube,
      { namespace: team, name: 'shop' },
      {
        phase: 'Pending',
        ...condition('Ready', 'True', 'ResourcesCreated'),
      },
    )
    expect(await jobUids()).toEqual(before)
    const [master] = await podsOf(kube, team, 'shop-master')
    if (!master) throw new Error('the master is gone')
    await endPod(kube, master, 'shop-master', 0)
    await untilStatus(kube, { namespace: team, name: 'shop' }, { phase: 'Succeeded' })
    const over = await kube.get(testKind, 'over', team)
    expect(over?.status).toMatchObject({ phase: 'Succeeded' })
    expect(over?.metadata.finalizers).toBe(undefined)
    await eventually(async () => expect(await kube.get(v1Kind, 'over', team)).toBeDefined())
  } finally {
    await end()
  }
})
