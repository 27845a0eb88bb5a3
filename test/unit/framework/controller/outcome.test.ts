import { expect, test } from 'vitest'
import { again } from '../../../../operator/framework/controller/outcome.ts'

test('again takes the reason and the message of a condition, and no more', () => {
  const lacking = { type: 'NodesReady', status: false, reason: 'NodesNotReady', message: '1 of 2' }
  expect(again(500, lacking)).toEqual({
    type: 'again',
    afterMs: 500,
    reason: 'NodesNotReady',
    message: '1 of 2',
  })
})
