// What is counted in a tenant cluster, whatever its API server answers.
import { expect, test } from 'vitest'
import {
  measure as measureOf,
  versionOf,
} from '../../../../../operator/controllers/tenant-cluster/measure/measure.ts'
import {
  loadTestNamespace,
  loadTestRelease,
} from '../../../../../operator/addons/load-testing/objects.ts'
import { awsManager } from '../../../../../operator/aws/manager.ts'
import { core, KubeError, type Kube } from '../../../../../operator/framework/index.ts'
import { kubeOver } from '../../../../../operator/framework/kube/client.ts'
import { FakeApiServer } from '../../../../../operator/framework/testing/index.ts'
import { changed, minimalSpec, specOf } from '../../../../support/tenant-cluster.ts'

const signal = new AbortController().signal
const measure = (kube: Kube, of: Parameters<typeof measureOf>[1], stop: AbortSignal) =>
  measureOf(kube, of, { signal: stop, nodes: awsManager({ variables: {} }) })
const pools = ['web', 'web-gpu'].map((name) => ({ name, min: 0, desired: 1, max: 9 }))
const spec = specOf({ ...minimalSpec, nodePools: pools })
const plain = changed(spec, 'addons.loadTesting.enabled', false)

async function addNode(
  kube: Kube,
  name: string,
  o: { group?: string; ready?: boolean; version: string },
) {
  const labels = o.group === undefined ? {} : { 'eks.amazonaws.com/nodegroup': o.group }
  await kube.create(core.node, { metadata: { name, labels } })
  const status = {
    conditions: [{ type: 'Ready', status: o.ready === false ? 'False' : 'True' }],
    nodeInfo: { kubeletVersion: o.version },
  }
  const change = { type: 'merge', subresource: 'status' } as const
  await kube.patch(core.node, { name }, { status }, change)
}

test('counts the Ready nodes of each pool over all pages, and names the oldest kubelet', async () => {
  const server = new FakeApiServer()
  const kube = server.kube()
  for (let n = 0; n < 120; n += 1) {
    await addNode(kube, `n-${n}`, {
      group: 'web-0a1b',
      version: n === 70 ? 'v1.9.1' : 'v1.36.3',
      ready: n > 9,
    })
  }
  await addNode(kube, 'gpu', { group: 'web-gpu-0a1b', version: 'v1.36.3' })
  await addNode(kube, 'foreign', { group: 'other-0a1b', version: 'v1.1.0' })
  await addNode(kube, 'by-hand', { version: 'v1.1.0' })
  server.takeRequests()
  const { pools } = await measure(kube, plain, signal)
  expect(Object.fromEntries(pools)).toEqual({
    web: { ready: 110, version: 'v1.9.1' },
    'web-gpu': { ready: 1, version: 'v1.36.3' },
  })
  expect(server.takeRequests()).toHaveLength(3)
})

test('finds the load-test operator by its labels, whatever its chart was told to call it', async () => {
  const kube = new FakeApiServer().kube()
  const labels = {
    'app.kubernetes.io/name': loadTestRelease,
    'app.kubernetes.io/instance': loadTestRelease,
  }
  for (const [name, own] of [
    ['called-so', labels],
    ['of-others', {}],
  ] as const) {
    const metadata = { name, namespace: loadTestNamespace, labels: own }
    await kube.create(core.deployment, { metadata, spec: { replicas: 2 } })
  }
  const { addons } = await measure(kube, spec, signal)
  expect(addons.get('loadTesting')?.workloads.map(({ name }) => name)).toEqual([
    'Deployment called-so',
  ])
})

test('reads where the load-test operator may run, and takes what is none for nothing', async () => {
  const nodeSelector = { team: 'load' }
  const tolerations = [{ key: 'team', operator: 'Exists' }]
  const of = async (template: unknown) => {
    const deployment = { metadata: { name: 'x' }, spec: { template } }
    const kube = answering({ metadata: {}, items: [deployment] })
    return (await measure(kube, spec, signal)).addons.get('loadTesting')?.workloads[0]?.placement
  }
  expect(await of({ spec: { nodeSelector, tolerations } })).toEqual({ nodeSelector, tolerations })
  for (const odd of [null, 'x', {}, { spec: 5 }, { spec: { tolerations: 'all' } }]) {
    expect(await of(odd)).toEqual({})
  }
})

/** An API server that answers every path so. */
const answering = (body: unknown): Kube =>
  kubeOver(
    {
      send: async () => ({ status: 200, body: JSON.stringify(body) }),
      stream: () => Promise.reject(new Error('nothing is watched')),
      close: () => undefined,
    },
    { attempts: 1 },
  )

test.each([
  ['nothing', null],
  ['a text', 'x'],
  ['items that are no list', { metadata: {}, items: 'x' }],
  ['an item that is nothing', { metadata: {}, items: [null] }],
  ['an item without metadata', { metadata: {}, items: [{}] }],
  ['a token without end', { metadata: { continue: 'x'.repeat(20_000) }, items: [] }],
])('an answer that is %s is refused as one', async (_, body) => {
  await expect(measure(answering(body), plain, signal)).rejects.toMatchObject({
    name: 'KubeError',
    reason: 'BadAnswer',
  })
  await expect(versionOf(answering(body), signal)).rejects.toBeInstanceOf(KubeError)
})

test('a list that never ends is given up', async () => {
  const endless = answering({ metadata: { continue: 'more' }, items: [] })
  await expect(measure(endless, plain, signal)).rejects.toMatchObject({ reason: 'AnswerTooLarge' })
})

test('texts are cut', async () => {
  const long = 'x'.repeat(1_000_000)
  expect((await versionOf(answering({ gitVersion: 'v1'.repeat(1000) }), signal)).length).toBe(253)
  const labels = { 'eks.amazonaws.com/nodegroup': 'web-0a1b' }
  const node = { metadata: { labels }, status: { nodeInfo: { kubeletVersion: long } } }
  const { pools } = await measure(answering({ metadata: {}, items: [node] }), plain, signal)
  expect(pools.get('web')?.version).toHaveLength(253)
})

test('a node that says nothing of itself is not Ready, and of no version', async () => {
  const labels = { 'eks.amazonaws.com/nodegroup': 'web-0a1b' }
  const { pools } = await measure(
    answering({ metadata: {}, items: [{ metadata: { labels } }] }),
    plain,
    signal,
  )
  expect(pools.get('web')).toEqual({ ready: 0 })
})

test.each(['NotReady', 'True'])(
  'a node is Ready by its condition Ready alone: %s',
  async (type) => {
    const labels = { 'eks.amazonaws.com/nodegroup': 'web-0a1b' }
    const conditions = [
      { type, status: 'True' },
      { type: 'Ready', status: 'False' },
    ]
    const node = { metadata: { labels }, status: { conditions } }
    const { pools } = await measure(answering({ metadata: {}, items: [node] }), plain, signal)
    expect(pools.get('web')?.ready).toBe(0)
  },
)

/** Of an add-on with one DaemonSet, so many of whose pods are ready; a log is asked for by its path. */
async function probing(numberReady: number, desiredNumberScheduled = 2) {
  const asked: string[] = []
  const running = { ready: false, state: { running: {} } }
  const pods = [
    { metadata: { name: 'p' }, spec: { nodeName: 'n' }, status: { containerStatuses: [running] } },
  ]
  const kube = kubeOver(
    {
      send: async ({ path }) => {
        asked.push(path.replace(/[?].*/, ''))
        const body = path.includes('/log')
          ? 'failed: no mount'
          : JSON.stringify(
              path.includes('daemonsets')
                ? {
                    metadata: { name: 'd' },
                    spec: {},
                    status: {
                      numberReady,
                      updatedNumberScheduled: numberReady,
                      desiredNumberScheduled,
                    },
                  }
                : { metadata: {}, items: path.includes('pods') ? pods : [] },
            )
        return { status: 200, body }
      },
      stream: () => Promise.reject(new Error('nothing is watched')),
      close: () => undefined,
    },
    { attempts: 1 },
  )
  const { addons } = await measure(
    kube,
    specOf({ ...minimalSpec, autofs: { maps: [{ name: 'home', source: 'EFS' }] } }),
    signal,
  )
  return { complaint: addons.get('autofs')?.complaint, asked }
}

test('the probe is asked what it complains of where something lacks', async () => {
  const lacking = await probing(1)
  expect(lacking.complaint).toBe('no mount (on node n)')
  const whole = await probing(2)
  expect(whole.complaint).toBeUndefined()
  expect(whole.asked.filter((path) => path.includes('/pods'))).toEqual([])
})

test('one page of deployments is enough', async () => {
  const asked: string[] = []
  const kube = kubeOver(
    {
      send: async ({ path }) => {
        if (path.includes('deployments')) asked.push(path)
        const page = path.includes('deployments') ? { continue: 'more' } : {}
        return { status: 200, body: JSON.stringify({ metadata: page, items: [] }) }
      },
      stream: () => Promise.reject(new Error('nothing is watched')),
      close: () => undefined,
    },
    { attempts: 1 },
  )
  await measure(kube, spec, signal).catch(() => undefined)
  expect(asked).toHaveLength(1)
  expect(asked[0]).toContain('limit=5')
})
