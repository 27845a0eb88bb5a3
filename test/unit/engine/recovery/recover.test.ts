import { expect, test } from 'vitest'
import { adopt } from '../../../../operator/engine/recovery/recover.ts'

const record = (urn: string, more: object = {}) => ({ urn, ...more })

test('what was found enters the state after what it may depend on', () => {
  expect(adopt([record('a')], [{ record: record('b', { id: '1' }), replaces: true }])).toEqual([
    record('a'),
    record('b', { id: '1' }),
  ])
})

test('a record that the found one was replacing is left to be deleted', () => {
  const resources = adopt(
    [record('a', { id: 'old' })],
    [{ record: record('a', { id: 'new' }), replaces: true }],
  )
  expect(resources).toEqual([record('a', { id: 'old', delete: true }), record('a', { id: 'new' })])
})
