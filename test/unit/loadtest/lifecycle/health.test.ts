// How the pods of a run are: what they say of themselves first, then what events say of them and of their Jobs.
import { expect, test } from 'vitest'
import { health } from '../../../../operator/loadtest/lifecycle/health.ts'
import type { Observed } from '../../../../operator/loadtest/lifecycle/observe.ts'
import type { TroubleEvents } from '../../../../operator/loadtest/lifecycle/trouble.ts'
import type { Job, Pod } from '../../../../operator/loadtest/pods/objects.ts'
import { subject } from '../../../support/loadtest/subjects.ts'

const pod = (uid: string, phase = 'Pending', status: object = {}) =>
  ({ metadata: { uid, name: `pod-${uid}` }, status: { phase, ...status } }) as unknown as Pod
const job = (uid: string) => ({ metadata: { uid }, spec: { parallelism: 4 } }) as unknown as Job
/** Notes by the uid that they are about. */
const events = (notes: Record<string, string>): TroubleEvents => [
  {
    by: (_: string, uid: string) =>
      uid in notes
        ? [{ reason: 'FailedMount', note: notes[uid], eventTime: '2026-01-01T00:00:00Z' }]
        : [],
  } as unknown as TroubleEvents[number], // the index is the framework's
]
const workers = ['1', '2', '3']
const all = (phase?: string): Observed => ({
  masterJob: job('jm'),
  workerJob: job('jw'),
  masterPod: pod('m', phase),
  workerPods: workers.map((uid) => pod(uid, phase)),
})
const of = (observed: Observed, notes: Record<string, string> = {}) =>
  health({ subject: subject(), observed }, events(notes))
const waiting = { reason: 'PodsStarting', message: 'Waiting for pods to start' }

test('all are healthy when master and workers run', () => {
  expect(of(all('Running')).reason).toBe('PodsHealthy')
})

test('one that is missing is waited for, be it the master', () => {
  const { masterPod: _, ...headless } = all('Running')
  expect(of(headless)).toEqual(waiting)
  const fewer = { ...all('Running'), workerPods: [pod('1', 'Running'), pod('2', 'Running')] }
  expect(of(fewer)).toEqual(waiting)
})

test('what a pod says of itself comes before what is said of it', () => {
  const blocked = { conditions: [{ type: 'PodScheduled', status: 'False', message: 'no room' }] }
  const observed = { ...all(), masterPod: pod('m', 'Pending', blocked) }
  expect(of(observed, { m: 'secret is missing' })).toMatchObject({ reason: 'SchedulingError' })
})

test.each([
  ['m', 'pod-m: no such volume'],
  ['2', 'pod-2: no such volume'],
])('what is said of pod %s is told with its name', (uid, message) => {
  const told = of(all(), { [uid]: 'no such volume', jm: 'quota', jw: 'quota' })
  expect(told).toEqual({ reason: 'ConfigurationError', message })
})

test('of several the first is told, the master’s before all', () => {
  expect(of(all(), { '3': 'c', m: 'a', '1': 'b' }).message).toBe('pod-m: a')
  expect(of(all(), { '3': 'c', '1': 'b' }).message).toBe('pod-1: b')
})

test.each([
  ['jm', { jm: 'quota of m', jw: 'quota of w' }, 'quota of m'],
  ['jw', { jw: 'quota of w' }, 'quota of w'],
])('a Job %s that is refused its pods is told where no pod is stuck', (_, notes, message) => {
  const observed: Observed = { masterJob: job('jm'), workerJob: job('jw'), workerPods: [] }
  expect(of(observed, notes)).toEqual({ reason: 'PodCreationRefused', message })
})

test('but not one that has made all of its pods', () => {
  const one = { ...job('jm'), spec: { parallelism: 1 } } as unknown as Job
  const observed = { masterJob: one, masterPod: pod('m', 'Running'), workerPods: [] }
  expect(of(observed, { jm: 'quota' })).toEqual(waiting)
})

test('nothing is said of what is not there', () => {
  expect(of({ workerPods: [] }, { jm: 'quota' })).toEqual(waiting)
})

test('what is missing is named by its field', () => {
  const { spec } = subject({ testFiles: { configMapRef: 'src' } })
  const told = health(
    { subject: { ...subject(), spec }, observed: all() },
    events({ m: 'configmap "src" not found' }),
  )
  expect(told.message).toMatch(/^spec\.testFiles\.configMapRef: pod-m: configmap "src" not found$/)
})
