import type { EngineEvent } from '@pulumi/pulumi/automation/index.js'
import { expect, test } from 'vitest'
import type { Progress } from '../../../operator/engine/operation.ts'
import { trackProgress } from '../../../operator/engine/progress.ts'

const urn = (name: string) => `urn:pulumi:s::p::aws:ec2/vpc:Vpc::${name}`
/** Events as the Automation API hands them over, with the fields that progress reads. */
const event = (body: object) => ({ sequence: 1, timestamp: 1, ...body }) as EngineEvent
const step = (op: string, name: string) => ({ metadata: { op, urn: urn(name) } })

function track() {
  const seen: Progress[] = []
  return { seen, tracker: trackProgress((progress) => seen.push(progress)) }
}

test('counts what is done and names what is running', () => {
  const { seen, tracker } = track()
  tracker.onEvent(event({ resourcePreEvent: step('create', 'a') }))
  tracker.onEvent(event({ resourcePreEvent: step('create', 'b') }))
  tracker.onEvent(event({ resOutputsEvent: step('create', 'a') }))
  expect(seen).toEqual([
    { done: 0, total: 1, running: ['a'], step: 'aws:ec2/vpc:Vpc', message: 'create a' },
    { done: 0, total: 2, running: ['a', 'b'], step: 'aws:ec2/vpc:Vpc', message: 'create b' },
    { done: 1, total: 2, running: ['b'], step: 'aws:ec2/vpc:Vpc', message: 'create a done' },
  ])
})

test('takes the size of the stack for the total until more is seen', () => {
  const { seen, tracker } = track()
  tracker.expect(12)
  tracker.onEvent(event({ resourcePreEvent: step('delete', 'a') }))
  expect(seen.at(-1)?.total).toBe(12)
})

test('a failed step no longer runs', () => {
  const { seen, tracker } = track()
  tracker.onEvent(event({ resourcePreEvent: step('create', 'a') }))
  tracker.onEvent(event({ resOpFailedEvent: step('create', 'a') }))
  tracker.onEvent(event({ resourcePreEvent: step('create', 'b') }))
  expect(seen.at(-1)?.running).toEqual(['b'])
})

test('keeps errors with their resource and drops debug diagnostics, which carry secrets', () => {
  const { seen, tracker } = track()
  for (const severity of ['debug', 'info', 'warning']) {
    tracker.onEvent(event({ diagnosticEvent: { severity, message: 'hunter2', urn: urn('a') } }))
  }
  tracker.onEvent(
    event({ diagnosticEvent: { severity: 'error', message: ' boom\n', urn: urn('a') } }),
  )
  expect(tracker.failures()).toEqual([{ message: 'boom', urn: urn('a'), type: 'aws:ec2/vpc:Vpc' }])
  expect(JSON.stringify(seen)).not.toContain('hunter2')
})

test('takes the changes of the last summary', () => {
  const { tracker } = track()
  tracker.onEvent(event({ summaryEvent: { resourceChanges: { same: 2, create: 1 } } }))
  expect(tracker.changes()).toEqual({ same: 2, create: 1 })
})
