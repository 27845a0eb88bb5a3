// What is measured of a tenant cluster, and what its conditions say of it.
import { describe, expect, test } from 'vitest'
import { addons as listedAddons } from '../../../../../operator/addons/index.ts'
import type { Placement } from '../../../../../operator/api/tenant/placement.ts'
import {
  assess,
  unreachable,
  unreachableGraceMs,
} from '../../../../../operator/controllers/tenant-cluster/measure/assess.ts'
import type { Assessed } from '../../../../../operator/controllers/tenant-cluster/measure/assessed.ts'
import type {
  Health,
  Measured,
  Workload,
} from '../../../../../operator/controllers/tenant-cluster/measure/measure.ts'
import { changed, minimalSpec, specOf } from '../../../../support/tenant-cluster.ts'

const withMaps = specOf(changed(minimalSpec, 'autofs', { maps: [{ name: 'home', source: 'EFS' }] }))
const counted = (ready: Record<string, number>): Measured['pools'] =>
  new Map(Object.entries(ready).map(([name, n]) => [name, { ready: n, version: 'v1.36.3' }]))
const agents = (ready: number) => ({ name: 'DaemonSet autofs', desired: 2, ready })
const probes = (ready: number) => ({ name: 'DaemonSet autofs-probe', desired: 2, ready })

const addons = (health: {
  autofs?: Health | undefined
  loadTest?: Workload[]
}): Measured['addons'] =>
  new Map([
    ...(health.autofs ? [['autofs', health.autofs] as const] : []),
    ...(health.loadTest ? [['loadTesting', { workloads: health.loadTest }] as const] : []),
  ])

function autofsReady(autofs: Health | undefined, spec = withMaps) {
  const { conditions } = assess(spec, {
    gitVersion: 'v1.36.2',
    pools: counted({}),
    addons: addons({ autofs }),
  })
  return conditions.find(({ type }) => type === 'AutofsReady')
}

test('AutofsReady takes both the agents and their probes on every node', () => {
  expect(autofsReady({ workloads: [agents(2), probes(2)] })).toMatchObject({ status: true })
  expect(autofsReady({ workloads: [agents(1), probes(2)] })).toMatchObject({
    status: false,
    reason: 'AutofsNotReady',
    message: 'DaemonSet autofs: 1 of 2 ready',
  })
  expect(
    autofsReady({ workloads: [agents(2), { ...probes(0), desired: Infinity }] }),
  ).toMatchObject({
    status: false,
    message: 'DaemonSet autofs-probe: is being rolled out',
  })
})

test('AutofsReady says which map and key cannot be mounted, in the words of the probe', () => {
  const complaint = 'map filer, key builds: No such file or directory (on node a)'
  expect(autofsReady({ workloads: [agents(2), probes(1)], complaint })).toMatchObject({
    status: false,
    message: `${complaint}; DaemonSet autofs-probe: 1 of 2 ready`,
  })
})

test('AutofsReady is no concern of a cluster without maps', () => {
  expect(autofsReady(undefined, specOf())).toMatchObject({ status: true, reason: 'NotConfigured' })
})

const wide = specOf({
  ...minimalSpec,
  nodePools: [
    { name: 'web', min: 1, desired: 2, max: 3 },
    { name: 'web-gpu', min: 0, desired: 1, max: 1 },
  ],
})
const anywhere = { placement: {} }
const measured = (change: Partial<Measured> = {}): Measured => ({
  gitVersion: 'v1.36.3-eks-1a2b3c',
  pools: counted({ web: 2, 'web-gpu': 1 }),
  addons: addons({
    loadTest: [{ ...anywhere, name: 'Deployment cratekube-loadtest', desired: 1, ready: 1 }],
  }),
  ...change,
})
const of = (type: string, conditions: Assessed[]) => conditions.find((c) => c.type === type)

test.each<[what: string, change: Partial<Measured>, lacking: Omit<Assessed, 'status'>]>([
  [
    'an older API server',
    { gitVersion: 'v1.35.9' },
    {
      type: 'ControlPlaneReady',
      reason: 'ControlPlaneNotReady',
      message: 'runs v1.35.9, spec.kubernetesVersion is 1.36',
    },
  ],
  [
    'a minor that only begins like it',
    { gitVersion: 'v1.3.6' },
    {
      type: 'ControlPlaneReady',
      reason: 'ControlPlaneNotReady',
      message: 'runs v1.3.6, spec.kubernetesVersion is 1.36',
    },
  ],
  [
    'a node that is not Ready',
    { pools: counted({ web: 1, 'web-gpu': 1 }) },
    { type: 'NodesReady', reason: 'NodesNotReady', message: 'pool web: 1 of 2 nodes Ready' },
  ],
  [
    'nodes of one pool do not stand for those of another',
    { pools: counted({ web: 3 }) },
    { type: 'NodesReady', reason: 'NodesNotReady', message: 'pool web-gpu: 0 of 1 nodes Ready' },
  ],
  [
    'no node at all',
    { pools: counted({}) },
    {
      type: 'NodesReady',
      reason: 'NodesNotReady',
      message: 'pool web: 0 of 2 nodes Ready; pool web-gpu: 0 of 1 nodes Ready',
    },
  ],
  [
    'an operator that is not available',
    { addons: addons({ loadTest: [{ ...anywhere, name: 'Deployment x', desired: 2, ready: 1 }] }) },
    { type: 'AddonsReady', reason: 'AddonsNotReady', message: 'Deployment x: 1 of 2 ready' },
  ],
  [
    'an operator that is not there',
    { addons: addons({ loadTest: [] }) },
    { type: 'AddonsReady', reason: 'AddonsNotReady', message: 'not installed yet' },
  ],
])('%s', (_, change, lacking) => {
  const { conditions } = assess(wide, measured(change))
  expect(of(lacking.type, conditions)).toEqual({ ...lacking, status: false })
  const others = conditions.filter((condition) => condition.type !== lacking.type)
  expect(others.map(({ status }) => status)).toEqual(others.map(() => true))
})

test('tells of each pool, and of all together', () => {
  expect(assess(wide, measured({ pools: counted({ web: 2 }) }))).toMatchObject({
    kubernetes: { version: 'v1.36.3-eks-1a2b3c' },
    nodes: '2/3',
    nodePools: [
      { name: 'web', desired: 2, ready: 2, version: 'v1.36.3' },
      { name: 'web-gpu', desired: 1, ready: 0 },
    ],
  })
})

test('a load-test operator that nobody asked for is no concern', () => {
  const { conditions } = assess(wide, {
    gitVersion: 'v1.36.3',
    pools: counted({}),
    addons: addons({}),
  })
  expect(of('AddonsReady', conditions)).toMatchObject({ status: true, reason: 'NotConfigured' })
})

describe('a load-test operator that waits for a node', () => {
  const taint = { key: 'team', value: 'ml', effect: 'NoSchedule' }
  const addonsOf = (pools: object[], placement: Placement, ready = 0) => {
    const spec = specOf({ ...minimalSpec, nodePools: pools })
    const loadTest = [{ placement, name: 'Deployment x', desired: 1, ready }]
    const { conditions } = assess(
      spec,
      measured({ pools: counted({}), addons: addons({ loadTest }) }),
    )
    return of('AddonsReady', conditions)
  }
  const none = { name: 'a', min: 0, desired: 0 }

  test('holds nothing up while the spec asks for none that takes it', () => {
    expect(addonsOf([none], {})).toEqual({
      type: 'AddonsReady',
      status: true,
      reason: 'NotConfigured',
      message:
        'no node pool asks for a node that would take the load-test operator; Deployment x: 0 of 1 ready',
    })
    expect(addonsOf([none, { name: 'b', taints: [taint] }], {})).toMatchObject({
      status: true,
      message:
        'no node pool takes the load-test operator, by its nodeSelector and tolerations; Deployment x: 0 of 1 ready',
    })
  })

  test('is waited for where a pool takes it', () => {
    expect(addonsOf([none, { name: 'b' }], {})).toMatchObject({ status: false })
    const tolerations = [{ key: 'team', operator: 'Exists' }]
    expect(addonsOf([{ name: 'b', taints: [taint] }], { tolerations })).toMatchObject({
      status: false,
    })
  })

  test('is available where it runs all the same', () => {
    expect(addonsOf([none], {}, 1)).toMatchObject({ status: true, reason: 'Available' })
  })

  test('a cluster of no nodes at all is as the spec says', () => {
    const spec = specOf({ ...minimalSpec, nodePools: [none], autofs: { maps: [{ name: 'home', source: 'EFS' }] } }) // prettier-ignore
    const { conditions, nodes } = assess(spec, {
      gitVersion: 'v1.36.3',
      pools: counted({}),
      addons: addons({
        autofs: {
          workloads: [
            { ...agents(0), desired: 0 },
            { ...probes(0), desired: 0 },
          ],
        },
        loadTest: [{ ...anywhere, name: 'Deployment x', desired: 1, ready: 0 }],
      }),
    })
    expect(conditions.map(({ status }) => status)).toEqual(conditions.map(() => true))
    expect(nodes).toBe('0/0')
  })
})

describe('add-ons that share a condition', () => {
  const known = listedAddons.filter(({ name }) => name === 'loadTesting')
  const list = known.flatMap((addon) => [addon, { ...addon, name: 'other', title: 'the other' }])
  const spec = { ...wide, addons: { ...wide.addons, other: { enabled: true } } }
  const workload = (ready: number, desired = 1) => ({
    workloads: [{ ...anywhere, name: 'Deployment x', desired, ready }],
  })
  const both = (first: Health | undefined, second: Health | undefined) => {
    const found = Object.entries({ loadTesting: first, other: second })
    const health = new Map(found.flatMap(([name, one]) => (one ? [[name, one]] : [])))
    return of('AddonsReady', assess(spec, measured({ addons: health }), list).conditions)
  }

  test.each<[string, Health | undefined, Health | undefined, Partial<Assessed>]>([
    [
      'both ready',
      workload(1),
      workload(1),
      {
        status: true,
        reason: 'Available',
        message:
          'the load-test operator: the load-test operator is available; the other: the load-test operator is available',
      },
    ],
    [
      'the second lacking',
      workload(1),
      workload(0),
      {
        status: false,
        reason: 'AddonsNotReady',
        message: 'the other: Deployment x: 0 of 1 ready',
      },
    ],
    [
      'both lacking',
      workload(0, Infinity),
      { workloads: [] },
      {
        status: false,
        message:
          'the load-test operator: Deployment x: is being rolled out; the other: not installed yet',
      },
    ],
    [
      'one that nobody asked for',
      undefined,
      workload(1),
      {
        status: true,
        reason: 'Available',
        message: 'the other: the load-test operator is available',
      },
    ],
    [
      'none that anybody asked for',
      undefined,
      undefined,
      { status: true, reason: 'NotConfigured' },
    ],
  ])('%s', (_, first, second, expected) => {
    expect(both(first, second)).toMatchObject(expected)
  })
})

test('silence says nothing of the parts, and within the grace not even of the API', () => {
  const silent = (sinceMs: number) =>
    unreachable({ reason: 'APIUnreachable', message: 'no answer', sinceMs })
  expect(silent(unreachableGraceMs - 1)).toEqual([
    { type: 'APIReachable', status: 'Unknown', reason: 'APIUnreachable', message: 'no answer' },
  ])
  const over = silent(unreachableGraceMs)
  expect(over.map(({ type, status }) => `${type} ${status}`)).toEqual([
    'APIReachable false',
    'ControlPlaneReady Unknown',
    'NodesReady Unknown',
    'AutofsReady Unknown',
    'AddonsReady Unknown',
  ])
})
