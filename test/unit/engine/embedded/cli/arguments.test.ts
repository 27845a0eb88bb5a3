import { expect, test } from 'vitest'
import { parseArguments } from '../../../../../operator/engine/embedded/cli/arguments.ts'
import { parseDuration } from '../../../../../operator/engine/embedded/run/goal.ts'

const table = { switches: ['refresh'], values: ['replace', 'parallel'] }

test('takes flags in both forms, repeated ones, and positionals after --', () => {
  const parsed = parseArguments(
    ['--refresh', '--parallel=4', '--replace', 'a', '--replace', 'b', 'word', '--', '--raw'],
    table,
  )
  expect(parsed.has('refresh')).toBe(true)
  expect(parsed.value('parallel')).toBe('4')
  expect(parsed.flags.get('replace')).toEqual(['a', 'b'])
  expect(parsed.words).toEqual(['word', '--raw'])
  expect(parseArguments(['--refresh=false'], table).has('refresh')).toBe(false)
})

test('refuses what it does not know instead of ignoring it', () => {
  expect(() => parseArguments(['--target', 'urn'], table)).toThrow(
    'does not know the flag --target',
  )
  expect(() => parseArguments(['--parallel'], table)).toThrow('needs an argument')
})

test('reads Go durations', () => {
  expect([parseDuration('30m'), parseDuration('1h30m'), parseDuration('1.5s')]).toEqual([
    1800, 5400, 1.5,
  ])
  expect(() => parseDuration('soon')).toThrow('invalid timeout')
})
