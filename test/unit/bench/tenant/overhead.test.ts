import { expect, test } from 'vitest'
import { coveredMs } from '../../../bench/tenant/overhead.ts'

const window = { from: 100, to: 200 }

test.for([
  { name: 'nothing', spans: [], covered: 0 },
  { name: 'one inside', spans: [{ from: 110, to: 130 }], covered: 20 },
  { name: 'two apart, in any order', spans: [{ from: 150, to: 160 }, { from: 110, to: 130 }], covered: 30 }, // prettier-ignore
  { name: 'what overlaps counts once', spans: [{ from: 110, to: 150 }, { from: 120, to: 160 }], covered: 50 }, // prettier-ignore
  { name: 'one inside another', spans: [{ from: 110, to: 190 }, { from: 120, to: 130 }], covered: 80 }, // prettier-ignore
  { name: 'what is outside of the window', spans: [{ from: 0, to: 50 }, { from: 300, to: 400 }], covered: 0 }, // prettier-ignore
  { name: 'what reaches over its ends', spans: [{ from: 50, to: 120 }, { from: 190, to: 900 }], covered: 30 }, // prettier-ignore
])('coveredMs: $name', ({ spans, covered }) => {
  expect(coveredMs(spans, window)).toBe(covered)
})
