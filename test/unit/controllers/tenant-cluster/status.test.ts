// The status after each kind of event.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type {
  HistoryEntry,
  Operation,
  TenantClusterStatus,
} from '../../../../operator/api/tenant/tenant-cluster-status.ts'
import { longestBackoffMs } from '../../../../operator/framework/index.ts'
import { waitsForCredentials } from '../../../../operator/controllers/tenant-cluster/access/hold-decision.ts'
import * as next from '../../../../operator/controllers/tenant-cluster/status.ts'
import type { OperationOutcome } from '../../../../operator/api/tenant/tenant-lease.ts'

const now = new Date('2026-11-21T12:00:00Z')
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000).toISOString()

const operation: Operation = {
  id: 'op-2',
  kind: 'Update',
  generation: 2,
  step: 'Nodes',
  startedAt: ago(100),
  attempt: 1,
  fence: 3,
}
const entry = (change: Partial<HistoryEntry> = {}): HistoryEntry => ({
  id: 'op-1',
  kind: 'Create',
  generation: 1,
  result: 'Succeeded',
  startedAt: ago(900),
  finishedAt: ago(600),
  ...change,
})
const outcome = (change: Partial<OperationOutcome> = {}): OperationOutcome => ({
  operationId: 'op-2',
  uid: 'u',
  namespace: 'a',
  name: 'b',
  fence: 3,
  kind: 'Update',
  generation: 2,
  result: 'Succeeded',
  finishedAt: ago(0),
  ...change,
})
const fault = { code: 'AWS.Throttled', message: 'slow down', retryable: true }

describe('a beginning', () => {
  const beginning = { id: 'op-3', kind: 'Update', generation: 3, attempt: 2, now } as const

  test('is Queued, with its attempt', () => {
    expect(next.begun({}, beginning)).toEqual({
      operation: {
        id: 'op-3',
        kind: 'Update',
        generation: 3,
        attempt: 2,
        step: 'Queued',
        startedAt: ago(0),
      },
    })
  })

  test('cancels what ran, and remembers that', () => {
    const change = next.begun({ operation, history: [entry()] }, beginning)
    expect(change.operation?.id).toBe('op-3')
    expect(change.history).toMatchObject([
      { id: 'op-2', kind: 'Update', result: 'Cancelled', finishedAt: ago(0) },
      { id: 'op-1', result: 'Succeeded' },
    ])
  })

  test('does not call cancelled what had succeeded and was only measured', () => {
    const status = { operation: { ...operation, step: 'Verify' as const }, history: [entry()] }
    expect(next.begun(status, beginning)).not.toHaveProperty('history')
    expect(next.cancelled(status, now)).toEqual({ operation: undefined })
  })
})

describe('progress', () => {
  const about = { operationId: 'op-2', uid: 'u', namespace: 'a', name: 'b', fence: 3 }
  const runner = { fence: 3, heardAt: ago(1) }

  test('is taken over, with the time left', () => {
    const progress = {
      ...about,
      step: 'AddOns' as const,
      message: 'installs',
      resources: { done: 1, total: 2 },
    }
    expect(next.followed(operation, { runner, progress }, 40)).toEqual({
      operation: {
        ...operation,
        step: 'AddOns',
        message: 'installs',
        resources: { done: 1, total: 2 },
        heartbeatAt: ago(1),
        etaSeconds: 40,
      },
    })
  })

  test('drops what the last report said and this one does not', () => {
    const before = { ...operation, message: 'old', etaSeconds: 7, resources: { done: 1, total: 2 } }
    const progress = { ...about, step: 'Nodes' as const }
    const { operation: after } = next.followed(before, { runner, progress }, undefined)
    expect(after).toEqual({ ...operation, heartbeatAt: ago(1) })
  })

  test('that Redis forgot is still shown, and the worker heard of', () => {
    const { operation: after } = next.followed(
      { ...operation, message: 'm' },
      { runner },
      undefined,
    )
    expect(after).toEqual({ ...operation, message: 'm', heartbeatAt: ago(1) })
  })

  test('of a worker before is not shown as that of the next', () => {
    const later = { ...runner, fence: 4 }
    const { operation: after } = next.followed({ ...operation, message: 'm' }, { runner: later }, 1)
    expect(after).toMatchObject({ step: 'Preflight', fence: 4 })
    expect(after).not.toHaveProperty('message')
  })

  test('of the first worker is taken where the operation has seen none', () => {
    const { fence: _, ...fresh } = operation
    expect(next.followed(fresh, { runner: { ...runner, fence: 0 } }, 1)).toMatchObject({
      operation: { fence: 0, step: 'Preflight' },
    })
    expect(next.followed(fresh, { runner: { ...runner, fence: -1 } }, 1)).toEqual({})
  })

  test('of a worker that lost its lease is ignored', () => {
    const late = { ...runner, fence: 2 }
    expect(next.followed(operation, { runner: late }, 1)).toEqual({})
    expect(next.followed(operation, {}, 1)).toEqual({})
  })
})

describe('success', () => {
  test('goes on to Verify, applies the generation that was worked on and forgets the failure', () => {
    const outputs = { clusterName: 'b-1', endpoint: 'https://e', certificateAuthority: 'QQ==' } // prettier-ignore
    const status = { operation: { ...operation, message: 'm', etaSeconds: 1 }, history: [entry()] }
    const result = outcome({ generation: 4, outputs, credentialsVersion: '9' })
    expect(next.succeeded(status, status.operation, result, now)).toMatchObject({
      operation: { ...operation, step: 'Verify' },
      appliedGeneration: 4,
      lastError: undefined,
      retry: undefined,
      remaining: undefined,
      credentialsVersion: '9',
      endpoint: 'https://e',
      certificateAuthority: 'QQ==',
      physicalName: 'b-1',
      history: [{ id: 'op-2', result: 'Succeeded', generation: 4 }, { id: 'op-1' }],
    })
  })

  test('without word of credentials, adoption or outputs changes none of them', () => {
    const { generation: _, ...plain } = outcome()
    const change = next.succeeded({ operation }, operation, { ...plain, generation: 2 }, now)
    for (const field of ['credentialsVersion', 'adopted', 'endpoint', 'account'])
      expect(change).not.toHaveProperty(field)
  })

  test('keeps the account that it had where the outputs do not tell one', () => {
    const outputs = { clusterName: 'b', endpoint: 'https://e', certificateAuthority: 'QQ==' }
    const kept = next.succeeded({ account: '1' }, operation, outcome({ outputs }), now)
    expect(kept.account).toBe('1')
    const told = outcome({ outputs: { ...outputs, account: '2' }, adopted: 'taken over' })
    expect(next.succeeded({ account: '1' }, operation, told, now)).toMatchObject({
      account: '2',
      adopted: 'taken over',
    })
  })

  test('keeps the last five operations', () => {
    const history = [1, 2, 3, 4, 5].map((i) => entry({ id: `old-${i}` }))
    const { history: kept } = next.succeeded({ operation, history }, operation, outcome(), now)
    expect(kept?.map(({ id }) => id)).toEqual(['op-2', 'old-1', 'old-2', 'old-3', 'old-4'])
  })
})

test('waits 2 s after the first failure, twice as long after each, and 5 minutes at most', () => {
  const longest = [1, 2, 3, 4, 20].map((failures) => longestBackoffMs(failures, next.retryBackoff))
  expect(longest).toEqual([2_000, 4_000, 8_000, 16_000, 300_000])
})

test('tenants that failed at the same moment are not tried again at the same moment', () => {
  const outage = () =>
    next.failed({ operation }, operation, outcome({ result: 'Failed', fault }), now)
  const times = Array.from({ length: 20 }, () => outage().retry?.at)
  expect(new Set(times).size).toBeGreaterThan(15)
})

describe('failure', () => {
  beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0)) // the shortest pause
  afterEach(() => vi.restoreAllMocks())

  test.each<[string, TenantClusterStatus['retry'], number, number]>([
    ['the first', undefined, 1, 2],
    ['the third', { generation: 2, attempts: 2 }, 3, 8],
    ['the twentieth', { generation: 2, attempts: 19 }, 20, 300],
    ['the first of this generation', { generation: 1, attempts: 7 }, 1, 2],
  ])('%s is tried again later and later', (_, retry, attempts, seconds) => {
    const status = { operation, ...(retry && { retry }) }
    const change = next.failed(status, operation, outcome({ result: 'Failed', fault }), now)
    expect(change).toMatchObject({
      operation: undefined,
      lastError: { ...fault, action: expect.any(String) as string },
      retry: { generation: 2, attempts, at: ago(-seconds) },
      history: [{ id: 'op-2', result: 'Failed', message: 'slow down' }],
    })
  })

  test('that only a person can help is not tried again', () => {
    const final = { ...fault, code: 'InvalidSpec', retryable: false }
    const change = next.failed(
      { operation },
      operation,
      outcome({ result: 'Failed', fault: final }),
      now,
    )
    expect(change.retry).toEqual({ generation: 2, attempts: 1 })
  })

  test('of an older spec counts for that one', () => {
    const result = outcome({ result: 'Failed', fault, generation: 1 })
    expect(next.failed({ operation }, operation, result, now).retry?.generation).toBe(1)
  })

  test('says what is left in AWS, and that it said nothing', () => {
    const remaining = [{ type: 'ec2:vpc', id: 'vpc-1' }]
    const change = next.failed(
      { operation },
      operation,
      outcome({ result: 'Failed', remaining }),
      now,
    )
    expect(change.remaining).toEqual(remaining)
    expect(change.lastError).toMatchObject({ code: 'OperationFailed', retryable: true })
  })
})

describe('readiness', () => {
  test('is timed from the creation of the object, once', () => {
    const first = next.ready({ operation }, ago(90.04), now)
    expect(first).toEqual({
      operation: undefined,
      timings: { requestedAt: ago(90.04), readyAt: ago(0), timeToReadySeconds: 90 },
    })
    const later = new Date(now.getTime() + 3_600_000)
    const timings = first.timings ?? {}
    expect(next.ready({ timings }, ago(90), later).timings).toBe(timings)
  })
})

describe('the time left', () => {
  const lasted = (seconds: number, change: Partial<HistoryEntry> = {}) =>
    entry({ kind: 'Update', startedAt: ago(5_000 + seconds), finishedAt: ago(5_000), ...change })

  test.each<[string, HistoryEntry[], number | undefined]>([
    ['is unknown without history', [], undefined],
    ['is what an earlier one took, less what has passed', [lasted(160)], 60],
    ['goes by the median', [lasted(1_000), lasted(120), lasted(150)], 50],
    ['is never negative', [lasted(40)], 0],
    ['leaves out other kinds', [lasted(160, { kind: 'Create' })], undefined],
    [
      'leaves out what did not succeed',
      [lasted(9, { result: 'Failed' }), lasted(9, { result: 'Cancelled' })],
      undefined,
    ],
  ])('%s', (_, earlier, expected) => {
    expect(next.etaSeconds(operation, earlier, now)).toBe(expected)
  })
})

describe('the account of the cluster', () => {
  const outputs = {
    clusterName: 'b-1',
    endpoint: 'https://x',
    certificateAuthority: 'Q0E=',
    account: '111111111111',
  }

  test('is remembered once an operation has succeeded', () => {
    expect(next.succeeded({}, operation, outcome({ outputs }), now).account).toBe('111111111111')
    expect(next.failed({}, operation, outcome({ result: 'Failed' }), now)).not.toHaveProperty(
      'account',
    )
  })

  test('stays what it was where the outputs do not name it', () => {
    const nameless = outcome({ outputs: { ...outputs, account: undefined } })
    const before = { account: '111111111111' }
    expect(next.succeeded(before, operation, nameless, now).account).toBe('111111111111')
  })
})

describe('what a stalled tenant waits for', () => {
  test.each([
    ['CredentialsInvalid', true],
    ['AccountMismatch', true],
    ['ClusterLost', false],
    ['InvalidSpec', false],
  ])('%s ends with other credentials: %s', (code, expected) => {
    expect(waitsForCredentials({ ...fault, code })).toBe(expected)
  })

  test.each([
    [{ 'cratekube.io/recreate-cluster': 'b@1' }, true],
    [{ 'cratekube.io/recreate-cluster': 'b@0' }, false],
    [{ 'cratekube.io/recreate-cluster': '' }, false],
    [undefined, false],
  ])('a lost cluster waits for consent to that loss: %o is one: %s', (annotations, expected) => {
    const lost = { ...fault, code: 'ClusterLost' }
    expect(next.hasConsent({ ...lost, value: 'b@1' }, annotations)).toBe(expected)
    expect(next.hasConsent(lost, annotations)).toBe(false)
    expect(next.hasConsent({ ...fault, value: 'b@1' }, annotations)).toBe(false)
  })
})
