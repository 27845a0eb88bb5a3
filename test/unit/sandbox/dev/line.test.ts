import { expect, test } from 'vitest'
import { shownLine } from '../../../sandbox/dev/line.ts'

test.each([
  [
    {
      level: 30,
      time: 0,
      pid: 1,
      hostname: 'h',
      name: 'worker',
      msg: 'took',
      tenant: 'a/b',
      of: 2,
    },
    'worker  | 00:00:00.000 info  took tenant=a/b of=2',
  ],
  [
    { level: 50, time: 61_001, msg: 'failed', err: { stack: 'Error: x\n    at y' } },
    'worker  | 00:01:01.001 ERROR failed\nError: x\n    at y',
  ],
  [{ level: 35, msg: '' }, 'worker  | 00:00:00.000 35    '],
])('%j', (entry, shown) => {
  expect(shownLine('worker', JSON.stringify(entry))).toBe(shown)
})

test.each(['    at file.ts:1:2', '{"level":30,"msg":"cut o'])('%j stays as it is', (line) => {
  expect(shownLine('manager', line)).toBe(`manager | ${line}`)
})
