// What a node is told, and how names and subnets are chosen.
import { expect, test } from 'vitest'
import {
  kubeletConfiguration,
  nodeAddress,
  podCidr,
  systemReserved,
} from '../../../sandbox/box/config.ts'
import { belongsTo, freeSubnet } from '../../../sandbox/box/network.ts'
import { controlPlaneSpec, nodeSpec } from '../../../sandbox/box/spec.ts'
import { lowestFree } from '../../../sandbox/box/state.ts'
import { corednsManifests } from '../../../sandbox/box/addons.ts'
import { relayedWebhook } from '../../../sandbox/box/control-plane.ts'
import { sandboxPrefix } from '../../../sandbox/machine/paths.ts'

const machine = { cpus: 4, memoryMiB: 32_768 }

test.each([
  ['m6i.large', { cpu: '2', memory: '24576Mi' }],
  ['t3.medium', { cpu: '2', memory: '28672Mi' }],
  ['c7g.xlarge', { memory: '24576Mi' }],
  ['m6i.24xlarge', {}],
  ['weird', {}],
  ['p5.48xlarge', {}],
])('a node of type %s reserves %o of a machine of 4 CPUs and 32 GiB', (type, expected) => {
  expect(systemReserved(type, machine)).toEqual(expected)
})

test('the kubelet gets the DNS address of the service CIDR, its taints and its provider id', () => {
  const taint = { key: 'gpu', value: 'yes', effect: 'NoSchedule' as const }
  const text = kubeletConfiguration({
    name: 'n1',
    index: 3,
    cgroup: 'ck-abcde-1-3',
    serviceCidr: '10.100.0.0/16',
    taints: [taint],
    providerId: 'aws:///eu-1a/i-1',
    systemReserved: {},
  })
  expect(JSON.parse(text)).toMatchObject({
    address: '100.64.0.4',
    clusterDNS: ['10.100.0.10'],
    cgroupRoot: '/ck-abcde-1-3',
    registerWithTaints: [taint],
    providerID: 'aws:///eu-1a/i-1',
  })
})

test('node addresses and pod ranges of different nodes differ, and none is the gateway', () => {
  expect([1, 2, 254].map(nodeAddress)).toEqual(['100.64.0.2', '100.64.0.3', '100.64.0.255'])
  expect(podCidr(2)).toBe('10.244.2.0/24')
})

test('the first free subnet skips those in use', () => {
  expect(freeSubnet(new Set())).toEqual({ hostAddress: '10.200.0.1', address: '10.200.0.2' })
  const taken = new Set(['10.200.0.1', '10.200.0.5', '127.0.0.1'])
  expect(freeSubnet(taken)).toEqual({ hostAddress: '10.200.0.9', address: '10.200.0.10' })
})

test('a cluster owns its own names and not those of one whose number begins the same', () => {
  expect(belongsTo('ck-1a2b3-1', 'ck-1a2b3-1')).toBe(true)
  expect(belongsTo('ck-1a2b3-1-2', 'ck-1a2b3-1')).toBe(true)
  expect(belongsTo('ck-1a2b3-10', 'ck-1a2b3-1')).toBe(false)
  expect(belongsTo('ck-1a2b3-10-2', 'ck-1a2b3-')).toBe(true)
  expect(belongsTo('ck-1a2b4-1', 'ck-1a2b3-')).toBe(false)
})

test('two roots have different prefixes, short enough for a link name with a four-digit index', () => {
  expect(sandboxPrefix('/a')).not.toBe(sandboxPrefix('/b'))
  expect(`${sandboxPrefix('/a')}9999`.length).toBeLessThanOrEqual(15)
})

test('indexes of removed nodes are used again', () => {
  expect(lowestFree([])).toBe(1)
  expect(lowestFree([1, 3])).toBe(2)
})

test('the DNS service stands at the tenth address', () => {
  const service = corednsManifests('172.20.0.0/16').find(({ path }) => path.endsWith('/kube-dns'))
  expect(service?.object).toMatchObject({ spec: { clusterIP: '172.20.0.10' } })
})

test('the control plane asks about tokens through its relay, and the relay goes to the cloud', () => {
  const spec = controlPlaneSpec({
    dir: '/root/clusters/a/control-plane',
    netns: '/run/netns/ck-abcde-1',
    tools: { etcd: '/cache/etcd-1/etcd', 'kube-apiserver': '/cache/api-1/kube-apiserver' },
    serviceCidr: '172.20.0.0/16',
    issuer: 'https://oidc.example',
    authWebhookAddress: '127.0.0.1:4567',
  })
  expect(spec.relays).toEqual([{ listen: '127.0.0.1:9743', dial: '127.0.0.1:4567' }])
  expect(relayedWebhook('http://127.0.0.1:4567/_sandbox/review?cluster=a')).toContain(
    'server: http://127.0.0.1:9743/_sandbox/review?cluster=a\n',
  )
  expect(spec.programs.map(({ name }) => name)).toEqual([
    'etcd',
    'kube-apiserver',
    'kube-controller-manager',
    'kube-scheduler',
  ])
  const etcd = spec.programs[0]?.command.join(' ')
  expect(etcd).toContain('--listen-client-urls=unix:///run/etcd.sock')
})

test('a node sees the EFS folder, has its labels, and runs kube-proxy only while the add-on is there', () => {
  const spec = nodeSpec({
    name: 'n1',
    index: 1,
    dir: '/root/clusters/a/nodes/n1',
    netns: '/run/netns/ck-abcde-1-1',
    tools: { kubelet: '/cache/kubelet-1/kubelet' },
    labels: { pool: 'general', zone: 'a' },
    host: [],
    images: [],
    efsDir: '/root/efs',
  })
  expect(spec.mounts).toContainEqual({ kind: 'bind', source: '/root/efs', target: '/srv/efs' })
  const [, kubelet, proxy] = spec.programs
  expect(kubelet?.command).toContain('--node-labels=pool=general,zone=a')
  expect(proxy?.while).toBe('/etc/cratekube/addons/kube-proxy')
})
