// Does what decide.ts has decided, and answers what it comes to: when to look again, and what the status is to say.
import type { Outcome } from '../../framework/index.ts'
import { again, metaTime, settled } from '../../framework/index.ts'
import { createAll, deleteJobs, scaleWorkers, setSuspend } from '../pods/children.ts'
import { readSummary } from '../results/master.ts'
import type { Done } from './test-said.ts'
import { joined } from './test-said.ts'
import { collectReport } from './collect-report.ts'
import { conclude, concluded } from './conclude.ts'
import type { Step } from './decide.ts'
import { health } from './health.ts'
import type { Known, Tools } from './known.ts'
import { jobsOf } from './observe.ts'
import { missingConfigMaps } from './prerequisites.ts'
import * as next from './status.ts'
import { watchRun } from './watch-run.ts'

export async function carryOut(step: Step, known: Known, tools: Tools): Promise<Done> {
  const { kube } = tools
  const jobs = jobsOf(known.observed)
  switch (step.do) {
    case 'hold':
      return { outcome: settled, change: next.suspended(known) }
    case 'await-end':
      return { outcome: soon('Suspended', 5000), change: next.awaitsEnd(known) } // their end wakes us
    case 'create':
      return create(known, tools, step.recreate)
    case 'rerun':
      await deleteJobs(kube, jobs)
      return { outcome: soon('Rerun', 500), change: next.begunAnew(known) }
    case 'pause':
      await setSuspend(kube, jobs, true)
      return { outcome: settled, change: next.stopped(known) }
    case 'resume':
      await setSuspend(kube, jobs, false)
      return { outcome: soon('Resumed', 1000), change: next.resumed(known) }
    case 'scale':
      await scaleWorkers(kube, step.job, step.to)
      return { outcome: soon('Scaled', 1000), change: next.scaled(known) }
    case 'give-up':
      await setSuspend(kube, jobs, true)
      return { outcome: settled, change: concluded(known, givenUp(known, step)) }
    case 'finish':
      return finish(known, tools, step)
    case 'watch':
      return watchRun(known, tools, step)
    default:
      return afterwards(step, known, tools)
  }
}

const soon = (reason: string, ms: number): Outcome => again(ms, { reason, message: '' })

type Afterwards = Extract<Step, { do: 'nothing' | 'release-workers' | 'collect-report' }>

/** What is left to do when the test is over. */
async function afterwards(step: Afterwards, known: Known, tools: Tools): Promise<Done> {
  const { workerJob } = known.observed
  switch (step.do) {
    case 'nothing':
      return { outcome: settled, change: {} }
    case 'release-workers':
      if (step.afterMs > 0) return { outcome: soon('WorkersEnding', step.afterMs), change: {} }
      await setSuspend(tools.kube, workerJob ? [workerJob] : [], true)
      return { outcome: settled, change: {} }
    case 'collect-report': {
      const stored = await collectReport(known, tools)
      return { outcome: settled, change: stored ? next.reportStored(stored) : {} }
    }
  }
}

async function create(known: Known, tools: Tools, recreate: boolean): Promise<Done> {
  const { subject, observed } = known
  const begun = recreate || observed.masterJob !== undefined // its pods wait by themselves
  const missing = begun ? [] : await missingConfigMaps(tools.kube, subject)
  if (missing.length > 0) {
    const change = next.awaitsConfigMaps(known, missing)
    return { outcome: soon('ConfigurationError', waitingMs(known)), change }
  }
  const made = await createAll(tools.kube, subject, tools.settings)
  const outcome = soon('ResourcesCreated', recreate ? 1000 : 2000)
  return { outcome, change: next.created(known, made, { recreate }) }
}

/** A ConfigMap is asked for by its name, for no right to watch them all: often at first, then rarely. */
const waitingMs = ({ now, createdAt = '' }: Known): number =>
  now.getTime() - Date.parse(createdAt) < 60_000 ? 1_000 : 5_000

const givenUp = ({ now, status }: Known, step: Extract<Step, { do: 'give-up' }>) => ({
  passed: false,
  reason: step.reason,
  message: step.message,
  finishedAt: metaTime(now),
  results: status.results,
})

/** The final figures are worth waiting for. */
const patienceMs = 30_000

async function finish(
  known: Known,
  { kube, signal, events }: Tools,
  { end }: Extract<Step, { do: 'finish' }>,
): Promise<Done> {
  const { subject, observed, status, now } = known
  const name = observed.masterPod?.metadata.name
  const container = observed.masterJob?.metadata.name
  const impatient = !(now.getTime() - Date.parse(end.finishedAt ?? '') < patienceMs)
  const { namespace } = subject
  const summary =
    name && container
      ? await readSummary({ kube, signal, impatient }, { namespace, name, container })
      : undefined
  const last = health(known, events)
  const change = joined(
    next.isFine(last) ? next.podsAre(known, last) : {}, // pods that end with the test are no trouble of it
    concluded(known, conclude(subject, { status, end, summary, now: metaTime(now) })),
  )
  return { outcome: soon('WorkersEnding', 6000), change }
}
