import { expect, test } from 'vitest'
import type { LocustScheduleStatus } from '../../../../operator/api/locust/locust-types.ts'
import type { KnownSchedule, Plan } from '../../../../operator/loadtest/schedule/plan.ts'
import { illTimed, scheduled, type Begun } from '../../../../operator/loadtest/schedule/status.ts'
import type { LocustTest } from '../../../../operator/loadtest/spec/subject.ts'
import { spec } from '../../../support/loadtest/subjects.ts'

const at = new Date('2026-03-01T10:00:00Z')
const next = new Date('2026-03-01T11:00:00Z')
const testOf = (name: string, status: LocustTest['status'] = {}): LocustTest => ({
  apiVersion: 'locust.io/v2',
  kind: 'LocustTest',
  metadata: { name, namespace: 'default', uid: name, resourceVersion: '1' },
  spec: spec(),
  status,
})
const known = (more: Partial<KnownSchedule> = {}): KnownSchedule => ({
  spec: { schedule: '@hourly', testTemplate: { spec: spec() } },
  status: {},
  generation: 4,
  createdAt: at.toISOString(),
  tests: [],
  now: at,
  ...more,
})
const todo = (more: Partial<Plan> = {}): Plan => ({
  waits: false,
  remove: [],
  active: [],
  next,
  ...more,
})
const created: Begun = { name: 'b', outcome: 'created' }
const refused: Begun = { name: 'b', outcome: { refused: 'no' } }
const saidBefore = (observedGeneration: number): LocustScheduleStatus => ({
  observedGeneration,
  conditions: [
    {
      type: 'Ready',
      status: 'False',
      reason: 'TestRefused',
      message: 'no',
      lastTransitionTime: at.toISOString(),
    },
  ],
})

test('tells the times, and the tests that are not over', () => {
  const tests = [
    testOf('old', { phase: 'Succeeded', completionTime: '2026-03-01T08:10:00Z' }),
    testOf('older', { phase: 'Succeeded', completionTime: '2026-03-01T07:10:00Z' }),
  ]
  const owed = todo({ begin: at, active: [testOf('c'), testOf('a')], remove: [testOf('c')] })
  expect(scheduled(known({ tests }), owed, created)).toEqual({
    fields: {
      observedGeneration: 4,
      active: ['a', 'b'],
      nextScheduleTime: '2026-03-01T11:00:00Z',
      lastScheduleTime: '2026-03-01T10:00:00Z',
      lastSuccessfulTime: '2026-03-01T08:10:00Z',
    },
    conditions: [['Ready', true, 'Scheduled', 'Tests begin at their times']],
    events: [['Normal', 'Created', 'Created LocustTest b']],
  })
})

test('counts neither a test that was refused nor one twice that was there', () => {
  const active = (begun: Begun, owed = todo()) => scheduled(known(), owed, begun).fields?.active
  expect(active(refused)).toEqual([])
  const there = { name: 'b', outcome: 'there' } as const
  expect(active(there, todo({ active: [testOf('b')] }))).toEqual(['b'])
  expect(scheduled(known(), todo(), there).events).toEqual([])
})

const suspended = known({ spec: { ...known().spec, suspend: true } })
test.for<[string, KnownSchedule, Plan, Begun | undefined, unknown[]]>([
  ['a refusal', suspended, todo(), refused, [false, 'TestRefused']],
  ['a suspension', suspended, todo({ waits: true }), undefined, [true, 'Suspended']],
  ['a test before', known(), todo({ waits: true }), undefined, [true, 'Waiting']],
  ['a time that never comes', known(), { ...todo(), next: undefined as never }, undefined, [false, 'NeverDue']], // prettier-ignore
  ['a refusal of before', known({ status: saidBefore(4) }), todo(), undefined, [false, 'TestRefused']], // prettier-ignore
  ['a refusal before a change', known({ status: saidBefore(3) }), todo(), undefined, [true, 'Scheduled']], // prettier-ignore
  ['a refusal before a test', known({ status: saidBefore(4) }), todo(), created, [true, 'Scheduled']], // prettier-ignore
])('is Ready or not by %s', ([, of, owed, begun, expected]) => {
  const [condition] = scheduled(of, owed, begun).conditions ?? []
  expect(condition?.slice(1, 3)).toEqual(expected)
})

test('of a schedule that cannot be read only that is said', () => {
  expect(illTimed('spec.schedule: expected five fields')).toEqual({
    conditions: [['Ready', false, 'InvalidSpec', 'spec.schedule: expected five fields']],
  })
})
