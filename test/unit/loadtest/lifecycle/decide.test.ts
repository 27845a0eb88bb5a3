// The next step of a LocustTest, for every state a run can be in.
import { describe, expect, test } from 'vitest'
import type {
  LocustTestSpec,
  LocustTestStatus,
} from '../../../../operator/api/locust/locust-types.ts'
import { decide, hasDrifted, type Step } from '../../../../operator/loadtest/lifecycle/decide.ts'
import type { Observed } from '../../../../operator/loadtest/lifecycle/observe.ts'
import type { Pod } from '../../../../operator/loadtest/pods/objects.ts'
import { specHash } from '../../../../operator/loadtest/spec/subject.ts'
import { holds, job, master } from './observations.ts'
import { spec, subject } from '../../../support/loadtest/subjects.ts'

const createdAt = '2026-11-21T06:00:00Z'
const later = (seconds: number) => new Date(Date.parse(createdAt) + seconds * 1000)
const begun: LocustTestStatus = { phase: 'Pending', runSpec: specHash(spec()) }

/** Locust ended after 30 s. */
const deletedAt = (seconds: number): Pod => {
  const finishedAt = later(30).toISOString()
  const pod = master({ terminated: { exitCode: 0, finishedAt } })
  const deletion = {
    deletionTimestamp: later(seconds + 30).toISOString(),
    deletionGracePeriodSeconds: 30,
  }
  return { ...pod, metadata: { ...pod.metadata, ...deletion } }
}
const asleep = job({ spec: { suspend: true } })
const both = { masterJob: job(), workerJob: job() }

function step(o: {
  spec?: Partial<LocustTestSpec>
  status?: LocustTestStatus
  observed?: Partial<Observed>
  at?: number
  rerun?: string
}): Step {
  return decide({
    subject: subject(o.spec),
    status: o.status ?? begun,
    observed: { workerPods: [], ...o.observed },
    wantedSince: createdAt,
    rerun: o.rerun,
    now: later(o.at ?? 1),
  })
}

const running = master({ running: { startedAt: createdAt } }, { podIP: '10.0.0.1' })

describe('decide', () => {
  test.each<[string, Parameters<typeof step>[0], Step]>([
    ['new', { status: {} }, { do: 'create', recreate: false }],
    ['new and suspended', { status: {}, spec: { suspend: true } }, { do: 'hold' }],
    ['pods start', { observed: both }, { do: 'watch' }],
    [
      'master runs',
      { observed: { ...both, masterPod: running } },
      { do: 'watch', since: createdAt, address: '10.0.0.1' },
    ],
    ['suspended while running', { spec: { suspend: true }, observed: both }, { do: 'pause' }],
    [
      'suspended and stopped',
      {
        spec: { suspend: true },
        observed: { masterJob: asleep, workerJob: asleep },
      },
      { do: 'hold' },
    ],
    [
      'suspended by half, by an operator that died',
      { spec: { suspend: true }, observed: { ...both, masterJob: asleep } },
      { do: 'pause' },
    ],
    [
      'suspended and stopped, and the status does not know',
      {
        spec: { suspend: true },
        status: { ...begun, startTime: createdAt },
        observed: { masterJob: asleep, workerJob: asleep },
      },
      { do: 'pause' },
    ],
    [
      'the stopped master exits',
      {
        spec: { suspend: true },
        observed: {
          masterJob: asleep,
          workerJob: asleep,
          masterPod: master({ terminated: { exitCode: 0 } }),
        },
      },
      { do: 'hold' },
    ],
    [
      'no longer suspended, and the stopped master is still there',
      { observed: { masterJob: asleep, workerJob: asleep, masterPod: master() } },
      { do: 'await-end' },
    ],
    [
      'no longer suspended',
      { observed: { masterJob: asleep, workerJob: asleep } },
      { do: 'resume' },
    ],
    ['resumed by half', { observed: { ...both, workerJob: asleep } }, { do: 'resume' }],
    [
      'scaled',
      { spec: { worker: { ...spec().worker, replicas: 4 } }, observed: both },
      { do: 'scale', job: both.workerJob, to: 4 },
    ],
    ['worker Job deleted', { observed: { masterJob: job() } }, { do: 'create', recreate: true }],
    [
      'master Job deleted before the start',
      { observed: { workerJob: job() } },
      { do: 'create', recreate: true },
    ],
    [
      'worker Job deleted and the spec changed: never half a run of another spec',
      { observed: { masterJob: job() }, spec: { image: 'other' } },
      { do: 'watch' },
    ],
    ['over', { status: { ...begun, phase: 'Succeeded' }, observed: {} }, { do: 'nothing' }],
    [
      'over and asked to run again',
      { status: { ...begun, phase: 'Failed', rerun: '1' }, rerun: '2' },
      { do: 'rerun' },
    ],
    [
      'over and run again already',
      { status: { ...begun, phase: 'Failed', rerun: '2' }, rerun: '2' },
      { do: 'nothing' },
    ],
    [
      'over, workers quit by themselves',
      {
        status: { phase: 'Failed' },
        observed: { workerJob: job({ conditions: holds('Complete') }) },
      },
      { do: 'nothing' },
    ],
    [
      'over, workers have some seconds',
      { status: { phase: 'Failed', completionTime: createdAt }, observed: both, at: 2 },
      { do: 'release-workers', afterMs: 3000 },
    ],
    [
      'over, workers are ended',
      { status: { phase: 'Failed', completionTime: createdAt }, observed: both, at: 9 },
      { do: 'release-workers', afterMs: 0 },
    ],
  ])('%s', (_name, given, expected) => expect(step(given)).toEqual(expected))

  test('a master Job deleted in the middle of the test ends it', () => {
    const status = { ...begun, startTime: createdAt }
    expect(step({ status, observed: { workerJob: job() } })).toMatchObject({
      do: 'give-up',
      reason: 'MasterDeleted',
    })
  })

  test('what another operator left running is taken over, and never begun again', () => {
    const status: LocustTestStatus = { phase: 'Running', startTime: createdAt }
    expect(step({ status, observed: both })).toEqual({ do: 'create', recreate: false })
    expect(step({ status })).toMatchObject({ do: 'give-up', reason: 'MasterDeleted' })
  })

  test('the deadline for starting counts until Locust spawns users', () => {
    const given = { spec: { startDeadlineSeconds: 10 }, observed: { ...both, masterPod: running } }
    expect(step({ ...given, at: 9 })).toMatchObject({ do: 'watch' })
    expect(step({ ...given, at: 11 })).toMatchObject({
      do: 'give-up',
      reason: 'StartDeadlineExceeded',
    })
    // It counts before there is anything, too, while a ConfigMap is missing.
    const waiting = { spec: { startDeadlineSeconds: 10 }, status: {} }
    expect(step({ ...waiting, at: 9 })).toMatchObject({ do: 'create' })
    expect(step({ ...waiting, at: 11 })).toMatchObject({ do: 'give-up' })
    const held = { spec: { ...waiting.spec, suspend: true }, status: {} }
    expect(step({ ...held, at: 11 })).toEqual({ do: 'hold' })
    const results = {} as NonNullable<LocustTestStatus['results']> // only that there are any counts
    expect(step({ ...given, at: 11, status: { ...begun, results } })).toMatchObject({ do: 'watch' })
  })

  test.each<[string, Partial<Observed>, object]>([
    [
      'exit code',
      { ...both, masterPod: master({ terminated: { exitCode: 1 } }) },
      { reason: 'Exited', exitCode: 1 },
    ],
    [
      'killed',
      { ...both, masterPod: master({ terminated: { exitCode: 137, reason: 'OOMKilled' } }) },
      { reason: 'Lost', message: 'the Locust master was killed (OOMKilled)' },
    ],
    [
      'Job complete, pod gone',
      { ...both, masterJob: job({ conditions: holds('Complete') }) },
      { exitCode: 0 },
    ],
    [
      'evicted',
      {
        ...both,
        masterJob: job({ conditions: holds('Failed') }),
        masterPod: master(undefined, { reason: 'Evicted' }),
      },
      { reason: 'Lost', message: 'the Locust master was lost (Evicted)' },
    ],
    [
      'evicted, and Locust exited well when it was told to',
      {
        ...both,
        masterPod: master(
          { terminated: { exitCode: 0 } },
          {
            conditions: [
              { type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI' },
            ],
          },
        ),
      },
      { reason: 'Lost', message: 'the Locust master was lost (EvictionByEvictionAPI)' },
    ],
    [
      'deleted in the middle',
      { ...both, masterPod: deletedAt(20) },
      { reason: 'Lost', message: 'the Locust master was lost (PodDeleted)' },
    ],
    ['deleted after it had ended', { ...both, masterPod: deletedAt(40) }, { exitCode: 0 }],
    [
      'too long',
      { ...both, masterJob: job({ conditions: holds('FailureTarget', 'DeadlineExceeded') }) },
      { reason: 'DeadlineExceeded' },
    ],
  ])('the master ended: %s', (_name, observed, end) =>
    expect(step({ observed })).toMatchObject({ do: 'finish', end }),
  )
})

test('drift is a change of the spec after the start, and only that', () => {
  expect(hasDrifted({ subject: subject(), status: begun })).toBe(false)
  expect(hasDrifted({ subject: subject({ suspend: true }), status: begun })).toBe(false)
  expect(hasDrifted({ subject: subject({ image: 'x' }), status: begun })).toBe(true)
  expect(hasDrifted({ subject: subject({ image: 'x' }), status: {} })).toBe(false)
})
