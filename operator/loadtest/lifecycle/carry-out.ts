// Does what decide.ts has decided, and says so in the status.
import type { Outcome } from '../../framework/index.ts'
import { again, settled, Stall } from '../../framework/index.ts'
import { rerunAnnotation } from '../../api/locust/locust-test.ts'
import { createAll, deleteJobs, scaleWorkers, setSuspend } from '../pods/children.ts'
import { collectReport } from './collect-report.ts'
import { conclude } from './conclude.ts'
import type { Step } from './decide.ts'
import { jobsOf } from './observe.ts'
import { ownAccountRefusal } from '../admission/own-account.ts'
import { missingConfigMaps } from './prerequisites.ts'
import type { TestContext } from './status.ts'
import {
  begunAnew,
  concluded,
  created,
  heldBack,
  isFine,
  podsAre,
  ready,
  stopped,
} from './status.ts'
import { readSummary } from '../results/master.ts'
import type { Run } from './run.ts'
import { seconds } from './run.ts'
import { health, watchRun } from './watch-run.ts'

export async function carryOut(step: Step, run: Run): Promise<Outcome> {
  const { c, subject } = run
  switch (step.do) {
    case 'hold':
      heldBack(c, { reason: 'Suspended', message: 'spec.suspend is true' })
      c.status({ wantedSince: undefined })
      return settled
    case 'await-end':
      heldBack(c, { reason: 'Suspended', message: 'the pods of the stopped test are ending' })
      return again(5000, { reason: 'Suspended', message: '' }) // their end wakes us
    case 'create':
      return create(run, step.recreate)
    case 'rerun':
      return rerun(run)
    case 'pause':
      return pause(run)
    case 'resume':
      await setSuspend(c.kube, jobsOf(run.observed), false)
      ready(c)
      c.status({ wantedSince: seconds(c.now()) })
      c.event('Normal', 'Resumed', 'The test begins anew because spec.suspend is false')
      return again(1000, { reason: 'Resumed', message: '' })
    case 'scale':
      await scaleWorkers(c.kube, step.job, step.to)
      c.status({ expectedWorkers: subject.spec.worker.replicas })
      c.event('Normal', 'Scaled', `Scaled the workers to ${subject.spec.worker.replicas}`)
      return again(1000, { reason: 'Scaled', message: '' })
    case 'give-up':
      return giveUp(run, step)
    case 'finish':
      return finish(run, step)
    case 'watch':
      // Whoever made or resumed the Jobs may have died before it said so.
      ready(c)
      c.status({ wantedSince: run.wantedSince })
      return watchRun(run, step)
    default:
      return afterwards(step, run)
  }
}

type Afterwards = Extract<Step, { do: 'nothing' | 'release-workers' | 'collect-report' }>

/** What is left to do when the test is over. */
async function afterwards(step: Afterwards, run: Run): Promise<Outcome> {
  switch (step.do) {
    case 'nothing':
      return settled
    case 'release-workers':
      return releaseWorkers(run, step.afterMs)
    case 'collect-report':
      return collectReport(run)
  }
}

async function pause({ c, observed }: Run): Promise<Outcome> {
  await setSuspend(c.kube, jobsOf(observed), true)
  stopped(c)
  c.event('Normal', 'Suspended', 'The test was stopped because spec.suspend is true')
  return settled
}

async function create(run: Run, recreate: boolean): Promise<Outcome> {
  const { c, subject, observed, options, wantedSince } = run
  refuseOwnAccount(run)
  c.status({ wantedSince })
  const begun = recreate || observed.masterJob !== undefined // its pods wait by themselves
  const missing = begun ? [] : await missingConfigMaps(c.kube, subject)
  if (missing.length > 0) {
    const why = { reason: 'ConfigurationError', message: missing.join('; ') }
    const known = c.obj.status?.conditions?.find(({ type }) => type === 'PodsHealthy')
    heldBack(c, why)
    c.condition(
      'PodsHealthy',
      false,
      why.reason,
      `${why.message}. The test starts when it appears.`,
    )
    if (known?.reason !== why.reason) c.event('Warning', 'PodFailure', why.message)
    return again(waitingMs(c), why)
  }
  const made = await createAll(c.kube, subject, options.settings)
  if (recreate)
    for (const { kind, name } of made)
      c.event(
        'Warning',
        'ResourceDeleted',
        `${kind} ${name} was deleted externally and was recreated`,
      )
  created(c, subject, recreate ? [] : made)
  return again(recreate ? 1000 : 2000, { reason: 'ResourcesCreated', message: '' })
}

/** Also of what is made once more: a status that says that a test has begun is no permission. */
function refuseOwnAccount({ subject, options: { settings, own } }: Run): void {
  const refusal = own && ownAccountRefusal(subject, settings, own)
  if (refusal) throw new Stall(refusal.reason, refusal.message)
}

/** A ConfigMap is asked for by its name, for no right to watch them all: often at first, then rarely. */
function waitingMs(c: TestContext): number {
  const ageMs = c.now().getTime() - Date.parse(c.obj.metadata.creationTimestamp ?? '')
  return ageMs < 60_000 ? 1_000 : 5_000
}

async function rerun({ c, observed }: Run): Promise<Outcome> {
  await deleteJobs(c.kube, jobsOf(observed))
  const wanted = c.obj.metadata.annotations?.[rerunAnnotation]
  begunAnew(c, { rerun: wanted, at: seconds(c.now()) })
  return again(500, { reason: 'Rerun', message: '' })
}

async function releaseWorkers({ c, observed }: Run, afterMs: number): Promise<Outcome> {
  if (afterMs > 0) return again(afterMs, { reason: 'WorkersEnding', message: '' })
  await setSuspend(c.kube, observed.workerJob ? [observed.workerJob] : [], true)
  return settled
}

async function giveUp(run: Run, step: { reason: string; message: string }): Promise<Outcome> {
  const { c, observed } = run
  await setSuspend(c.kube, jobsOf(observed), true)
  concluded(c, {
    passed: false,
    ...step,
    finishedAt: seconds(c.now()),
    results: c.obj.status?.results,
  })
  return settled
}

/** The final figures are worth waiting for. */
const patienceMs = 30_000

async function finish(run: Run, step: Extract<Step, { do: 'finish' }>): Promise<Outcome> {
  const { c, subject, observed } = run
  const pod = observed.masterPod?.metadata.name
  const container = observed.masterJob?.metadata.name
  const endedMs = Date.parse(step.end.finishedAt ?? '')
  const impatient = !(c.now().getTime() - endedMs < patienceMs)
  const { namespace } = subject
  const summary =
    pod && container
      ? await readSummary(
          { kube: c.kube, signal: c.signal, impatient },
          { namespace, name: pod, container },
        )
      : undefined
  const status = c.obj.status ?? {}
  const last = health(run)
  if (isFine(last)) podsAre(c, last) // pods that end with the test are no trouble of it
  concluded(c, conclude(subject, { status, end: step.end, summary, now: seconds(c.now()) }))
  return again(6000, { reason: 'WorkersEnding', message: '' })
}
