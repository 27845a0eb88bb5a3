// A Kube whose writes the caches know: which, when, and that none goes out once it must not.
import { expect, test } from 'vitest'
import { seeingOwnWrites } from '../../../../operator/framework/cache/own-writes.ts'
import type { KubeObject } from '../../../../operator/framework/kube/objects.ts'
import { widgets } from '../harness.ts'
import { cached } from './cached.ts'

const ref = { namespace: 'shop', name: 'a' }
const manifest = (size: number) => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { ...ref },
  spec: { size },
})
const mine = { fieldManager: 'me', force: true }

/** The watch stands still, so that what is known is known by the write. */
async function writing(o: { allowed?: boolean; before?: string[] } = {}) {
  const c = await cached({ before: o.before ?? [] })
  const learned: [KubeObject, unknown][] = []
  c.cache.onChange(({ type, obj, ...change }) => {
    if (type !== 'deleted') learned.push([obj, 'origin' in change ? change.origin : undefined])
  })
  learned.length = 0
  c.server.stallWatches()
  const origin = { id: 'of this handler' } as never
  const assertAllowed = () => {
    if (o.allowed === false) throw new Error('not the leader')
  }
  const kube = seeingOwnWrites(c.user, { caches: c.caches, assertAllowed, origin })
  return { ...c, kube, learned, origin, known: () => c.cache.get(ref)?.spec }
}

test('a creation is known at once, and by whom', async () => {
  await using c = await writing()
  await c.kube.create(widgets, manifest(3))
  expect(c.known()).toEqual({ size: 3 })
  expect(c.learned).toMatchObject([[{ spec: { size: 3 } }, c.origin]])
  expect(c.learned[0]?.[0].metadata).not.toHaveProperty('managedFields')
})

test('so are what is applied, and its status', async () => {
  await using c = await writing({ before: ['a'] })
  await c.kube.apply(widgets, manifest(4), mine)
  expect(c.known()).toEqual({ size: 4 })
  await c.kube.applyStatus(widgets, { ...manifest(4), status: { size: 7 } }, mine)
  expect(c.cache.get(ref)?.status).toEqual({ size: 7 })
})

test.each([
  ['of the object', {}, true],
  ['of its status', { subresource: 'status' as const }, true],
  ['that is tried only', { dryRun: true }, false],
])('a patch %s: known %s', async (_, o, known) => {
  await using c = await writing({ before: ['a'] })
  await c.kube.patch(
    widgets,
    ref,
    { spec: { size: 5 }, status: { size: 5 } },
    { type: 'merge', ...o },
  )
  expect(c.learned.length).toBe(known ? 1 : 0)
})

test('what is tried only is not known', async () => {
  await using c = await writing()
  await c.kube.create(widgets, manifest(3), { dryRun: true })
  expect(c.known()).toBeUndefined()
})

test('what is deleted is doubted until the watch tells', async () => {
  await using c = await writing({ before: ['a'] })
  expect(await c.kube.delete(widgets, ref)).toBe(true)
  expect(c.cache.store.doubts(ref)).toBe(true)
  expect(await c.kube.delete(widgets, ref)).toBe(false)
})

test('requests of other forms go through', async () => {
  await using c = await writing({ before: ['a'] })
  const path = '/apis/example.com/v1/namespaces/shop/widgets/a'
  expect(await c.kube.request('GET', path)).toMatchObject({ spec: { size: 1 } })
})

test('nothing is written once it must not be; reading goes on', async () => {
  await using c = await writing({ allowed: false, before: ['a'] })
  const path = '/apis/example.com/v1/namespaces/shop/widgets/a'
  c.server.takeRequests()
  const writes = [
    async () => c.kube.create(widgets, manifest(3)),
    async () => c.kube.apply(widgets, manifest(3), mine),
    async () => c.kube.applyStatus(widgets, manifest(3), mine),
    async () => c.kube.patch(widgets, ref, {}, { type: 'merge' }),
    async () => c.kube.delete(widgets, ref),
    async () => c.kube.request('DELETE', path),
  ]
  for (const write of writes) await expect(write()).rejects.toThrow('not the leader')
  expect(c.server.takeRequests()).toEqual([])
  expect(await c.kube.request('GET', path)).toMatchObject({ spec: { size: 1 } })
})
