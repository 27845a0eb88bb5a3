import { expect, test } from 'vitest'
import { optionsFrom } from '../../mutants/options.ts'
import { percentOf, reportLines } from '../../mutants/report.ts'

const survivor = { line: 7, start: 0, end: 1, from: 'a\n  &&\tb', to: 'a || b' }

test('a table of files, and what nobody noticed below it', () => {
  const lines = reportLines([
    { file: 'long/name.ts', all: 90, sampled: 30, survivors: [] },
    { file: 'a.ts', all: 4, sampled: 4, survivors: [survivor] },
  ])
  expect(lines).toEqual([
    'long/name.ts    30/30  100 %  of 90',
    'a.ts              3/4   75 %  of 4',
    '',
    'not noticed:',
    'a.ts:7  a && b  →  a || b',
  ])
})

test('nothing below it where all was noticed', () => {
  expect(reportLines([{ file: 'a.ts', all: 1, sampled: 1, survivors: [] }])).toHaveLength(1)
})

test('a long change is cut', () => {
  const long = { ...survivor, from: 'x'.repeat(200) }
  const [, , , line = ''] = reportLines([{ file: 'a.ts', all: 1, sampled: 1, survivors: [long] }])
  expect(line).toBe(`a.ts:7  ${'x'.repeat(69)}…  →  a || b`)
})

test('a file without anything to change lacks nothing', () => {
  expect(percentOf({ file: 'a.ts', all: 0, sampled: 0, survivors: [] })).toBe(100)
})

test('a few words suffice, and each can be said', () => {
  expect(optionsFrom(['a.ts'])).toEqual({ paths: ['a.ts'], count: 30, seed: '1', least: 90 })
  const words = 'a.ts b --count 5 --seed x --least 0 --tests lease'.split(' ')
  expect(optionsFrom(words)).toEqual({
    paths: ['a.ts', 'b'],
    count: 5,
    seed: 'x',
    least: 0,
    tests: 'lease',
  })
})

test.each([
  [[], 'a file or folder'],
  [['a.ts', '--count', '0'], '--count: expected a whole number from 1, got "0"'],
  [['a.ts', '--count', ''], '--count: expected a whole number'],
  [['a.ts', '--least', '101'], '--least: expected a whole number from 0 to 100, got "101"'],
  [['a.ts', '--least', '1.5'], '--least: expected a whole number from 0 to 100, got "1.5"'],
  [['a.ts', '--speed', '1'], '--speed'],
])('refuses %j', (words, message) => {
  expect(() => optionsFrom(words)).toThrow(message)
})
