// The indexes of a cache.
import { expect, test } from 'vitest'
import { widgets } from '../harness.ts'
import { cached } from './cached.ts'

test('an index follows its objects', async () => {
  await using c = await cached({ before: ['a'] })
  c.cache.addIndex('size', ({ spec }) => String((spec as { size: number }).size))
  await c.create('b')
  await c.user.patch(
    widgets,
    { name: 'a', namespace: 'shop' },
    { spec: { size: 2 } },
    { type: 'merge' },
  )
  await c.clock.settle()
  const at = (size: string) => c.cache.by('size', size).map(({ metadata }) => metadata.name)
  expect([at('1'), at('2'), at('3')]).toEqual([['b'], ['a'], []])
  await c.remove('a')
  await c.clock.settle()
  expect(at('2')).toEqual([])
})
