// What the status says after each kind of event, and which events are told.
import { describe, expect, test } from 'vitest'
import type {
  LocustCondition,
  LocustTestStatus,
} from '../../../../operator/api/locust/locust-types.ts'
import {
  joined,
  type TestContext,
  type TestSaid,
} from '../../../../operator/loadtest/lifecycle/test-said.ts'
import { tell } from '../../../../operator/loadtest/said.ts'
import { concluded, type Conclusion } from '../../../../operator/loadtest/lifecycle/conclude.ts'
import type { Known } from '../../../../operator/loadtest/lifecycle/known.ts'
import * as next from '../../../../operator/loadtest/lifecycle/status.ts'
import type { Stats } from '../../../../operator/loadtest/results/stats.ts'
import { subject } from '../../../support/loadtest/subjects.ts'

const now = new Date('2026-11-21T06:10:00.123Z')
const wantedSince = '2026-11-21T06:00:00Z'
const known = (status: LocustTestStatus = {}, more: Partial<Known> = {}): Known => ({
  subject: subject(),
  status,
  observed: { workerPods: [] },
  wantedSince,
  generation: 4,
  createdAt: wantedSince,
  now,
  ...more,
})
const saying = (type: string, status: LocustCondition['status'], reason: string, message = '') => ({
  conditions: [{ type, status, reason, message, lastTransitionTime: wantedSince }],
})
const stats = (workers: number, state: string) => ({ workers, state }) as Stats // what is read of it

/** In one line each: reasons of conditions with their status, reasons of events. */
function read({ fields, conditions = [], events = [] }: TestSaid) {
  return {
    fields: fields ?? {},
    conditions: conditions.map(([type, status, reason]) => `${type} ${status} ${reason}`),
    events: events.map(([type, reason]) => `${type} ${reason}`),
  }
}

type Expected = { fields?: object; conditions?: string[]; events?: string[] }

const fields = { phase: 'Pending', observedGeneration: 4 }
const made = [
  { kind: 'Service', name: 'shop-load-master' },
  { kind: 'Job', name: 'shop-load-master' },
]
const image = { reason: 'ImagePullError', message: 'no such image' } as const
const healthy = { reason: 'PodsHealthy', message: 'All pods are healthy' } as const

describe('before and while it runs', () => {
  test.each<[string, TestSaid, Expected]>([
    ['held back', next.suspended(known()), { fields: { ...fields, wantedSince: undefined }, conditions: ['Ready false Suspended'], events: [] }],
    ['to be made', next.announced(known(), { do: 'create', recreate: false }), { fields: { wantedSince }, conditions: [] }],
    ['watched', next.announced(known(), { do: 'watch' }), { fields: { wantedSince }, conditions: ['Ready true ResourcesCreated'] }],
    ['nothing to do', next.announced(known(), { do: 'nothing' }), { fields: {}, conditions: [], events: [] }],
    ['made', next.created(known(), made, { recreate: false }), { conditions: ['Ready true ResourcesCreated', 'WorkersConnected false WaitingForWorkers', 'TestCompleted false TestInProgress', 'PodsHealthy true PodsStarting'], events: ['Normal Created'] }],
    ['found as made', next.created(known(), [], { recreate: false }), { events: [] }],
    ['made once more', next.created(known(), made, { recreate: true }), { events: ['Warning ResourceDeleted', 'Warning ResourceDeleted'] }],
    ['a ConfigMap is missing', next.awaitsConfigMaps(known(), ['a']), { fields, conditions: ['Ready false ConfigurationError', 'PodsHealthy false ConfigurationError'], events: ['Warning PodFailure'] }],
    ['it is missing still', next.awaitsConfigMaps(known(saying('PodsHealthy', 'False', 'ConfigurationError')), ['a']), { events: [] }],
    ['stopped', next.stopped(known()), { fields: { ...fields, results: undefined, startTime: undefined, wantedSince: undefined, connectedWorkers: 0 }, events: ['Normal Suspended'] }],
    ['resumed', next.resumed(known()), { fields: { wantedSince: '2026-11-21T06:10:00Z' }, events: ['Normal Resumed'] }],
    ['scaled', next.scaled(known()), { fields: { expectedWorkers: 3 }, events: ['Normal Scaled'] }],
    ['pods fail', next.podsAre(known(), image), { conditions: ['PodsHealthy false ImagePullError'], events: ['Warning PodFailure'] }],
    ['they fail as before', next.podsAre(known(saying('PodsHealthy', 'False', 'ImagePullError')), image), { conditions: ['PodsHealthy false ImagePullError'], events: [] }],
    ['pods are well, which can wait', next.podsAre(known(saying('PodsHealthy', 'True', 'PodsStarting')), healthy, { wellCanWait: true }), { conditions: [] }],
    ['pods are well at last', next.podsAre(known(saying('PodsHealthy', 'False', 'ImagePullError')), healthy, { wellCanWait: true }), { conditions: ['PodsHealthy true PodsHealthy'], events: [] }],
    ['workers come', next.workersAre(known(), stats(1, 'ready')), { fields: { expectedWorkers: 3, connectedWorkers: 1 }, conditions: ['WorkersConnected false WaitingForWorkers'] }],
    ['workers are lost', next.workersAre(known(), stats(2, 'running')), { conditions: ['WorkersConnected false WorkersMissing'] }],
    ['all are there', next.workersAre(known(), stats(3, 'running')), { conditions: ['WorkersConnected true AllWorkersConnected'] }],
    ['the master has never answered', next.workersAre(known(), undefined), { fields: { expectedWorkers: 3 }, conditions: [] }],
    ['the master does not answer any more', next.workersAre(known({ results: {} } as LocustTestStatus), undefined), { conditions: ['WorkersConnected Unknown MasterSilent'] }],
    ['runs', next.running(known(), wantedSince, undefined), { fields: { phase: 'Running', startTime: wantedSince, observedGeneration: 4 }, conditions: ['TestCompleted false TestInProgress'] }],
    ['refused', next.refused(known(), { reason: 'NameTaken', message: 'taken' }), { fields, conditions: ['Ready false NameTaken'], events: ['Warning NameTaken'] }],
    ['refused as before, while it runs', next.refused(known({ phase: 'Running', ...saying('Ready', 'False', 'NameTaken', 'taken') }), { reason: 'NameTaken', message: 'taken' }), { fields: { observedGeneration: 4 }, events: [] }],
    ['changed', next.drift(known(), true), { conditions: ['SpecDrifted true SpecChangeIgnored'] }],
    ['never changed', next.drift(known(), false), { conditions: [] }],
    ['changed back', next.drift(known(saying('SpecDrifted', 'True', 'SpecChangeIgnored')), false), { conditions: ['SpecDrifted false InSync'] }],
  ])('%s', (_, change, expected) => expect(read(change)).toMatchObject(expected)) // prettier-ignore
})

describe('at the end', () => {
  const end = (more: Partial<Conclusion>) =>
    concluded(known(), { passed: true, reason: 'TestSucceeded', message: 'well', finishedAt: wantedSince, ...more }) // prettier-ignore
  test.each<[string, TestSaid, Expected]>([
    ['passed', end({}), { fields: { phase: 'Succeeded', verdict: 'Passed', observedGeneration: 4, completionTime: wantedSince }, conditions: ['TestCompleted true TestSucceeded', 'WorkersConnected false TestEnded'], events: ['Normal TestCompleted'] }],
    ['failed', end({ passed: false, reason: 'TestFailed' }), { fields: { phase: 'Failed', verdict: 'Failed', observedGeneration: 4, completionTime: wantedSince }, events: ['Warning TestFailed'] }],
    ['thresholds met', end({ breaches: [] }), { conditions: ['TestCompleted true TestSucceeded', 'WorkersConnected false TestEnded', 'ThresholdsMet true Met'] }],
    ['thresholds not met', end({ passed: false, breaches: ['slow'] }), { conditions: ['TestCompleted true TestSucceeded', 'WorkersConnected false TestEnded', 'ThresholdsMet false Exceeded'] }],
    ['report stored', next.reportStored({ location: 'configmap/a' }), { fields: { report: { location: 'configmap/a' } }, conditions: ['ReportStored true Stored'], events: [] }],
    ['report lost', next.reportStored({ error: 'lost' }), { fields: { report: { location: '' } }, conditions: ['ReportStored false ReportFailed'], events: ['Warning ReportFailed'] }],
  ])('%s', (_, change, expected) => expect(read(change)).toEqual({ ...read(change), ...expected })) // prettier-ignore

  test('another run forgets what the last one left', () => {
    const { fields: said, conditions, events } = read(next.begunAnew(known({}, { rerun: '2' })))
    expect(said).toEqual({
      phase: 'Pending',
      rerun: '2',
      wantedSince: '2026-11-21T06:10:00Z',
      runSpec: undefined,
      startTime: undefined,
      completionTime: undefined,
      verdict: undefined,
      results: undefined,
      report: undefined,
      connectedWorkers: 0,
    })
    expect(conditions).toContain('ThresholdsMet Unknown TestInProgress')
    expect(events).toEqual(['Normal Rerun'])
  })
})

test('of what is said twice the later holds, and all of it is told in its order', () => {
  const calls: unknown[][] = []
  const c = {
    status: (patch: object) => calls.push(['status', patch]),
    condition: (...said: unknown[]) => calls.push(['condition', ...said]),
    event: (...said: unknown[]) => calls.push(['event', ...said]),
  } as unknown as TestContext // what tell() calls
  tell(
    c,
    joined(
      {
        fields: { wantedSince, phase: 'Pending' },
        conditions: [['Ready', true, 'ResourcesCreated', 'a']],
      },
      {},
      {
        fields: { wantedSince: undefined },
        conditions: [['Ready', false, 'Suspended', 'b']],
        events: [['Normal', 'C', 'c']],
      },
    ),
  )
  expect(calls).toEqual([
    ['status', { wantedSince: undefined, phase: 'Pending' }],
    ['condition', 'Ready', true, 'ResourcesCreated', 'a'],
    ['condition', 'Ready', false, 'Suspended', 'b'],
    ['event', 'Normal', 'C', 'c'],
  ])
})
