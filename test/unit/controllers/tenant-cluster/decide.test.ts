// The table of decisions: what is known of a TenantCluster, and the next step.
import { describe, expect, test } from 'vitest'
import {
  decide,
  quietMs,
  type Evidence,
  type Observed,
  type Step,
} from '../../../../operator/controllers/tenant-cluster/decide.ts'
import { protectedFault } from '../../../../operator/api/faults/fault.ts'
import type {
  HistoryEntry,
  OperationKind,
  OperationStep,
} from '../../../../operator/api/tenant/tenant-cluster-status.ts'

const nowMs = Date.parse('2026-11-21T12:00:00Z')
const at = (seconds: number) => new Date(nowMs + seconds * 1000).toISOString()

const fresh: Observed = {
  nowMs,
  generation: 1,
  deleting: false,
  suspend: false,
  orphan: false,
  protected: false,
  touched: true,
  adopting: false,
  requested: false,
  status: {},
  report: {},
  handedOver: false,
  driftMs: 0,
}
const stacks = { cloud: 'a.b', addons: 'a.b.addons' }
const operation = (kind: OperationKind, step: OperationStep, startedAt = at(-1)) => ({
  operation: { id: 'op-1', kind, generation: 1, step, startedAt, attempt: 1, fence: 1 },
})
const about = { operationId: 'op-1', uid: 'u', namespace: 'a', name: 'b', fence: 1 }
const running = { runner: { fence: 1, heardAt: at(0) } }
const outcome = (kind: OperationKind, result: 'Succeeded' | 'Failed') => ({
  outcome: { ...about, kind, result, generation: 1, finishedAt: at(0) },
})
const fault = { code: 'X', message: 'x', retryable: true }
const failedOnce = (when?: string) => ({
  lastError: fault,
  retry: { generation: 1, attempts: 1, ...(when !== undefined && { at: when }) },
})
const remaining = [{ type: 'ec2:vpc', id: 'vpc-1' }]
const looked = { outcome: { ...outcome('Delete', 'Succeeded').outcome, remaining } }
const blind = (generation: number) => ({
  outcome: { ...outcome('Delete', 'Failed').outcome, generation, fault },
})
const ended = (kind: OperationKind, result: HistoryEntry['result']): HistoryEntry => ({
  id: 'x',
  kind,
  generation: 1,
  result,
  startedAt: at(-9),
  finishedAt: at(-2),
})
const failedDelete = ended('Delete', 'Failed')
const release = (because: Evidence): Step => ({ do: 'release', because })
const create: Step = { do: 'begin', kind: 'Create', attempt: 1 }
const update: Step = { do: 'begin', kind: 'Update', attempt: 1 }
const remove: Step = { do: 'begin', kind: 'Delete', attempt: 1 }
const protect: Step = { do: 'stall', fault: protectedFault }

describe('upkeep', () => {
  test.each<[string, Partial<Observed>, Step]>([
    ['a new one is created', {}, create],
    ['a suspended one is left alone', { suspend: true }, { do: 'suspend' }],
    [
      'a suspended one with an operation too',
      { suspend: true, status: operation('Create', 'Nodes') },
      { do: 'suspend' },
    ],
    [
      'one whose cluster was not taken over yet is worked on, though a restored status calls it applied',
      { adopting: true, status: { appliedGeneration: 1 } },
      update,
    ],
    [
      'but not while what speaks against it stands',
      { adopting: true, status: failedOnce() },
      { do: 'stall', fault },
    ],
    ['an applied one is verified', { status: { appliedGeneration: 1 } }, { do: 'verify' }],
    ['a changed one is updated', { generation: 2, status: { appliedGeneration: 1 } }, update],
    [
      'one that a person asks for is updated',
      { requested: true, status: { appliedGeneration: 1 } },
      update,
    ],
    [
      'an old one is looked at for drift',
      {
        driftMs: 1000,
        status: {
          appliedGeneration: 1,
          history: [ended('Create', 'Succeeded')],
        },
      },
      update,
    ],
    [
      'a recent one is not',
      {
        driftMs: 3000,
        status: {
          appliedGeneration: 1,
          history: [ended('Create', 'Succeeded')],
        },
      },
      { do: 'verify' },
    ],
    [
      'an operation in the status is handed over',
      { status: operation('Create', 'Queued') },
      { do: 'hand-over' },
    ],
    [
      'one that was handed over is followed',
      { handedOver: true, status: operation('Create', 'Queued') },
      { do: 'follow' },
    ],
    [
      'one that a worker reports on is followed',
      { status: operation('Create', 'Queued', at(-999)), report: running },
      { do: 'follow' },
    ],
    [
      'one whose worker is gone is handed over again, whatever Redis says of its progress',
      {
        handedOver: true,
        status: operation('Create', 'Nodes', at(-999)),
        report: { progress: { ...about, step: 'Nodes' } },
      },
      { do: 'hand-over' },
    ],
    [
      'one never heard of is handed over again',
      { handedOver: true, status: operation('Create', 'Queued', at(-quietMs / 1000 - 1)) },
      { do: 'hand-over' },
    ],
    [
      'one that ended is concluded',
      { status: operation('Create', 'Nodes'), report: outcome('Create', 'Failed') },
      { do: 'conclude', ...outcome('Create', 'Failed') },
    ],
    [
      'a newer spec waits for the operation',
      { generation: 2, handedOver: true, status: operation('Create', 'Nodes') },
      { do: 'follow' },
    ],
    [
      'a newer spec replaces an operation that has changed nothing yet',
      { generation: 2, status: operation('Create', 'Plan', at(-4)), report: running },
      create,
    ],
    [
      'which burns no attempt',
      {
        generation: 2,
        status: { ...failedOnce(at(-9)), ...operation('Update', 'Nodes', at(-4)) },
        report: { runner: { ...running.runner, generation: 1 } },
      },
      create,
    ],
    [
      'edits that follow one another are taken together',
      { generation: 2, status: operation('Create', 'Plan', at(-1)), report: running },
      { do: 'follow', newerIn: 2_000 },
    ],
    [
      'a newer spec waits while a network is made',
      { generation: 2, status: operation('Create', 'Network', at(-99)), report: running },
      { do: 'follow', newerIn: 'never' },
    ],
    [
      'an operation that ended meanwhile is concluded',
      {
        generation: 2,
        status: operation('Create', 'Nodes', at(-99)),
        report: { ...running, ...outcome('Create', 'Failed') },
      },
      { do: 'conclude', ...outcome('Create', 'Failed') },
    ],
    [
      'a verified operation does not hold up a newer spec',
      { generation: 2, status: { ...operation('Create', 'Verify'), appliedGeneration: 1 } },
      update,
    ],
    [
      'an operation that succeeded is verified',
      { status: { ...operation('Create', 'Verify'), appliedGeneration: 1 } },
      { do: 'verify' },
    ],
    [
      'a failure is waited out',
      { status: failedOnce(at(5)) },
      { do: 'wait', untilMs: nowMs + 5000, fault },
    ],
    ['and then tried again', { status: failedOnce(at(0)) }, { ...create, attempt: 2 }],
    ['a failure for good stalls', { status: failedOnce() }, { do: 'stall', fault }],
    ['until the spec changes', { generation: 2, status: failedOnce() }, create],
    ['or a person asks', { requested: true, status: failedOnce() }, { ...create, attempt: 2 }],
    [
      'a pause ends when a person asks',
      { requested: true, status: failedOnce(at(5)) },
      { ...create, attempt: 2 },
    ],
  ])('%s', (_, observed, step) => {
    expect(decide({ ...fresh, ...observed })).toEqual(step)
  })
})

describe('deletion', () => {
  test.each<[string, Partial<Observed>, Step]>([
    ['one that is protected is kept, though its status says nothing', { protected: true }, protect],
    ['and though it is an orphan', { protected: true, orphan: true, status: { stacks } }, protect],
    [
      'and though its destruction has begun, or even ended',
      {
        protected: true,
        status: { stacks, ...operation('Delete', 'Sweep') },
        report: outcome('Delete', 'Succeeded'),
      },
      protect,
    ],
    [
      'one that was never begun is let go',
      { touched: false },
      release({ untouched: 'never begun' }),
    ],
    ['one whose status was lost is deleted', {}, remove],
    ['one whose status was lost in its destruction too', { status: {} }, remove],
    [
      'an outcome of another kind is none of a deletion',
      {
        status: { stacks, ...operation('Delete', 'Sweep') },
        report: outcome('Create', 'Succeeded'),
      },
      { do: 'conclude', ...outcome('Create', 'Succeeded') },
    ],
    [
      'one that was only looked at, because it was an orphan, is deleted after all',
      { status: { stacks, ...operation('Delete', 'Sweep') }, report: looked },
      remove,
    ],
    ['one that exists is deleted', { status: { stacks, appliedGeneration: 1 } }, remove],
    ['one that is suspended too', { suspend: true, status: { stacks } }, remove],
    [
      'a creation under way is replaced',
      { status: { stacks, ...operation('Create', 'Nodes') } },
      remove,
    ],
    [
      'a stalled creation does not hold it up',
      { generation: 2, status: { stacks, ...failedOnce() } },
      remove,
    ],
    [
      'the deletion is handed over',
      { status: { stacks, ...operation('Delete', 'Queued') } },
      { do: 'hand-over' },
    ],
    [
      'no edit of the spec replaces it',
      {
        generation: 9,
        status: { stacks, ...operation('Delete', 'Drain', at(-99)) },
        report: running,
      },
      { do: 'follow' },
    ],
    [
      'it is let go when nothing is left',
      {
        status: { stacks, ...operation('Delete', 'Sweep') },
        report: outcome('Delete', 'Succeeded'),
      },
      release({ found: 'nothing' }),
    ],
    [
      'and it is told whose things were looked for',
      {
        status: { stacks, ...operation('Delete', 'Sweep') },
        report: { outcome: { ...outcome('Delete', 'Succeeded').outcome, adopted: 'a' } },
      },
      release({ found: 'nothing', adopted: 'a' }),
    ],
    [
      'and kept when something is',
      { status: { stacks, ...operation('Delete', 'Sweep') }, report: outcome('Delete', 'Failed') },
      { do: 'conclude', ...outcome('Delete', 'Failed') },
    ],
    [
      'a failed deletion is waited out',
      { status: { stacks, ...failedOnce(at(5)) } },
      { do: 'wait', untilMs: nowMs + 5000, fault },
    ],
    [
      'a deletion that fails for good stalls and keeps it',
      { status: { stacks, ...failedOnce() } },
      { do: 'stall', fault },
    ],
    [
      'an orphan is let go at once',
      { orphan: true, status: { stacks, ...operation('Create', 'Nodes') } },
      release({ untouched: 'orphan' }),
    ],
    [
      'an orphan that is being destroyed is followed until its worker has looked',
      { orphan: true, handedOver: true, status: { stacks, ...operation('Delete', 'Destroy') } },
      { do: 'follow' },
    ],
    [
      'and let go with what the worker saw',
      { orphan: true, status: { stacks, ...operation('Delete', 'Sweep') }, report: looked },
      release({ found: remaining }),
    ],
    [
      'or with why it could not look',
      { orphan: true, status: { stacks, ...operation('Delete', 'Sweep') }, report: blind(1) },
      release({ unseen: fault }),
    ],
    [
      'a destruction that failed before it was an orphan is looked at',
      {
        orphan: true,
        generation: 2,
        status: { stacks, ...operation('Delete', 'Sweep') },
        report: blind(1),
      },
      remove,
    ],
    [
      'and so is one that failed and waits',
      { orphan: true, status: { stacks, ...failedOnce(at(5)), history: [failedDelete] } },
      { ...remove, attempt: 2 },
    ],
  ])('%s', (_, observed, step) => {
    expect(decide({ ...fresh, deleting: true, ...observed })).toEqual(step)
  })
})
