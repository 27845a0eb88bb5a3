// From the end of a run to its conditions. Pure.
import { expect, test } from 'vitest'
import { Retry, Stall } from '../../../../operator/framework/controller/outcome.ts'
import { KubeError } from '../../../../operator/framework/kube/errors.ts'
import type { Condition } from '../../../../operator/framework/kube/objects.ts'
import {
  endingOf,
  kstatus,
  mergeConditions,
  messageOf,
} from '../../../../operator/framework/status/conditions.ts'

const stall = new Stall('NoQuota', 'ask for more')
const retry = new Retry('Busy', 'later')
const retryAt = new Retry('Busy', 'later', { afterMs: 0 })
const bug = new TypeError('x is undefined')
const away = new KubeError('away', { status: 503, reason: 'Unavailable' })
const throttled = new KubeError('slow', { status: 429, reason: 'Busy', retryAfterMs: 7 })

test.each([
  ['a stall', stall, { type: 'stall', reason: 'NoQuota', message: 'ask for more', error: stall }],
  ['a retry', retry, { type: 'retry', reason: 'Busy', message: 'later', error: retry }],
  [
    'a retry that says when',
    retryAt,
    { type: 'retry', reason: 'Busy', message: 'later', error: retryAt, afterMs: 0 },
  ],
  ['a bug', bug, { type: 'retry', reason: 'Error', message: 'x is undefined', error: bug }],
  ['an API server', away, { type: 'retry', reason: 'Error', message: 'away', error: away }],
  [
    'an API server that says when',
    throttled,
    { type: 'retry', reason: 'Error', message: 'slow', error: throttled, afterMs: 7 },
  ],
])('what was thrown is an ending: %s', (_, error, ending) => {
  expect(endingOf(error)).toEqual(ending)
})

const said = { reason: 'R', message: 'm' }
const is = (type: string, status: string, { reason, message } = said) => ({
  type,
  status,
  reason,
  message,
})

test.each([
  [
    { type: 'settled' },
    [is('Ready', 'True', { reason: 'Succeeded', message: '' })],
    ['Reconciling', 'Stalled'],
  ],
  [
    { type: 'retry', ...said, error: bug },
    [is('Ready', 'False'), is('Reconciling', 'True')],
    ['Stalled'],
  ],
  [
    { type: 'stall', ...said, error: bug },
    [is('Ready', 'False'), is('Stalled', 'True')],
    ['Reconciling'],
  ],
  [
    { type: 'again', ...said, afterMs: 1 },
    [is('Ready', 'False'), is('Reconciling', 'True')],
    ['Stalled'],
  ],
])('%j has its conditions', (ending, set, remove) => {
  expect(kstatus(ending as never)).toEqual({ set, remove })
})

const known = (type: string, status: Condition['status']): Condition => ({
  ...is(type, status),
  status,
  lastTransitionTime: 'then',
  observedGeneration: 1,
})
const at = { time: 'now', observedGeneration: 2 }

test('the time moves only when the status does', () => {
  const current = [known('Ready', 'True'), known('Painted', 'True')]
  const set = [
    { ...is('Ready', 'True', { reason: 'New', message: 'n' }), status: 'True' as const },
    { ...is('Painted', 'False'), status: 'False' as const },
  ]
  expect(mergeConditions(current, { set, remove: [] }, at)).toEqual([
    { ...set[0], lastTransitionTime: 'then', observedGeneration: 2 },
    { ...set[1], lastTransitionTime: 'now', observedGeneration: 2 },
  ])
})

test('what is new comes last, what is removed goes, what nobody names stays', () => {
  const current = [known('A', 'True'), known('B', 'True'), known('C', 'True')]
  const set = [
    { ...is('D', 'True'), status: 'True' as const },
    { ...is('C', 'True'), status: 'True' as const },
  ]
  const merged = mergeConditions(current, { set, remove: ['A', 'unknown'] }, at)
  expect(merged.map(({ type }) => type)).toEqual(['B', 'C', 'D'])
  expect(merged[0]).toEqual(known('B', 'True'))
  expect(merged[2]?.lastTransitionTime).toBe('now')
})

test('a condition may tell of an older object, and an object without generation of none', () => {
  const wanted = { ...is('A', 'True'), status: 'True' as const }
  const older = [{ ...wanted, observedGeneration: 1 }]
  expect(mergeConditions([], { set: older, remove: [] }, at)[0]?.observedGeneration).toBe(1)
  const nameless = { ...at, observedGeneration: undefined }
  const [none] = mergeConditions([], { set: [wanted], remove: [] }, nameless)
  expect(none).not.toHaveProperty('observedGeneration')
})

const cyclic: Record<string, unknown> = {}
cyclic['self'] = cyclic

test.each([
  [new Error('boom'), 'boom'],
  ['text', 'threw text'],
  [{ a: 1 }, 'threw {"a":1}'],
  [undefined, 'threw undefined'],
  [null, 'threw null'],
  [cyclic, 'threw [object Object]'],
])('whatever was thrown has a message', (thrown, message) => {
  expect(messageOf(thrown)).toBe(message)
})

test('a message is as long as Kubernetes takes it', () => {
  expect(messageOf(new Error(`a${'b'.repeat(99_999)}`))).toBe(`a${'b'.repeat(32_767)}`)
})
