import { expect, test } from 'vitest'
import { assess } from '../../../../operator/controllers/tenant-cluster/assess.ts'
import type { Measured } from '../../../../operator/controllers/tenant-cluster/observe.ts'
import { changed, minimalSpec, specOf } from '../../../support/tenant-cluster.ts'

const withMaps = specOf(changed(minimalSpec, 'autofs', { maps: [{ name: 'home', source: 'EFS' }] }))
const agents = (ready: number) => ({ name: 'DaemonSet autofs', desired: 2, ready })
const probes = (ready: number) => ({ name: 'DaemonSet autofs-probe', desired: 2, ready })

function autofsReady(autofs: Measured['autofs'], spec = withMaps) {
  const { conditions } = assess(spec, {
    gitVersion: 'v1.36.2',
    nodes: [],
    ...(autofs && { autofs }),
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
