// The LocustTest controller: sees what there is, decides (decide.ts), does it (carry-out.ts), and tells what status.ts makes of
// it, here and nowhere else.
// Level-triggered, no finalizer: everything it makes is owned by the LocustTest and goes with it.
import type { Kind, Operator, Outcome } from '../framework/index.ts'
import { KubeError, metaTime, Retry, Stall } from '../framework/index.ts'
import type { LocustTestSpec, LocustTestStatus } from '../api/locust/locust-types.ts'
import { locustTest, rerunAnnotation } from '../api/locust/locust-test.ts'
import type { LocustTestV1Spec } from '../api/locust/locust-types.ts'
import type { Ceilings } from './admission/ceilings.ts'
import { ceilingProblems } from './admission/ceilings.ts'
import { unlimited } from './admission/limits.ts'
import { ownAccountRefusal } from './admission/own-account.ts'
import { carryOut } from './lifecycle/carry-out.ts'
import type { TestContext, TestSaid } from './lifecycle/test-said.ts'
import { joined } from './lifecycle/test-said.ts'
import { tell } from './said.ts'
import { decide, hasDrifted, isOver } from './lifecycle/decide.ts'
import type { Known, LoadTestOptions } from './lifecycle/known.ts'
import { testMetrics } from './metrics.ts'
import type { Caches } from './lifecycle/observe.ts'
import { observe } from './lifecycle/observe.ts'
import * as next from './lifecycle/status.ts'
import { watched } from './lifecycle/watched.ts'
import type { Subject } from './spec/subject.ts'
import { subjectOf } from './spec/subject.ts'
import { inWordsOf } from './spec/v1-words.ts'
import { problems } from './spec/validation.ts'

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
  const { kube, signal } = c
  const limits = (options.limits ?? unlimited).now()
  const ceilings = typeof limits === 'string' ? {} : limits
  const settings = { ...options.settings, ceilings }
  const known = knownOf(c, caches, ceilings)
  let said: TestSaid = {}
  try {
    refuseHindered(known, limits)
    said = next.drift(known, hasDrifted(known))
    const step = decide(known)
    if (step.do === 'create') refuseOwnAccount(known.subject, { settings, own: options.own })
    said = joined(said, next.announced(known, step))
    const access = { access: options.access, now: () => c.now() }
    const tools = { kube, signal, events: caches.events, settings, ...access }
    const { outcome, change } = await carryOut(step, known, tools)
    said = joined(said, change)
    return outcome
  } catch (error) {
    if (error instanceof Retry || error instanceof Stall)
      said = joined(said, next.refused(known, error))
    else if (!(error instanceof KubeError)) c.log.error({ err: error }, 'reconcile failed')
    throw error
  } finally {
    tell(c, said)
  }
}

function knownOf(c: TestContext, caches: Caches, ceilings: Ceilings): Known {
  const { metadata, status = {} } = c.obj
  const subject = subjectOf(c.obj)
  const now = c.now()
  const ready = status.conditions?.find(({ type }) => type === 'Ready')
  const first = ready?.reason === 'Suspended' ? undefined : metadata.creationTimestamp
  return {
    subject,
    observed: observe(subject, caches),
    ceilings,
    status,
    rerun: metadata.annotations?.[rerunAnnotation],
    wantedSince: status.wantedSince ?? first ?? metaTime(now),
    generation: metadata.generation,
    createdAt: metadata.creationTimestamp,
    now,
  }
}

/** Why a test cannot begin as it is; a change of it, or of a limit, wakes it. */
function refuseHindered({ subject, status }: Known, limits: Ceilings | string): void {
  if (status.runSpec || isOver(status)) return
  const invalid = problems(subject)
  if (invalid.length > 0) throw new Stall('InvalidSpec', invalid.join('; '))
  if (typeof limits === 'string') throw new Stall('LimitsUnknown', limits)
  const beyond = inWordsOf(subject, ceilingProblems(subject.spec, limits))
  if (beyond.length > 0) throw new Stall('InvalidSpec', beyond.join('; '))
}

/** Also of what is made once more: a status that says that a test has begun is no permission. */
function refuseOwnAccount(
  subject: Subject,
  { settings, own }: Pick<LoadTestOptions, 'settings' | 'own'>,
): void {
  const refusal = own && ownAccountRefusal(subject, settings, own)
  if (refusal) throw new Stall(refusal.reason, refusal.message)
}
