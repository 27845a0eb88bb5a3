// The LocustTest controller: sees what there is, decides (decide.ts), does it, and says so in the status.
// Level-triggered, no finalizer: everything it makes is owned by the LocustTest and goes with it.
import type { Kind, Operator, Outcome } from '../framework/index.ts'
import { KubeError, Retry, Stall } from '../framework/index.ts'
import type { LocustTestSpec, LocustTestStatus } from '../api/locust/locust-test.ts'
import { locustTest, rerunAnnotation } from '../api/locust/locust-test.ts'
import type { LocustTestV1Spec } from '../api/locust/locust-test-v1.ts'
import { carryOut } from './lifecycle/carry-out.ts'
import type { Ceilings } from './admission/ceilings.ts'
import { ceilingProblems } from './admission/ceilings.ts'
import { decide, hasDrifted, isOver } from './lifecycle/decide.ts'
import { unlimited } from './admission/limits.ts'
import { testMetrics } from './lifecycle/metrics.ts'
import type { Subject } from './pods/names.ts'
import type { Caches } from './lifecycle/observe.ts'
import { observe } from './lifecycle/observe.ts'
import type { TestContext } from './lifecycle/status.ts'
import type { LoadTestOptions } from './lifecycle/run.ts'
import { seconds } from './lifecycle/run.ts'
import { subjectOf } from './spec/subject.ts'
import { inWordsOf } from './spec/v1-words.ts'
import { problems } from './spec/validation.ts'
import { watched } from './lifecycle/watched.ts'

type TestKind = Kind<LocustTestSpec | LocustTestV1Spec | undefined, LocustTestStatus>

export function loadTestController(operator: Operator, options: LoadTestOptions): void {
  const kind: TestKind = locustTest
  const { place, caches, relations } = watched(operator, options.namespace)
  const tests = operator.cache(kind, place)
  if (options.metrics) testMetrics(options.metrics, tests)
  const controller = operator.for(kind, place).reconcile((c) => reconcile(c, caches, options), {
    conditions: 'none',
    concurrency: 10,
    deadlineMs: 60_000,
  })
  relations(controller)
  options.limits?.onChange(() => {
    for (const { metadata, status } of tests.list())
      if (!status?.runSpec) operator.wake(kind, metadata)
  })
}

async function reconcile(
  c: TestContext,
  caches: Caches,
  options: LoadTestOptions,
): Promise<Outcome> {
  const subject = subjectOf(c.obj)
  const { status = {} } = c.obj
  const limits = (options.limits ?? unlimited).now()
  const hindrance = status.runSpec || isOver(status) ? undefined : hindranceOf(subject, limits)
  if (hindrance) return refuse(c, hindrance)
  const ceilings = typeof limits === 'string' ? {} : limits
  const observed = observe(subject, caches)
  const known = {
    subject,
    observed,
    ceilings,
    status,
    rerun: c.obj.metadata.annotations?.[rerunAnnotation],
    wantedSince: wantedSince(c),
    now: c.now(),
  }
  sayDrift(c, hasDrifted(known))
  const step = decide(known)
  try {
    const settings = { ...options.settings, ceilings }
    const run = { c, subject, observed, events: caches.events, wantedSince: known.wantedSince }
    return await carryOut(step, { ...run, options: { ...options, settings } })
  } catch (error) {
    return refuse(c, error)
  }
}

function wantedSince(c: TestContext): string {
  const { metadata, status = {} } = c.obj
  const ready = status.conditions?.find(({ type }) => type === 'Ready')
  const now = seconds(c.now())
  const first = ready?.reason === 'Suspended' ? now : (metadata.creationTimestamp ?? now)
  return status.wantedSince ?? first
}

/** Why a test cannot begin as it is; a change of it, or of a limit, wakes it. */
function hindranceOf(subject: Subject, limits: Ceilings | string): Stall | undefined {
  const invalid = problems(subject)
  if (invalid.length > 0) return new Stall('InvalidSpec', invalid.join('; '))
  if (typeof limits === 'string') return new Stall('LimitsUnknown', limits)
  const beyond = inWordsOf(subject, ceilingProblems(subject.spec, limits))
  return beyond.length > 0 ? new Stall('InvalidSpec', beyond.join('; ')) : undefined
}

/** The status tells before the framework backs off. */
function refuse(c: TestContext, error: unknown): never {
  if (error instanceof Retry || error instanceof Stall) {
    const known = c.obj.status?.conditions?.find(({ type }) => type === 'Ready')
    if (!c.obj.status?.phase) c.status({ phase: 'Pending' })
    c.status({ observedGeneration: c.obj.metadata.generation })
    c.condition('Ready', false, error.reason, error.message)
    if (known?.message !== error.message) c.event('Warning', error.reason, error.message)
  } else if (!(error instanceof KubeError)) c.log.error({ err: error }, 'reconcile failed')
  throw error
}

function sayDrift(c: TestContext, drifted: boolean): void {
  const known = c.obj.status?.conditions?.some(({ type }) => type === 'SpecDrifted')
  if (drifted)
    c.condition(
      'SpecDrifted',
      true,
      'SpecChangeIgnored',
      'Spec changes after creation are ignored. Delete and recreate the CR to apply changes.',
    )
  else if (known) c.condition('SpecDrifted', false, 'InSync', 'The run is what the spec says')
}
