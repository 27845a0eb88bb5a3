// The status of a LocustTest after each kind of event, in upstream's words where they were right. Pure: from what is known
// and what was done, what changes and what is told.
import type { Results } from '../../api/locust/locust-types.ts'
import { metaTime, type Retry, type Stall } from '../../framework/index.ts'
import type { Made } from '../pods/children.ts'
import { nodeName, podLabel } from '../pods/names.ts'
import type { PodHealth } from '../pods/pod-health.ts'
import { podsStarting } from '../pods/pod-health.ts'
import type { Stats } from '../results/stats.ts'
import { specHash } from '../spec/subject.ts'
import type { SaidEvent } from '../said.ts'
import type { ReasonOf, TestCondition, TestSaid } from './test-said.ts'
import { joined } from './test-said.ts'
import type { Step } from './decide.ts'
import type { Known } from './known.ts'

type WhyNot = { reason: ReasonOf<'Ready'>; message: string }

export function heldBack(known: Known, why: WhyNot): TestSaid {
  return {
    fields: { phase: 'Pending', observedGeneration: known.generation },
    conditions: [['Ready', false, why.reason, why.message]],
  }
}

export const suspended = (known: Known): TestSaid =>
  joined(heldBack(known, { reason: 'Suspended', message: 'spec.suspend is true' }), {
    fields: { wantedSince: undefined },
  })

export const awaitsEnd = (known: Known): TestSaid =>
  heldBack(known, { reason: 'Suspended', message: 'the pods of the stopped test are ending' })

const ready: TestCondition = ['Ready', true, 'ResourcesCreated', 'All resources created']

/** What holds whatever comes of the step. */
export function announced({ wantedSince }: Known, step: Step): TestSaid {
  if (step.do === 'create') return { fields: { wantedSince } }
  // Whoever made or resumed the Jobs may have died before it said so.
  return step.do === 'watch' ? { fields: { wantedSince }, conditions: [ready] } : {}
}

/** Forgets what has run, so that the next run begins as the first did. */
export function stopped(known: Known): TestSaid {
  const forgotten = { results: undefined, startTime: undefined, wantedSince: undefined }
  const why = {
    reason: 'Suspended',
    message: 'spec.suspend is true; the test was stopped',
  } as const
  return joined({ fields: { ...forgotten, connectedWorkers: 0 } }, heldBack(known, why), {
    conditions: [
      ['WorkersConnected', false, 'WaitingForWorkers', 'The test was stopped'],
      ['TestCompleted', false, 'TestInProgress', 'The test was stopped'],
    ],
    events: [['Normal', 'Suspended', 'The test was stopped because spec.suspend is true']],
  })
}

export const resumed = ({ now }: Known): TestSaid => ({
  fields: { wantedSince: metaTime(now) },
  conditions: [ready],
  events: [['Normal', 'Resumed', 'The test begins anew because spec.suspend is false']],
})

export function scaled({ subject }: Known): TestSaid {
  const { replicas } = subject.spec.worker
  return {
    fields: { expectedWorkers: replicas },
    events: [['Normal', 'Scaled', `Scaled the workers to ${replicas}`]],
  }
}

export function awaitsConfigMaps(known: Known, missing: string[]): TestSaid {
  const why = { reason: 'ConfigurationError', message: missing.join('; ') } as const
  const told = conditionOf(known, 'PodsHealthy')?.reason === why.reason
  const message = `${why.message}. The test starts when it appears.`
  return joined(heldBack(known, why), {
    conditions: [['PodsHealthy', false, why.reason, message]],
    events: told ? [] : [['Warning', 'PodFailure', why.message]],
  })
}

/** `recreate`: the test had begun, and what was made had gone. */
export function created(known: Known, made: Made[], { recreate }: { recreate: boolean }): TestSaid {
  const { subject, generation } = known
  const { replicas } = subject.spec.worker
  const names = made.map(({ kind, name }) => `${kind} ${name}`)
  return {
    fields: {
      phase: 'Pending',
      observedGeneration: generation,
      expectedWorkers: replicas,
      connectedWorkers: 0,
      runSpec: specHash(subject.spec),
      workerSelector: `${podLabel}=${nodeName(subject.name, 'worker')}`,
    },
    conditions: [
      ready,
      ['WorkersConnected', false, 'WaitingForWorkers', `0/${replicas} workers connected`],
      ['TestCompleted', false, 'TestInProgress', 'Waiting for the Locust master to start'],
      ['PodsHealthy', true, podsStarting.reason, podsStarting.message],
    ],
    events: recreate ? names.map(recreated) : names.length > 0 ? [madeOf(names)] : [],
  }
}

const recreated = (name: string): SaidEvent => [
  'Warning',
  'ResourceDeleted',
  `${name} was deleted externally and was recreated`,
]
const madeOf = (names: string[]): SaidEvent => ['Normal', 'Created', `Created ${names.join(', ')}`]

/** Forgets the run that is over. */
export function begunAnew({ rerun, now }: Known): TestSaid {
  return {
    fields: {
      phase: 'Pending',
      rerun,
      wantedSince: metaTime(now),
      runSpec: undefined,
      startTime: undefined,
      completionTime: undefined,
      verdict: undefined,
      results: undefined,
      report: undefined,
      connectedWorkers: 0,
    },
    conditions: [
      ['TestCompleted', false, 'TestInProgress', 'The test runs once more'],
      ['ThresholdsMet', 'Unknown', 'TestInProgress', 'The test runs once more'],
    ],
    events: [
      ['Normal', 'Rerun', 'The test runs once more because locust.io/rerun has a new value'],
    ],
  }
}

export const isFine = ({ reason }: PodHealth): boolean =>
  reason === 'PodsHealthy' || reason === 'PodsStarting'

/** `wellCanWait`: that what was fine is fine is no reason for a write of its own. */
export function podsAre(
  known: Known,
  { reason, message }: PodHealth,
  { wellCanWait = false } = {},
): TestSaid {
  const fine = isFine({ reason, message })
  const said = conditionOf(known, 'PodsHealthy')
  if (wellCanWait && fine && said?.status === 'True') return {}
  return {
    conditions: [['PodsHealthy', fine, reason, message]],
    events: fine || said?.reason === reason ? [] : [['Warning', 'PodFailure', message]],
  }
}

/** What the master itself says; nothing is claimed while it does not answer. */
export function workersAre({ subject, status }: Known, stats: Stats | undefined): TestSaid {
  const { replicas } = subject.spec.worker
  const fields = { expectedWorkers: replicas }
  if (!stats)
    return {
      fields,
      conditions: status.results
        ? [['WorkersConnected', 'Unknown', 'MasterSilent', 'The Locust master does not answer']]
        : [],
    }
  const { workers, state } = stats
  const short = state === 'ready' ? 'WaitingForWorkers' : 'WorkersMissing'
  const all = workers >= replicas
  const message = `${workers}/${replicas} workers connected`
  return {
    fields: { ...fields, connectedWorkers: workers },
    conditions: [['WorkersConnected', all, all ? 'AllWorkersConnected' : short, message]],
  }
}

export const workerReplaced: TestSaid = {
  events: [['Normal', 'WorkerReplaced', 'A worker was stopped while the test ran and is replaced']],
}

export const running = (
  { generation }: Known,
  since: string,
  results: Results | undefined,
): TestSaid => ({
  fields: {
    phase: 'Running',
    startTime: since,
    observedGeneration: generation,
    ...(results && { results }),
  },
  conditions: [['TestCompleted', false, 'TestInProgress', progressText(results)]],
})

function progressText(results: Results | undefined): string {
  if (!results) return 'The Locust master runs and waits for its workers'
  return results.state === 'stopped'
    ? 'The test is over; the Locust master has not quit yet'
    : 'The test is running'
}

export type StoredReport = { location?: string; error?: string }

export const reportStored = ({ location = '', error }: StoredReport): TestSaid => ({
  fields: { report: { location } },
  conditions: [['ReportStored', !error, error ? 'ReportFailed' : 'Stored', error ?? location]],
  events: error ? [['Warning', 'ReportFailed', error]] : [],
})

/** Why it does not go on, before the framework backs off. */
export function refused(known: Known, why: Pick<Retry | Stall, 'reason' | 'message'>): TestSaid {
  const { status, generation } = known
  const reason = why.reason as ReasonOf<'Ready'> // a test holds what is thrown to the catalogue
  const told = conditionOf(known, 'Ready')?.message === why.message
  return {
    fields: { ...(!status.phase && { phase: 'Pending' }), observedGeneration: generation },
    conditions: [['Ready', false, reason, why.message]],
    events: told ? [] : [['Warning', why.reason, why.message]],
  }
}

const changeIgnored =
  'Spec changes after creation are ignored. Delete and recreate the CR to apply changes.'

export function drift(known: Known, drifted: boolean): TestSaid {
  if (drifted) return { conditions: [['SpecDrifted', true, 'SpecChangeIgnored', changeIgnored]] }
  if (!conditionOf(known, 'SpecDrifted')) return {}
  return { conditions: [['SpecDrifted', false, 'InSync', 'The run is what the spec says']] }
}

const conditionOf = ({ status }: Pick<Known, 'status'>, wanted: string) =>
  status.conditions?.find(({ type }) => type === wanted)
