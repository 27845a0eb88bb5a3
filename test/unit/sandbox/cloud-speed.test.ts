import { expect, test } from 'vitest'
import { cloudSpeedOf } from '../../sandbox/cloud-speed.ts'

test.each([
  ['60', 60],
  ['0.5', 0.5],
  ['Infinity', Number.POSITIVE_INFINITY],
])('%s', (text, speed) => {
  expect(cloudSpeedOf(text)).toBe(speed)
})

test.each(['', ' ', '0', '-1', 'fast', '60x'])('refuses "%s", naming the option', (text) => {
  expect(() => cloudSpeedOf(text)).toThrow(
    `--cloud-speed: expected a number above 0, such as 60 or Infinity, got ${text}`,
  )
})
