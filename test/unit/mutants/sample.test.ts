import { expect, test } from 'vitest'
import { sample } from '../../mutants/sample.ts'

const hundred = Array.from({ length: 100 }, (_, index) => index)

test('draws the same for the same seed, and others for another', () => {
  expect(sample(hundred, 10, 'a')).toEqual(sample(hundred, 10, 'a'))
  expect(sample(hundred, 10, 'a')).not.toEqual(sample(hundred, 10, 'b'))
})

test('draws as many as asked, each once, in their order', () => {
  const drawn = sample(hundred, 30, 'a')
  expect(new Set(drawn).size).toBe(30)
  expect(drawn).toEqual(drawn.toSorted((a, b) => a - b))
})

test('draws all where there are fewer', () => {
  expect(sample([1, 2, 3], 30, 'a')).toEqual([1, 2, 3])
})

test('draws from everywhere', () => {
  const met = new Set(
    Array.from({ length: 60 }, (_, seed) => sample(hundred, 10, `${seed}`)).flat(),
  )
  expect(met.size).toBeGreaterThan(95)
})
