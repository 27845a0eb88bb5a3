// When an object is looked at, beside its changes.
import { expect, test } from 'vitest'
import { settled, Stall } from '../../../../operator/framework/index.ts'
import { harness, widgets } from '../harness.ts'

test('everything is looked at again after the resync time, spread by jitter', async () => {
  const h = harness()
  const at = new Map<string, number[]>()
  const { ended } = h.start((op) =>
    op.for(widgets).reconcile(
      async (c) => {
        at.set(c.key.name, [...(at.get(c.key.name) ?? []), h.clock.now()])
        return settled
      },
      { resync: { everyMs: 100_000, jitter: 0.3 } },
    ),
  )
  for (let n = 0; n < 10; n += 1) await h.create(`w${n}`)
  await h.clock.advance(131_000)
  const waits = [...at.values()].map(([first = 0, second = 0]) => second - first)
  expect(waits).toHaveLength(10)
  for (const wait of waits) expect(wait).toBeGreaterThanOrEqual(70_000)
  expect(new Set(waits).size).toBeGreaterThan(5)
  await h.shutDown(ended)
})

test('an object of the same name is a new one: first, unstalled, without its history', async () => {
  const h = harness()
  const firsts: boolean[] = []
  const { ended } = h.start((op) =>
    op.for(widgets).reconcile(async (c) => {
      firsts.push(c.first)
      throw new Stall('Never', 'no')
    }),
  )
  await h.create('a')
  await h.clock.settle()
  await h.user.delete(widgets, { name: 'a', namespace: 'shop' })
  await h.create('a')
  await h.clock.settle()
  expect(firsts).toEqual([true, true])
  await h.shutDown(ended)
})
