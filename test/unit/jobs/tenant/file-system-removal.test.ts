// A file system that goes: when the nodes have to let go of it first, and how long that is waited for.
import { expect, test } from 'vitest'
import type { CloudOutputs } from '../../../../operator/api/tenant/stack.ts'
import { probeName, probeNamespace } from '../../../../operator/addons/autofs/objects.ts'
import { core } from '../../../../operator/framework/index.ts'
import {
  losesFileSystem,
  untilMapsServed,
} from '../../../../operator/jobs/tenant/file-system-removal.ts'
import {
  FakeApiServer,
  VirtualClock,
  method,
} from '../../../../operator/framework/testing/index.ts'
import { minimalSpec, specOf } from '../../../support/tenant-cluster.ts'

const home = { name: 'home', source: 'EFS' }
const filer = { name: 'filer', entries: [{ key: 'a', location: 'nfs.example.com:/a' }] }
const without: CloudOutputs = {
  clusterName: 'b-0a1b2c3d',
  endpoint: 'https://127.0.0.1:1',
  certificateAuthority: 'Q0E=',
}
const withFileSystem = { ...without, sharedStorage: { server: 'fs-1.example' } }

test.each<[string, object | undefined, CloudOutputs | undefined, boolean]>([
  ['the only EFS map goes', { maps: [filer] }, withFileSystem, true],
  ['AutoFS goes', undefined, withFileSystem, true],
  ['an EFS map stays', { maps: [filer, home] }, withFileSystem, false],
  ['an EFS map comes', { maps: [home] }, without, false],
  ['there never was one', { maps: [filer] }, without, false],
  ['nothing is there yet', { maps: [home] }, undefined, false],
  ['nothing is there and nothing is wanted', undefined, undefined, false],
])('%s', (_, autofs, outputs, loses) => {
  expect(losesFileSystem(specOf({ ...minimalSpec, ...(autofs && { autofs }) }), outputs)).toBe(
    loses,
  )
})

async function bench(o: { ready?: number } = {}) {
  const clock = new VirtualClock()
  const server = new FakeApiServer({ clock })
  const kube = server.kube()
  const { signal } = new AbortController()
  const seen: { served?: boolean } = {}
  const ref = { name: probeName, namespace: probeNamespace }
  const setReady = async (ready: number) => {
    const counts = { numberReady: ready, updatedNumberScheduled: 2, desiredNumberScheduled: 2 }
    const status = { observedGeneration: 1, ...counts }
    await kube.patch(core.daemonSet, ref, { status }, { type: 'merge', subresource: 'status' })
  }
  if (o.ready !== undefined) {
    await kube.create(core.daemonSet, { metadata: ref, spec: {} })
    await setReady(o.ready)
  }
  const begin = () =>
    void untilMapsServed(kube, { clock, signal }).then((served) => (seen.served = served))
  return { clock, server, seen, setReady, begin }
}

test('is waited for until the last node serves the new maps', async () => {
  const b = await bench({ ready: 1 })
  b.begin()
  await b.clock.advance(60_000)
  expect(b.seen).toEqual({})
  await b.setReady(2)
  await b.clock.advance(2_000)
  expect(b.seen).toEqual({ served: true })
})

test('is not waited for where AutoFS is gone', async () => {
  const b = await bench()
  b.begin()
  await b.clock.settle()
  expect(b.seen).toEqual({ served: true })
})

test('is waited for a few minutes and no longer', async () => {
  const b = await bench({ ready: 1 })
  b.begin()
  await b.clock.advance(181_000)
  expect(b.seen).toEqual({ served: false })
})

test('is waited for through the failures of an API server', async () => {
  const b = await bench({ ready: 2 })
  b.server.faults.add({ when: method('GET', 'daemonsets'), times: 5, answer: 500 })
  b.begin()
  await b.clock.settle()
  expect(b.seen).toEqual({})
  await b.clock.advance(60_000)
  expect(b.seen).toEqual({ served: true })
})
