// What is removed from a tenant cluster before it is deleted, and that a broken cluster does not hold that up.
import { expect, test } from 'vitest'
import { core, type Kind, type Manifest } from '../../../../operator/framework/index.ts'
import { drain } from '../../../../operator/jobs/tenant/drain.ts'
import {
  FakeApiServer,
  VirtualClock,
  method,
} from '../../../../operator/framework/testing/index.ts'

const limitMs = 60_000

function cluster() {
  const clock = new VirtualClock()
  const server = new FakeApiServer({ clock })
  const kube = server.kube()
  const said: string[] = []
  const start = () => {
    const signal = new AbortController().signal
    return drain(kube, { clock, signal, limitMs }, (message) => said.push(message))
  }
  const service = (name: string, type: string) =>
    kube.create(core.service, { metadata: { name, namespace: 'shop' }, spec: { type } })
  const names = async (kind: typeof core.service) =>
    (await kube.list(kind)).items.map(({ metadata }) => metadata.name)
  return { clock, server, kube, said, start, service, names }
}

const volume = (name: string, policy: string, annotations = {}): Manifest => ({
  metadata: { name, annotations },
  spec: {
    persistentVolumeReclaimPolicy: policy,
    claimRef: { namespace: 'shop', name: `claim-${name}` },
  },
})
const provisioned = { 'pv.kubernetes.io/provisioned-by': 'ebs.csi.aws.com' }

test('load balancers go, other Services stay', async () => {
  const c = cluster()
  await c.service('front', 'LoadBalancer')
  await c.service('back', 'ClusterIP')
  const draining = c.start()
  await c.clock.advance(5_000)
  expect(await draining).toEqual([])
  expect(await c.names(core.service)).toEqual(['back'])
  expect(c.said).toEqual(['waits for Service shop/front'])
})

test('claims of provisioned volumes go with the pods that hold them, and are named while the volumes stay', async () => {
  const c = cluster()
  await c.kube.create(core.persistentVolume, volume('a', 'Delete', provisioned))
  await c.kube.create(core.persistentVolume, volume('kept', 'Retain', provisioned))
  await c.kube.create(core.persistentVolume, volume('by-hand', 'Delete'))
  for (const name of ['claim-a', 'claim-kept', 'claim-by-hand']) {
    const metadata = { name, namespace: 'shop' }
    await c.kube.create(core.persistentVolumeClaim, { metadata, spec: {} })
    const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: name } }]
    await c.kube.create(core.pod, { metadata, spec: { volumes, containers: [] } })
  }
  const draining = c.start()
  await c.clock.advance(limitMs + 2_000)
  expect(await draining).toEqual(['PersistentVolume a']) // nobody here removes volumes of removed claims
  const left = ['claim-by-hand', 'claim-kept']
  const list = async (kind: Kind) =>
    (await c.kube.list(kind)).items.map(({ metadata }) => metadata.name).toSorted()
  expect(await list(core.persistentVolumeClaim)).toEqual(left)
  expect(await list(core.pod)).toEqual(left)
})

test('what is refused is asked for again, and holds up neither the rest nor the end', async () => {
  const c = cluster()
  await c.service('guarded', 'LoadBalancer')
  await c.service('other', 'LoadBalancer')
  c.server.faults.add({
    when: method('DELETE', '/services/guarded'),
    times: 1_000,
    answer: 500,
    reason: 'InternalError',
  })
  const draining = c.start()
  await c.clock.advance(2_000)
  expect(await c.names(core.service)).toEqual(['guarded'])
  await c.clock.advance(limitMs)
  expect(await draining).toEqual([
    expect.stringContaining('/services/guarded: 500'),
    'Service shop/guarded',
  ])
})

test('goes on once the cluster lets it', async () => {
  const c = cluster()
  await c.service('front', 'LoadBalancer')
  c.server.faults.add({ when: method('GET', '/services'), times: 7, answer: 503 })
  const draining = c.start()
  await c.clock.advance(limitMs)
  expect(await draining).toEqual([])
  expect(await c.names(core.service)).toEqual([])
})
