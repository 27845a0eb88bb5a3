import { readFile } from 'node:fs/promises'
import { load } from 'js-yaml'
import { describe, expect, test } from 'vitest'
import { loadTestChartVersion } from '../../../../operator/addons/load-testing/objects.ts'
import { programs } from '../../../../programs/index.ts'
import { cloudOutputs } from '../../../support/cloud-outputs.ts'
import { record } from '../../../support/pulumi-recorder.ts'
import { tenantInput } from '../../../support/tenant-input.ts'

const rendered = [
  {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'locusttests.locust.io' },
    spec: {
      group: 'locust.io',
      scope: 'Namespaced',
      names: { kind: 'LocustTest', plural: 'locusttests' },
      versions: [],
    },
  },
  {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'operator', namespace: 'cratekube-loadtest' },
  },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'operator', namespace: 'cratekube-loadtest', annotations: { own: 'kept' } },
    spec: {},
  },
]
const home = { name: 'home', source: 'EFS' }

async function recordAddons(spec: Parameters<typeof tenantInput>[0]) {
  const renderings: { path: string; namespace: string; values: Record<string, unknown> }[] = []
  const program = await record(programs.addons, tenantInput(spec), {
    config: { 'cratekube:cloud': JSON.stringify(cloudOutputs) },
    call: (token, args) => {
      expect(token).toBe('kubernetes:helm:template')
      renderings.push(JSON.parse(args['jsonOpts']))
      return { result: rendered }
    },
  })
  return { ...program, renderings }
}

test('reaches the cluster by the context of the ambient kubeconfig, with no token in its inputs', async () => {
  const program = await recordAddons({ autofs: { maps: [home] } })
  expect(program.the('pulumi:providers:kubernetes', 'cluster').inputs).toEqual({
    context: 'payments-0a1b2c3d',
    enableConfigMapMutable: 'true',
    upsertExistingObjects: 'true',
    enablePatchForce: 'true',
  })
})

// A name, a type or a parent that changes would replace the object in every tenant cluster.
test('calls its resources as stacks of earlier releases have them', async () => {
  const { resources } = await recordAddons({ autofs: { maps: [home] } })
  const urns = resources.map(({ parent, type, name }) => `${parent} / ${type} ${name}`.trim())
  const autofs = 'cratekube:addons:Autofs autofs'
  const probe = 'cratekube:addons:AutofsProbe autofs-probe'
  const loadTesting = 'cratekube:addons:LoadTesting load-testing'
  const chart = 'kubernetes:helm.sh/v3:Chart cratekube-loadtest'
  expect(urns.toSorted()).toEqual(
    [
      `/ pulumi:providers:kubernetes cluster`,
      `/ ${autofs}`,
      `${autofs} / kubernetes:core/v1:Namespace cratekube-system`,
      `${autofs} / kubernetes:core/v1:ConfigMap autofs-maps`,
      `${autofs} / kubernetes:apps/v1:DaemonSet autofs`,
      `${autofs} / ${probe}`,
      `/ ${loadTesting}`,
      `${probe} / kubernetes:core/v1:Namespace cratekube-autofs-probe`,
      `${probe} / kubernetes:core/v1:PersistentVolume autofs-probe`,
      `${probe} / kubernetes:core/v1:PersistentVolumeClaim autofs-probe`,
      `${probe} / kubernetes:apps/v1:DaemonSet autofs-probe`,
      `${loadTesting} / kubernetes:core/v1:Namespace cratekube-loadtest`,
      `${loadTesting} / ${chart}`,
      `${chart} / kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition locusttests.locust.io`,
      `${chart} / kubernetes:core/v1:ServiceAccount cratekube-loadtest/operator`,
      `${chart} / kubernetes:apps/v1:Deployment cratekube-loadtest/operator`,
    ].toSorted(),
  )
})

test('names every object, so that the provider deletes one that it must replace first', async () => {
  const { resources } = await recordAddons({ autofs: { maps: [home] } })
  const objects = resources.filter(({ type }) => /^kubernetes:(?!helm)/.test(type))
  expect(objects.length).toBeGreaterThan(5)
  for (const { type, name, inputs } of objects)
    expect(inputs['metadata'], `${type} ${name}`).toMatchObject({ name: expect.any(String) })
})

test('runs AutoFS on every node', async () => {
  const program = await recordAddons({ autofs: { root: '/mnt/shared', maps: [home] } })
  const { spec } = program.the('kubernetes:apps/v1:DaemonSet', 'autofs').inputs
  expect(spec.template.spec).toMatchObject({
    hostPID: true,
    hostNetwork: true,
    automountServiceAccountToken: false,
    priorityClassName: 'system-node-critical',
    tolerations: [{ operator: 'Exists' }],
    volumes: expect.arrayContaining([
      { name: 'auto', hostPath: { path: '/var/lib/cratekube/auto', type: 'DirectoryOrCreate' } },
    ]),
  })
  const [container] = spec.template.spec.containers
  expect(container).toMatchObject({
    image: 'ghcr.io/cratekube/autofs:0.1.0',
    securityContext: { privileged: true },
    env: expect.arrayContaining([{ name: 'ROOT', value: '/mnt/shared' }]),
    volumeMounts: expect.arrayContaining([
      { name: 'auto', mountPath: '/mnt/shared', mountPropagation: 'Bidirectional' },
    ]),
  })
  for (const probe of ['readinessProbe', 'livenessProbe']) {
    expect(container[probe].exec.command).toEqual(['/usr/local/bin/autofs-agent', 'check'])
  }
})

test('changes nothing but the ConfigMap and the probe when maps change, so that no agent restarts', async () => {
  const before = await recordAddons({ autofs: { maps: [home] } })
  const after = await recordAddons({ autofs: { maps: [home, { name: 'data', source: 'EFS' }] } })
  const daemonSet = (p: typeof before) => p.the('kubernetes:apps/v1:DaemonSet', 'autofs').inputs
  const maps = (p: typeof before) =>
    p.the('kubernetes:core/v1:ConfigMap', 'autofs-maps').inputs['data']
  expect(daemonSet(after)).toEqual(daemonSet(before))
  expect(maps(before)).toMatchObject({ 'efs.home': 'fs-0123.efs.eu-west-1.amazonaws.com:/home' })
  expect(Object.keys(maps(after))).toEqual(['efs.data', 'efs.home', 'master', 'revision'])
})

test('uses the maps from an ordinary pod of every node', async () => {
  const entries = [{ key: 'builds', location: 'filer:/builds' }]
  const maps = [home, { name: 'filer', entries }]
  const program = await recordAddons({ autofs: { root: '/mnt/shared', maps } })
  const { data } = program.the('kubernetes:core/v1:ConfigMap', 'autofs-maps').inputs
  const probe = program.the('kubernetes:apps/v1:DaemonSet', 'autofs-probe')
  expect(probe.inputs['metadata'].annotations).toEqual({ 'pulumi.com/skipAwait': 'true' })
  const pod = probe.inputs['spec'].template.spec
  expect(pod).not.toHaveProperty('hostPID')
  expect(pod.securityContext).toMatchObject({
    runAsNonRoot: true,
    seccompProfile: { type: 'RuntimeDefault' },
  })
  expect(pod.containers[0]).toMatchObject({
    args: ['watch', '/mnt/shared', data.revision, 'home/.cratekube-probe', 'filer/builds'],
    readinessProbe: { exec: { command: ['/usr/local/bin/autofs-probe', 'ready'] } },
    securityContext: { readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    volumeMounts: expect.arrayContaining([
      { name: 'auto', mountPath: '/mnt/shared', mountPropagation: 'HostToContainer' },
    ]),
  })
  const { spec } = program.the('kubernetes:core/v1:PersistentVolume', 'autofs-probe').inputs
  expect(spec.hostPath.path).toBe('/var/lib/cratekube/auto')
})

test('takes credentials from a Secret that need not be there, as files of root alone', async () => {
  const program = await recordAddons({ autofs: { maps: [home] } })
  const { spec } = program.the('kubernetes:apps/v1:DaemonSet', 'autofs').inputs.spec.template
  expect(spec.volumes).toContainEqual({
    name: 'credentials',
    secret: { secretName: 'autofs-credentials', defaultMode: 0o400, optional: true },
  })
})

test('gives each namespace the Pod Security level it needs', async () => {
  const program = await recordAddons({ autofs: { maps: [home] } })
  const levels = program
    .of('kubernetes:core/v1:Namespace')
    .map((n) => [n.name, n.inputs['metadata'].labels['pod-security.kubernetes.io/enforce']])
  expect(Object.fromEntries(levels)).toEqual({
    'cratekube-system': 'privileged',
    'cratekube-autofs-probe': 'baseline',
    'cratekube-loadtest': 'restricted',
  })
})

test('installs no AutoFS when the spec has none', async () => {
  const program = await recordAddons({})
  expect(program.of('kubernetes:apps/v1:DaemonSet')).toEqual([])
})

test('renders the chart of the load-test operator with the values of the spec', async () => {
  const { renderings } = await recordAddons({
    addons: { loadTesting: { values: { replicas: 3 } } },
  })
  expect(renderings).toMatchObject([
    {
      path: expect.stringMatching(/\/charts\/cratekube-loadtest$/),
      namespace: 'cratekube-loadtest',
      values: { replicas: 3 },
    },
  ])
})

describe('images', () => {
  const images = async (spec: object) => {
    const program = await recordAddons({ autofs: { maps: [home] }, ...spec })
    const containers = program
      .of('kubernetes:apps/v1:DaemonSet')
      .map((d) => d.inputs['spec'].template.spec.containers[0].image)
    return [...containers, ...program.renderings.map((r) => r.values['image'])]
  }
  const imageRegistry = '111122223333.dkr.ecr.eu-west-1.amazonaws.com/copies'

  test('come from ghcr.io', async () => {
    expect(await images({})).toEqual([
      'ghcr.io/cratekube/autofs:0.1.0',
      'ghcr.io/cratekube/autofs:0.1.0',
      { repository: 'ghcr.io/cratekube/cratekube' },
    ])
  })

  test('come all from the registry of the spec', async () => {
    expect(await images({ imageRegistry })).toEqual([
      `${imageRegistry}/autofs:0.1.0`,
      `${imageRegistry}/autofs:0.1.0`,
      { repository: `${imageRegistry}/cratekube` },
    ])
  })

  test('of the load-test operator are those of its values, as far as they say', async () => {
    const image = async (own: unknown) =>
      (await images({ imageRegistry, addons: { loadTesting: { values: { image: own } } } })).at(-1)
    expect(await image({ tag: 'mine' })).toEqual({
      repository: `${imageRegistry}/cratekube`,
      tag: 'mine',
    })
    expect(await image({ repository: 'registry.example/op' })).toEqual({
      repository: 'registry.example/op',
    })
    expect(await image('wrong')).toBe('wrong')
  })
})

test('keeps the CRDs of users’ objects when the load-test operator goes', async () => {
  const program = await recordAddons({})
  const crds = program.of('kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition')
  expect(crds.map((c) => c.retainOnDelete)).toEqual([true])
  expect(program.of('kubernetes:core/v1:ServiceAccount').map((s) => s.retainOnDelete)).toEqual([
    false,
  ])
})

test('waits for the load-test operator only where a node pool takes it', async () => {
  const annotations = async (nodePools: object[], values = {}) => {
    const program = await recordAddons({ nodePools, addons: { loadTesting: { values } } })
    const [deployment] = program.of('kubernetes:apps/v1:Deployment')
    return deployment?.inputs['metadata'].annotations
  }
  const tainted = { name: 'a', taints: [{ key: 'team', value: 'ml', effect: 'NoExecute' }] }
  const waited = { own: 'kept' }
  const unawaited = { own: 'kept', 'pulumi.com/skipAwait': 'true' }
  expect(await annotations([{ name: 'a', min: 0, desired: 0 }])).toEqual(unawaited)
  expect(await annotations([{ name: 'a' }])).toEqual(waited)
  expect(await annotations([tainted])).toEqual(unawaited)
  const tolerations = [{ key: 'team', value: 'ml' }]
  expect(await annotations([tainted], { tolerations })).toEqual(waited)
  expect(await annotations([{ name: 'a' }], { nodeSelector: { team: 'ml' } })).toEqual(unawaited)
})

test('installs no load-test operator when it is off', async () => {
  const program = await recordAddons({ addons: { loadTesting: { enabled: false } } })
  expect(program.renderings).toEqual([])
  expect(program.of('kubernetes:core/v1:Namespace')).toEqual([])
})

test('takes the version of the chart that it carries, and refuses any other by the name of the field', async () => {
  const addons = (version: string) => ({ addons: { loadTesting: { version } } })
  expect((await recordAddons(addons(loadTestChartVersion))).renderings).toHaveLength(1)
  await expect(recordAddons(addons('9.9.9'))).rejects.toThrow(
    `spec.addons.loadTesting.version: expected ${loadTestChartVersion}, the version that this CrateKube ships, got 9.9.9`,
  )
})

test('knows the version of the chart it carries', async () => {
  const chart = new URL('../../../../charts/cratekube-loadtest/Chart.yaml', import.meta.url)
  expect(load(await readFile(chart, 'utf8'))).toMatchObject({ version: loadTestChartVersion })
})
