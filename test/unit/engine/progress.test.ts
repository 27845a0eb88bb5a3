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

test('tells while something that stands is changed or deleted', () => {
  const { seen, tracker } = track()
  const changing = () => seen.at(-1)?.changing ?? false
  const ops = ['create', 'create-replacement', 'update', 'delete-replaced', 'delete']
  const story = ops.map((op) => {
    tracker.onEvent(event({ resourcePreEvent: step(op, 'a') }))
    const during = changing()
    tracker.onEvent(event({ resOutputsEvent: step(op, 'a') }))
    return [during, changing()]
  })
  expect(story.map(([during]) => during)).toEqual([false, false, true, true, true])
  expect(story.map(([, after]) => after)).toEqual(ops.map(() => false))
})

test('a preview that another operation begins with is no part of it', () => {
  const planned = { ...step('create-replacement', 'a'), planning: true }
  const { seen, tracker } = track()
  tracker.onEvent(event({ resourcePreEvent: planned }))
  tracker.onEvent(event({ resOutputsEvent: planned }))
  expect(seen).toEqual([])
  const shown: Progress[] = []
  const own = trackProgress((one) => shown.push(one), { previews: true })
  own.onEvent(event({ resourcePreEvent: planned }))
  expect(shown).toHaveLength(1)
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
