// What AutoFS's probe complains of, as its pods say it.
import { expect, test } from 'vitest'
import { probeName, probeNamespace } from '../../../../../operator/addons/autofs/objects.ts'
import { complaintOf as complaintOfProbe } from '../../../../../operator/controllers/tenant-cluster/measure/complaint.ts'
import { core, KubeError, type Kube } from '../../../../../operator/framework/index.ts'
import { FakeApiServer } from '../../../../../operator/framework/testing/index.ts'

type ProbePod = {
  name: string
  /** The end of its log; an error is the kubelet's. */
  log?: string | KubeError
  ready?: boolean
  running?: boolean
  deleting?: boolean
}

const unanswered = new KubeError('the kubelet is away', { status: 500, reason: 'InternalError' })
const failed = (what: string) => `failed: ${what}\n`

async function complaintOf(pods: ProbePod[], signal = new AbortController().signal) {
  const kube = new FakeApiServer().kube()
  for (const pod of pods) await createPod(kube, pod)
  const asked: string[] = []
  // Logs are the kubelet's, which the fake API server has none of.
  const withLogs: Kube = {
    ...kube,
    request: async (_, path, __, o) => {
      const name = /\/pods\/([^/]+)\/log$/.exec(path)?.[1] ?? ''
      asked.push(name)
      expect(o).toMatchObject({ as: 'text', query: { tailLines: 1 }, timeoutMs: 3_000 })
      const log = pods.find((pod) => pod.name === name)?.log ?? ''
      if (log instanceof KubeError) throw log
      return log
    },
  }
  return {
    complaint: await complaintOfProbe(
      { namespace: probeNamespace, name: probeName },
      withLogs,
      signal,
    ),
    asked,
  }
}

async function createPod(kube: Kube, pod: ProbePod): Promise<void> {
  const { name, ready = false, running = true, deleting = false } = pod
  await kube.create(core.pod, {
    metadata: {
      name,
      namespace: probeNamespace,
      labels: { 'app.kubernetes.io/name': probeName },
      ...(deleting && { finalizers: ['example.com/held'] }),
    },
    spec: { nodeName: `node-of-${name}` },
  })
  const state = running ? { running: {} } : { waiting: { reason: 'ContainerCreating' } }
  const status = { containerStatuses: [{ ready, state }] }
  const ref = { name, namespace: probeNamespace }
  await kube.patch(core.pod, ref, { status }, { type: 'merge', subresource: 'status' })
  if (deleting) await kube.delete(core.pod, ref)
}

test.each<[what: string, pods: ProbePod[], complaint: string | undefined]>([
  ['no pods', [], undefined],
  ['all ready', [{ name: 'a', ready: true, log: failed('yesterday') }], undefined],
  [
    'one that cannot mount',
    [
      { name: 'a', ready: true },
      { name: 'b', log: failed('map home, key bob: not mounted') },
    ],
    'map home, key bob: not mounted (on node node-of-b)',
  ],
  ['one that has said nothing yet', [{ name: 'a', log: '' }], undefined],
  ['one that says something else', [{ name: 'a', log: 'every map is served\n' }], undefined],
  ['one that does not run yet', [{ name: 'a', running: false, log: failed('x') }], undefined],
  ['one that is going', [{ name: 'a', deleting: true, log: failed('x') }], undefined],
  [
    'one whose kubelet is away',
    [
      { name: 'a', log: unanswered },
      { name: 'b', log: failed('x') },
    ],
    'x (on node node-of-b)',
  ],
])('%s', async (_, pods, complaint) => {
  expect((await complaintOf(pods)).complaint).toBe(complaint)
})

test('asks the same pods first each time, and two at most', async () => {
  const pods = ['d', 'b', 'c', 'a'].map((name) => ({ name }))
  expect((await complaintOf(pods)).asked).toEqual(['a', 'b'])
})

test('ends when it is told to', async () => {
  const stop = new AbortController()
  const stopped = new KubeError('aborted', { status: 0, reason: 'AbortError' })
  const pod = {
    name: 'a',
    get log() {
      stop.abort()
      return stopped
    },
  }
  await expect(complaintOf([pod], stop.signal)).rejects.toBe(stopped)
})

test('asks the first by name, in whichever order and however many pages they come', async () => {
  const asked: string[] = []
  const page = (...names: string[]) =>
    names.map((name) => pod(name, [{ ready: false, state: { running: {} } }]))
  await complain([page('d', 'c'), page('b', 'e'), page('a')], (name) => {
    asked.push(name)
    return ''
  })
  expect(asked).toEqual(['a', 'b'])
})

test.each([
  ['says nothing of its containers', undefined],
  ['has none', []],
  ['has one that is not there yet', [{ ready: false }]],
])('a pod that %s is not asked', async (_, containers) => {
  const complaint = await complain([[pod('a', containers)]], () => failed('x'))
  expect(complaint).toBeUndefined()
})

test('a pod of which one container is not ready is', async () => {
  const running = { running: {} }
  const containers = [
    { ready: true, state: running },
    { ready: false, state: running },
  ]
  expect(await complain([[pod('a', containers)]], () => failed('x'))).toBe('x (on node n)')
})

test('a long complaint is cut', async () => {
  const containers = [{ ready: false, state: { running: {} } }]
  const complaint = await complain([[pod('a', containers)]], () => failed('x'.repeat(900)))
  expect(complaint).toHaveLength(500)
})

const pod = (name: string, containerStatuses: object[] | undefined) => ({
  metadata: { name },
  spec: { nodeName: 'n' },
  ...(containerStatuses && { status: { containerStatuses } }),
})

/** An API server whose pages and logs are these; the real one lists by name as a rule, and promises nothing. */
const complain = (pages: object[][], logOf: (name: string) => string) => {
  const kube = {
    async *pages() {
      yield* pages
    },
    request: async (_: string, path: string, __: unknown, o: unknown) => {
      expect(o).toMatchObject({ query: { tailLines: 1, limitBytes: 1_000 } })
      return logOf(/\/pods\/([^/]+)\/log$/.exec(path)?.[1] ?? '')
    },
  } as unknown as Kube
  const probe = { namespace: probeNamespace, name: probeName }
  return complaintOfProbe(probe, kube, new AbortController().signal)
}
