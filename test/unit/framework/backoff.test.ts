// How long to wait, by the number of failures and by chance.
import { expect, test } from 'vitest'
import {
  backoffMs,
  jittered,
  longestBackoffMs,
  patientBackoffMs,
} from '../../../operator/framework/backoff.ts'

const backoff = { baseMs: 1_000, capMs: 8_000 }
const large = { baseMs: 1, capMs: Number.MAX_SAFE_INTEGER }

test.each([
  [0, 1_000],
  [1, 1_000],
  [2, 2_000],
  [3, 4_000],
  [4, 8_000],
  [5, 8_000],
])('after %i failures the whole step is %i ms', (failures, ms) => {
  expect(longestBackoffMs(failures, backoff)).toBe(ms)
})

test('the step doubles thirty times at most, however high the cap', () => {
  expect(longestBackoffMs(30, large)).toBe(2 ** 29)
  expect(longestBackoffMs(31, large)).toBe(2 ** 30)
  expect(longestBackoffMs(99, large)).toBe(2 ** 30)
})

test.each([
  [0, 2_000],
  [0.5, 3_000],
  [1, 4_000],
])('chance %f waits from half of the step to the whole', (chance, ms) => {
  expect(backoffMs(3, backoff, () => chance)).toBe(ms)
})

test.each([
  [0, 4_000],
  [0.5, 4_400],
  [1, 4_800],
])('chance %f of a patient one waits up to a fifth more', (chance, ms) => {
  expect(patientBackoffMs(3, backoff, () => chance)).toBe(ms)
})

test.each([
  [0, 900],
  [0.5, 1_000],
  [1, 1_100],
])('chance %f moves a period by up to its share', (chance, ms) => {
  expect(jittered(1_000, 0.1, () => chance)).toBe(ms)
})
