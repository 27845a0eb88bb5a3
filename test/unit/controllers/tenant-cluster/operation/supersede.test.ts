// When an operation is given up for a newer spec, and what is said while it is not.
import { expect, test } from 'vitest'
import {
  supersedesIn,
  waitingWords,
} from '../../../../../operator/controllers/tenant-cluster/operation/supersede.ts'
import {
  operationSteps,
  type HistoryEntry,
  type OperationStep,
} from '../../../../../operator/api/tenant/tenant-cluster-status.ts'
import type { Report } from '../../../../../operator/controllers/tenant-cluster/operation/report.ts'

const nowMs = Date.parse('2026-11-21T12:00:00Z')
const startedAt = (ageSeconds: number) => new Date(nowMs - ageSeconds * 1000).toISOString()
const runner = { fence: 1, heardAt: startedAt(0), generation: 1 }

type Case = {
  step?: OperationStep
  age?: number
  report?: Report
  history?: string
  newer?: number
}
function ask({ step = 'Plan', age = 60, report = { runner }, history = '', newer = 2 }: Case) {
  const operation = {
    id: 'op-1',
    kind: 'Update',
    generation: 1,
    step,
    attempt: 1,
    fence: 1,
  } as const
  const results = { C: 'Cancelled', S: 'Succeeded', F: 'Failed' } as const
  const entry = { id: '', kind: 'Update', generation: 1, startedAt: '', finishedAt: '' } as const
  const entries = history.split('').map((letter): HistoryEntry => {
    const result = results[letter as keyof typeof results]
    return { ...entry, result }
  })
  const status = { operation: { ...operation, startedAt: startedAt(age) }, history: entries }
  return supersedesIn({ generation: newer, nowMs, report, status })
}

test('every step either may be stopped or has to be waited for', () => {
  const answers = operationSteps.map((step) => [step, ask({ step })])
  expect(Object.fromEntries(answers)).toEqual({
    Preflight: 0,
    Plan: 0,
    Nodes: 0,
    AddOns: 0,
    Network: 'never',
    ControlPlane: 'never',
    Storage: 'never',
    Queued: 'never',
    Verify: 'never',
    Drain: 'never',
    Destroy: 'never',
    Sweep: 'never',
  })
})

test('nothing waits where no worker has read the older spec, or it has read this one', () => {
  expect(ask({ report: {} })).toBeUndefined()
  expect(ask({ report: { runner: { ...runner, generation: 2 } } })).toBeUndefined()
  expect(ask({ newer: 1 })).toBeUndefined()
})

test('the latest place counts, and one that is not known is not taken for a safe one', () => {
  const progress = { operationId: 'op-1', uid: 'u', namespace: 'a', name: 'b', fence: 1 }
  expect(ask({ report: { runner, progress: { ...progress, step: 'Network' } } })).toBe('never')
  expect(
    ask({ step: 'Network', report: { runner, progress: { ...progress, step: 'Nodes' } } }),
  ).toBe(0)
  expect(ask({ step: 'Network', report: { runner: { ...runner, fence: 2 } } })).toBe(0) // begun afresh
  expect(ask({ report: { runner, progress: { ...progress, step: 'Nodes', holds: true } } })).toBe(
    'never',
  )
  expect(ask({ report: { runner, silence: 'Redis does not answer' } })).toBe('never')
})

test('each operation that was given up lets the next one last longer, and five are enough', () => {
  const waits = (history: string) => ask({ age: 0, history })
  expect(['', 'C', 'CC', 'CCC', 'CCCC', 'CCCCC'].map(waits)).toEqual([
    3_000,
    12_000,
    48_000,
    192_000,
    768_000,
    'never',
  ])
  expect(['S', 'FCC', 'CSCCC'].map(waits)).toEqual([3_000, 3_000, 12_000])
  expect(ask({ age: 13, history: 'C' })).toBe(0)
})

test('what is said names both generations and the operation, and nothing that moves', () => {
  const operation = {
    id: 'op-1',
    kind: 'Create',
    generation: 3,
    attempt: 1,
    startedAt: '',
  } as const
  const at = (step: OperationStep, done: number) =>
    waitingWords(5, { ...operation, step, resources: { done, total: 9 } }, 'never')
  expect(at('Network', 1)).toBe(
    'generation 5 waits for operation op-1 (Create, generation 3) to end',
  )
  expect(at('ControlPlane', 2)).toBe(at('Network', 1))
  expect(waitingWords(5, { ...operation, step: 'Plan' }, 900)).toBe(
    'generation 5 replaces operation op-1 (Create, generation 3) soon',
  )
})
