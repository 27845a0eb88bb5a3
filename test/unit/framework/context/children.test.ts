// Owned objects: applied once, healed when changed, pruned by set, never taken from somebody else.
import { queryObjects } from 'node:v8'
import { expect, test } from 'vitest'
import { core, settled, type Context } from '../../../../operator/framework/index.ts'
import { harness, widgets, type WidgetSpec, type WidgetStatus } from '../harness.ts'

type C = Context<WidgetSpec, WidgetStatus>

function owning(reconcile: (c: C) => Promise<unknown>) {
  const h = harness()
  let runs = 0
  const { op, ended } = h.start((o) =>
    o
      .for(widgets)
      .owns(core.configMap)
      .reconcile(
        async (c) => {
          runs += 1
          await reconcile(c)
          return settled
        },
        { retry: { baseMs: 1_000, capMs: 1_000 } },
      ),
  )
  const configMap = (name: string) => h.user.get(core.configMap, name, 'shop')
  const wake = async () => {
    op.wake(widgets, { name: 'a', namespace: 'shop' })
    await h.clock.settle()
  }
  return { h, ended, configMap, wake, runs: () => runs }
}

const child = (name: string, value = '1') => ({ metadata: { name }, data: { value } })

test('a child is applied once with its owner, and costs nothing while it is as it was left', async () => {
  const t = owning((c) => c.apply(core.configMap, child('x')))
  const owner = await t.h.create('a')
  await t.h.clock.settle()
  expect((await t.configMap('x'))?.metadata.ownerReferences).toEqual([
    {
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      name: 'a',
      uid: owner.metadata.uid,
      controller: true,
      blockOwnerDeletion: true,
    },
  ])
  t.h.server.takeRequests()
  await t.wake()
  await t.wake()
  expect(t.h.server.takeRequests()).toEqual([])
  expect(t.runs()).toBe(3) // its own child's creation did not wake it
  await t.h.shutDown(t.ended)
})

test('what was applied is forgotten with its owner', async () => {
  class Data {
    readonly value = '1'
  }
  const t = owning((c) => c.apply(core.configMap, { metadata: { name: 'x' }, data: new Data() }))
  await t.h.create('a')
  await t.h.clock.settle()
  expect(queryObjects(Data)).toBe(1)
  await t.h.user.delete(widgets, { name: 'a', namespace: 'shop' })
  await t.h.clock.settle()
  expect(queryObjects(Data)).toBe(0)
  await t.h.shutDown(t.ended)
})

test('a child that somebody changed or deleted is put right at once', async () => {
  const t = owning((c) => c.apply(core.configMap, child('x')))
  await t.h.create('a')
  await t.h.clock.settle()
  await t.h.user.patch(
    core.configMap,
    { name: 'x', namespace: 'shop' },
    { data: { value: '7' } },
    { type: 'merge' },
  )
  await t.h.clock.settle()
  expect((await t.configMap('x'))?.data).toEqual({ value: '1' })
  await t.h.user.delete(core.configMap, { name: 'x', namespace: 'shop' })
  await t.h.clock.settle()
  expect((await t.configMap('x'))?.data).toEqual({ value: '1' })
  await t.h.shutDown(t.ended)
})

test('prune deletes what the set has no more, and nothing of others', async () => {
  const t = owning(async (c) => {
    for (let n = 0; n < c.obj.spec.size; n += 1)
      await c.apply(core.configMap, child(`x${n}`), { set: 'parts' })
    await c.apply(core.configMap, child('other'), { set: 'rest' })
    await c.prune('parts')
  })
  await t.h.user.create(core.configMap, { metadata: { name: 'foreign', namespace: 'shop' } })
  await t.h.create('a', { size: 3 })
  await t.h.clock.settle()
  await t.h.edit('a', { spec: { size: 1 } })
  await t.h.clock.settle()
  const { items } = await t.h.user.list(core.configMap)
  expect(items.map(({ metadata }) => metadata.name)).toEqual(['foreign', 'other', 'x0'])
  await t.h.shutDown(t.ended)
})

test('a foreign object of the same name is left alone and named', async () => {
  const t = owning((c) => c.apply(core.configMap, child('x')))
  await t.h.user.create(core.configMap, {
    metadata: { name: 'x', namespace: 'shop' },
    data: { value: 'mine' },
  })
  await t.h.clock.settle()
  await t.h.create('a')
  await t.h.clock.settle()
  expect((await t.configMap('x'))?.data).toEqual({ value: 'mine' })
  expect(await t.h.condition('a', 'Ready')).toMatchObject({
    reason: 'NotOwned',
    message: 'ConfigMap shop/x exists and does not belong to Widget a; delete or rename it',
  })
  await t.h.user.delete(core.configMap, { name: 'x', namespace: 'shop' })
  await t.h.clock.advance(2_000)
  expect((await t.configMap('x'))?.data).toEqual({ value: '1' })
  await t.h.shutDown(t.ended)
})

test('reads see own writes and own deletions', async () => {
  const seen: unknown[] = []
  const t = owning(async (c) => {
    const key = { name: 'x', namespace: 'shop' }
    if (!c.first) return // a deletion wakes the owner
    seen.push((await c.get(core.configMap, key))?.data)
    await c.apply(core.configMap, child('x'))
    seen.push((await c.get(core.configMap, key))?.data)
    await c.kube.delete(core.configMap, key)
    seen.push((await c.get(core.configMap, key))?.data)
  })
  await t.h.create('a')
  await t.h.clock.settle()
  expect(seen).toEqual([undefined, { value: '1' }, undefined])
  await t.h.shutDown(t.ended)
})

test('a conflict storm on a child ends in the wanted state', async () => {
  const t = owning((c) => c.apply(core.configMap, child('x')))
  await t.h.clock.settle()
  t.h.server.faults.add({
    when: ({ method }) => method === 'PATCH',
    times: 20,
    answer: 409,
    reason: 'Conflict',
  })
  await t.h.create('a')
  await t.h.clock.advance(60_000)
  expect((await t.configMap('x'))?.data).toEqual({ value: '1' })
  expect(await t.h.condition('a', 'Ready')).toMatchObject({ status: 'True' })
  await t.h.shutDown(t.ended)
})
