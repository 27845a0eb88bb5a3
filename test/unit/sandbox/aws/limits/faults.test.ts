import { expect, test } from 'vitest'
import { faults } from '../../../../sandbox/aws/limits/faults.ts'
import type { FaultInput } from '../../../../sandbox/aws/limits/faults.ts'

const call = (operation: string, body = '', accessKeyId = 'AKIAFIRST') => ({
  service: 'eks',
  operation,
  accessKeyId,
  path: '/clusters',
  body: Buffer.from(body),
  mutating: operation.startsWith('Create'),
})

test('strikes only what it matches, as often as it may', () => {
  const rules = faults({ seed: 1 })
  rules.add({
    match: { service: 'eks', operation: 'CreateCluster', name: 'alpha' },
    action: { type: 'throttle' },
    times: 2,
  })
  const hits = ['alpha', 'beta', 'alpha', 'alpha'].map(
    (name) => rules.strike(call('CreateCluster', JSON.stringify({ name })))?.action.type,
  )
  expect(hits).toEqual(['throttle', undefined, 'throttle', undefined])
  expect(rules.strike(call('DescribeCluster', 'alpha'))).toBeUndefined()
  expect(rules.list()).toMatchObject([{ seen: 3 - 1, struck: 2 }])
})

test('strikes one caller, and counts its calls alone', () => {
  const rules = faults({ seed: 1 })
  rules.add({ match: { accessKeyId: 'AKIASECOND', nth: 2 }, action: { type: 'throttle' } })
  const callers = ['AKIASECOND', 'AKIAFIRST', 'AKIASECOND', 'AKIAFIRST']
  const hits = callers.map((key) => rules.strike(call('ListClusters', '', key))?.action.type)
  expect(hits).toEqual([undefined, undefined, 'throttle', undefined])
})

test('strikes the nth call', () => {
  const rules = faults({ seed: 1 })
  rules.add({ match: { mutating: true, nth: 2 }, action: { type: 'drop-after' } })
  expect(
    ['CreateCluster', 'ListClusters', 'CreateAddon', 'CreateAddon'].map(
      (operation) => rules.strike(call(operation))?.action.type,
    ),
  ).toEqual([undefined, undefined, 'drop-after', undefined])
})

test('plays the same chance from the same seed', () => {
  const play = (seed: number) => {
    const rules = faults({ seed })
    rules.add({ match: { probability: 0.5 }, action: { type: 'throttle' } })
    return Array.from({ length: 40 }, () => (rules.strike(call('ListClusters')) ? 'x' : '.')).join(
      '',
    )
  }
  expect(play(7)).toBe(play(7))
  expect(play(7)).not.toBe(play(8))
  expect(play(7)).toContain('x')
  expect(play(7)).toContain('.')
})

test('refuses a rule that it does not understand', () => {
  const rules = faults({ seed: 1 })
  // What comes over the control API is untyped.
  const wrong = { match: { operaton: 'CreateCluster' }, action: { type: 'throttle' } } as FaultInput
  expect(() => rules.add(wrong)).toThrow('operaton')
  expect(rules.list()).toEqual([])
})
